using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>Normalizes groups of neighbouring channels over all their elements; x [B, C, ..], weight and bias [C] if given.</summary>
    public static Tensor GroupNorm(Workspace w, Tensor x, int groups, Tensor? weight, Tensor? bias, float eps = 1e-5f)
    {
        CheckChannels("group_norm", x, weight, bias);
        if (groups <= 0 || x.Size(1) % groups != 0)
        {
            throw new ShapeException($"[group_norm] The number of groups must divide the channels: {groups} groups, x is {x.Shape}.");
        }
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Shape);
        int size = x.Size(1) / groups, length = x.Count == 0 ? 0 : checked((int)(x.Count / x.Size(0) / x.Size(1)));
        var part = new GroupNormPart
        {
            X = source.Floats,
            Y = y.Floats,
            Weight = Pointer(weight),
            Bias = Pointer(bias),
            Groups = groups,
            Size = size,
            Length = length,
            Eps = eps
        };
        Parts.Run(w, ref part, x.Count == 0 ? 0 : (long)x.Size(0) * groups, 4L * size * length);
        GC.KeepAlive(source);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return y;
    }

    /// <summary>(x - mean) / sqrt(variance + eps) * weight + bias with stored statistics of each channel; x [B, C, ..].</summary>
    public static Tensor BatchNorm(Workspace w, Tensor x, Tensor runningMean, Tensor runningVariance, Tensor? weight, Tensor? bias, float eps = 1e-5f)
    {
        CheckChannels("batch_norm", x, weight, bias);
        CheckRow("batch_norm", "running_mean", runningMean, x.Size(1), x);
        CheckRow("batch_norm", "running_var", runningVariance, x.Size(1), x);
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Shape);
        int length = x.Count == 0 ? 0 : checked((int)(x.Count / x.Size(0) / x.Size(1)));
        var part = new BatchNormPart
        {
            X = source.Floats,
            Y = y.Floats,
            Mean = runningMean.Floats,
            Variance = runningVariance.Floats,
            Weight = Pointer(weight),
            Bias = Pointer(bias),
            Channels = x.Size(1),
            Length = length,
            Eps = eps,
        };
        Parts.Run(w, ref part, x.Size(0), 4L * x.Size(1) * length);
        GC.KeepAlive(source);
        GC.KeepAlive(runningMean);
        GC.KeepAlive(runningVariance);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return y;
    }

    /// <summary>Batch norm with the statistics of this batch: the only operation whose rows see each other.</summary>
    public static Tensor BatchNormTraining(Workspace w, Tensor x, Tensor? weight, Tensor? bias, float eps = 1e-5f)
    {
        CheckChannels("batch_norm", x, weight, bias);
        if (x.Count == 0)
        {
            throw new ShapeException($"[batch_norm] There is nothing to take statistics of: x is {x.Shape}.");
        }
        Tensor source = Contiguous(w, x);
        Tensor mean = w.Allocate(x.Size(1)), variance = w.Allocate(x.Size(1));
        NormKernels.BatchStatistics(source.Span, x.Size(0), x.Size(1), (int)(x.Count / x.Size(0) / x.Size(1)), mean.Span, variance.Span);
        return BatchNorm(w, source, mean, variance, weight, bias, eps);
    }

    private static void CheckChannels(string operation, Tensor x, Tensor? weight, Tensor? bias)
    {
        CheckFloats(operation, x);
        if (x.Rank < 2)
        {
            throw new ShapeException($"[{operation}] x [B, C, ..] is expected: it is {x.Shape}. Hint: Unsqueeze(0)?");
        }
        CheckRow(operation, "weight", weight, x.Size(1), x);
        CheckRow(operation, "bias", bias, x.Size(1), x);
    }

    private struct GroupNormPart : IPart
    {
        public float* X, Y, Weight, Bias;
        public int Groups, Size, Length;
        public float Eps;

        public readonly void Run(long start, long end)
        {
            int all = Size * Length;
            for (long item = start; item < end; item++)
            {
                // One group as a batch of its own, with its channels' weights.
                int channel = (int)(item % Groups) * Size;
                NormKernels.Group(new ReadOnlySpan<float>(X + item * all, all), new Span<float>(Y + item * all, all), 1, Size, Length, 1,
                    new ReadOnlySpan<float>(Weight + channel, Weight == null ? 0 : Size), new ReadOnlySpan<float>(Bias + channel,
                        Bias == null ? 0 : Size), Eps);
            }
        }
    }

    private struct BatchNormPart : IPart
    {
        public float* X, Y, Mean, Variance, Weight, Bias;
        public int Channels, Length;
        public float Eps;

        public readonly void Run(long start, long end)
        {
            int all = checked(Channels * Length);
            for (long item = start; item < end; item++)
            {
                NormKernels.Batch(new ReadOnlySpan<float>(X + item * all, all), new Span<float>(Y + item * all, all), 1, Channels, Length,
                    new ReadOnlySpan<float>(Mean, Channels), new ReadOnlySpan<float>(Variance, Channels),
                    new ReadOnlySpan<float>(Weight, Weight == null ? 0 : Channels), new ReadOnlySpan<float>(Bias, Bias == null ? 0 : Channels), Eps);
            }
        }
    }
}
