using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>
    /// A convolution of each channel by itself over channel-last frames: x [B, T, C], weight [taps, C], bias [C]; padding is zeros. The bits are
    /// those of a Conv1d with C groups.
    /// </summary>
    /// <returns>[B, T + padLeft + padRight - taps + 1, C].</returns>
    public static Tensor DepthwiseFrames(Workspace w, Tensor x, Tensor weight, Tensor? bias, int padLeft, int padRight, Fused fused = Fused.None)
    {
        CheckFloats("depthwise_frames", x);
        CheckFloats("depthwise_frames", weight, "weight");
        if (x.Rank != 3 || weight.Rank != 2 || weight.Size(1) != x.Size(2) || !weight.IsContiguous || padLeft < 0 || padRight < 0
            || weight.Size(0) is < 1 or > Numerics.DepthwiseFrames.MostTaps)
        {
            throw new ShapeException($"[depthwise_frames] x [B, T, C], weight [1 to {Numerics.DepthwiseFrames.MostTaps} taps, C] and paddings of 0 "
                + $"or more are expected: x is {x.Shape}, weight is {weight}, paddings {padLeft} and {padRight}.");
        }
        CheckRow("depthwise_frames", "bias", bias, x.Size(2), x);
        int frames = x.Size(1) + padLeft + padRight - weight.Size(0) + 1;
        if (frames < 1)
        {
            throw new ShapeException($"[depthwise_frames] {weight.Size(0)} taps reach over the padded input: x is {x.Shape}.");
        }
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Size(0), frames, x.Size(2));
        var part = new DepthwisePart
        {
            X = source.Floats,
            Y = y.Floats,
            Weight = weight.Floats,
            Bias = Pointer(bias),
            Frames = x.Size(1),
            ResultFrames = frames,
            Channels = x.Size(2),
            Taps = weight.Size(0),
            PadLeft = padLeft,
            Fused = fused,
        };
        Parts.Run(w, ref part, (long)x.Size(0) * frames, (long)x.Size(2) * (weight.Size(0) + 8));
        GC.KeepAlive(source);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return y;
    }

    private struct DepthwisePart : IPart
    {
        public float* X, Y, Weight, Bias;
        public int Frames, ResultFrames, Channels, Taps, PadLeft;
        public Fused Fused;

        public readonly void Run(long start, long end)
        {
            for (long row = start; row < end;)
            {
                long item = row / ResultFrames;
                int first = (int)(row % ResultFrames), last = (int)Math.Min(ResultFrames, first + (end - row));
                Numerics.DepthwiseFrames.Run(X + (item * Frames * Channels), Frames, Channels, Weight, Taps, PadLeft, Bias, Fused,
                    Y + (item * ResultFrames * Channels), first, last);
                row += last - first;
            }
        }
    }
}
