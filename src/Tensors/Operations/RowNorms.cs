using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>
    /// (x - mean) / sqrt(variance + eps) * weight + bias over the last dimension; weight and bias, if given, are rows of its size. Rows that lie
    /// apart (a view of parts of rows) are read where they lie.
    /// </summary>
    public static Tensor LayerNorm(Workspace w, Tensor x, Tensor? weight, Tensor? bias, float eps = 1e-5f) => RowNorm(w, "layer_norm", x, weight,
        bias, eps, false);

    /// <summary>x / sqrt(mean(x^2) + eps) * weight over the last dimension, as T5 and Llama.</summary>
    public static Tensor RmsNorm(Workspace w, Tensor x, Tensor? weight, float eps = 1e-6f) => RowNorm(w, "rms_norm", x, weight, null, eps, true);

    private static Tensor RowNorm(Workspace w, string operation, Tensor x, Tensor? weight, Tensor? bias, float eps, bool rms)
    {
        CheckFloats(operation, x);
        if (x.Rank == 0)
        {
            throw new ShapeException($"[{operation}] A dimension to normalize is expected: x is {x.Shape}.");
        }
        int length = x.Size(-1);
        CheckRow(operation, "weight", weight, length, x);
        CheckRow(operation, "bias", bias, length, x);
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Shape);
        var part = new RowNormPart
        {
            X = source.Floats,
            Y = y.Floats,
            Weight = Pointer(weight),
            Bias = Pointer(bias),
            Length = length,
            Eps = eps,
            Rms = rms
        };
        Parts.Run(w, ref part, length == 0 ? 0 : x.Count / length, 4L * length);
        GC.KeepAlive(source);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return y;
    }

    private struct RowNormPart : IPart
    {
        public float* X, Y, Weight, Bias;
        public int Length;
        public float Eps;
        public bool Rms;

        public readonly void Run(long start, long end)
        {
            int rows = (int)(end - start);
            var x = new ReadOnlySpan<float>(X + start * Length, rows * Length);
            var y = new Span<float>(Y + start * Length, rows * Length);
            var weight = new ReadOnlySpan<float>(Weight, Weight == null ? 0 : Length);
            if (Rms)
            {
                NormKernels.RootMeanSquare(x, y, rows, Length, weight, Eps);
            }
            else
            {
                NormKernels.Layer(x, y, rows, Length, weight, new ReadOnlySpan<float>(Bias, Bias == null ? 0 : Length), Eps);
            }
        }
    }
}
