using Euterpe.Numerics;

namespace Euterpe.Tensors;

public enum InterpolateMode
{
    Nearest,
    Linear,
    Bilinear,
    Bicubic,
}

public static unsafe partial class Operations
{
    /// <summary>
    /// Another size for the last two dimensions of x [.., H, W] (for Linear and a single size: of the last one), as torch's interpolate without
    /// antialiasing. With aligned corners the first and last elements keep their places, else pixels are areas; bicubic's a is -0.75.
    /// </summary>
    public static Tensor Interpolate(Workspace w, Tensor x, ReadOnlySpan<int> sizes, InterpolateMode mode, bool alignCorners = false)
    {
        CheckFloats("interpolate", x);
        bool fits = sizes.Length is 1 or 2 && x.Rank >= sizes.Length && (mode != InterpolateMode.Linear || sizes.Length == 1)
            && (mode is InterpolateMode.Linear or InterpolateMode.Nearest || sizes.Length == 2) && !(alignCorners && mode == InterpolateMode.Nearest);
        for (int i = 0; fits && i < sizes.Length; i++)
        {
            fits = sizes[i] > 0 && x.Size(i - sizes.Length) > 0;
        }
        if (!fits)
        {
            throw new ShapeException(
                $"[interpolate] {mode} to {Shape.Text(sizes)}{(alignCorners ? " with aligned corners" : "")} does not fit x {x.Shape}. "
                + "Hint: sizes of the last dimension (Nearest, Linear) or the last two (Nearest, Bilinear, Bicubic), at least 1; Nearest has no "
                    + "aligned corners.");
        }
        Tensor y = x;
        // One dimension after the other, the last one first, as torch: the order decides the rounding.
        for (int i = 1; i <= sizes.Length; i++)
        {
            y = InterpolateOne(w, y, y.Rank - i, sizes[^i], mode, alignCorners);
        }
        return ReferenceEquals(y, x) ? Copy(w, x) : y;
    }

    /// <summary>Nearest neighbour by whole or broken factors: sizes are floor(size * scale), and the source index is floor(i / scale).</summary>
    public static Tensor InterpolateNearest(Workspace w, Tensor x, double scale, int dims = 2)
    {
        CheckFloats("interpolate", x);
        Tensor y = x;
        for (int i = 1; i <= dims; i++)
        {
            int size = x.Size(-i);
            int[] taps = new int[Math.Max((int)Math.Floor(size * scale), 0)];
            for (int j = 0; j < taps.Length; j++)
            {
                taps[j] = Math.Min((int)MathF.Floor(j * (float)(1 / scale)), size - 1);
            }
            y = IndexSelect(w, y, y.Rank - i, Tensor.From(taps, taps.Length));
        }
        return y;
    }

    private static Tensor InterpolateOne(Workspace w, Tensor x, int axis, int outputs, InterpolateMode mode, bool alignCorners)
    {
        int size = x.Size(axis);
        if (size == outputs)
        {
            return x;
        }
        int taps = mode == InterpolateMode.Bicubic ? 4 : mode == InterpolateMode.Nearest ? 1 : 2;
        var indices = new int[outputs * taps];
        var weights = new float[outputs * taps];
        Taps(size, outputs, mode, alignCorners, indices, weights);
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Shape.With(axis, outputs));
        long inner = 1, outer = 1;
        for (int i = 0; i < x.Rank; i++)
        {
            (outer, inner) = i < axis ? (outer * x.Size(i), inner) : i > axis ? (outer, checked((int)(inner * x.Size(i)))) : (outer, inner);
        }
        fixed (int* index = indices)
        fixed (float* weight = weights)
        {
            var part = new InterpolatePart
            {
                From = source.Floats,
                To = y.Floats,
                Index = index,
                Weight = weight,
                Taps = taps,
                Size = size,
                Outputs = outputs,
                Inner = inner
            };
            Parts.Run(w, ref part, outer * outputs, inner * taps);
        }
        GC.KeepAlive(source);
        return y;
    }

    private static void Taps(int size, int outputs, InterpolateMode mode, bool alignCorners, int[] indices, float[] weights)
    {
        float scale = alignCorners ? outputs > 1 ? (float)(size - 1) / (outputs - 1) : 0 : (float)size / outputs;
        for (int i = 0; i < outputs; i++)
        {
            if (mode == InterpolateMode.Nearest)
            {
                (indices[i], weights[i]) = (Math.Min((int)MathF.Floor(i * scale), size - 1), 1);
                continue;
            }
            float place = alignCorners ? i * scale : scale * (i + 0.5f) - 0.5f;
            if (mode != InterpolateMode.Bicubic)
            {
                place = MathF.Max(place, 0);
                int left = Math.Min((int)place, size - 1);
                float share = MathF.Min(MathF.Max(place - left, 0), 1);
                (indices[2 * i], weights[2 * i]) = (left, 1 - share);
                (indices[2 * i + 1], weights[2 * i + 1]) = (Math.Min(left + 1, size - 1), share);
                continue;
            }
            float floor = MathF.Floor(place);
            float t = MathF.Min(MathF.Max(place - floor, 0), 1);
            for (int k = 0; k < 4; k++)
            {
                indices[4 * i + k] = Math.Clamp((int)floor - 1 + k, 0, size - 1);
                weights[4 * i + k] = Cubic(MathF.Abs(t + 1 - k));
            }
        }
    }

    /// <summary>Keys' cubic with a = -0.75, torch's choice, at a distance of 0 to 2.</summary>
    private static float Cubic(float x)
    {
        const float A = -0.75f;
        return x <= 1 ? ((A + 2) * x - (A + 3)) * x * x + 1 : ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;
    }

    private struct InterpolatePart : IPart
    {
        public float* From, To, Weight;
        public int* Index;
        public int Taps, Size, Outputs;
        public long Inner;

        public readonly void Run(long start, long end)
        {
            for (long item = start; item < end; item++)
            {
                long outer = item / Outputs, at = item % Outputs;
                float* source = From + outer * Size * Inner, target = To + item * Inner;
                int* index = Index + at * Taps;
                float* weight = Weight + at * Taps;
                if (Taps == 1)
                {
                    Buffer.MemoryCopy(source + index[0] * Inner, target, Inner * sizeof(float), Inner * sizeof(float));
                    continue;
                }
                // The first product, then one fused multiply-add for each tap that follows.
                var y = new Span<float>(target, (int)Inner);
                Elementwise.Multiply(new ReadOnlySpan<float>(source + index[0] * Inner, (int)Inner), weight[0], y);
                for (int k = 1; k < Taps; k++)
                {
                    Elementwise.Axpy(weight[k], new ReadOnlySpan<float>(source + index[k] * Inner, (int)Inner), y);
                }
            }
        }
    }
}
