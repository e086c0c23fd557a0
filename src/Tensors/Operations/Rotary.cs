using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>
    /// Rotary positions: in each head the first half of the width is turned against the second by the angles of the row's position,
    /// y = x * cos + (-second, first) * sin.
    /// </summary>
    /// <param name="w">Where the result lives.</param>
    /// <param name="x">[.., T, heads * width]; row t of each sequence stands at position t.</param>
    /// <param name="cosine">[T or more, width / 2].</param>
    /// <param name="sine">[T or more, width / 2].</param>
    public static Tensor Rotary(Workspace w, Tensor x, Tensor cosine, Tensor sine)
    {
        CheckFloats("rotary", x);
        CheckFloats("rotary", cosine, "cosine");
        CheckFloats("rotary", sine, "sine");
        if (x.Rank < 2 || cosine.Rank != 2 || sine.Shape != cosine.Shape || cosine.Size(0) < x.Size(-2) || cosine.Size(1) < 1
            || x.Size(-1) % (2 * cosine.Size(1)) != 0 || !cosine.IsContiguous || !sine.IsContiguous)
        {
            throw new ShapeException($"[rotary] x [.., T, heads * width] and contiguous cosine and sine of [T or more, width / 2] are expected: x is "
                + $"{x.Shape}, cosine {cosine}, sine {sine}.");
        }
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Shape);
        var part = new RotaryPart
        {
            X = source.Floats,
            Y = y.Floats,
            Cosine = cosine.Floats,
            Sine = sine.Floats,
            Length = x.Size(-2),
            Channels = x.Size(-1),
            Half = cosine.Size(1),
        };
        Parts.Run(w, ref part, x.Size(-1) == 0 ? 0 : x.Count / x.Size(-1), 4L * x.Size(-1));
        GC.KeepAlive(source);
        GC.KeepAlive(cosine);
        GC.KeepAlive(sine);
        return y;
    }

    private struct RotaryPart : IPart
    {
        public float* X, Y, Cosine, Sine;
        public int Length, Channels, Half;

        public readonly void Run(long start, long end)
        {
            for (long row = start; row < end; row++)
            {
                long angles = row % Length * Half;
                for (int head = 0; head < Channels; head += 2 * Half)
                {
                    RotaryKernel.Run(X + (row * Channels) + head, Cosine + angles, Sine + angles, Y + (row * Channels) + head, Half);
                }
            }
        }
    }
}
