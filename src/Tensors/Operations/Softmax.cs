using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>e^(x - max) over its sum, along one dimension. A row of -infinity alone, or with a NaN or +infinity, is NaN.</summary>
    public static Tensor Softmax(Workspace w, Tensor x, int dim) => SoftmaxRows(w, "softmax", x, dim, false);

    /// <summary>The logarithm of softmax, without the loss of taking it afterwards.</summary>
    public static Tensor LogSoftmax(Workspace w, Tensor x, int dim) => SoftmaxRows(w, "log_softmax", x, dim, true);

    private static Tensor SoftmaxRows(Workspace w, string operation, Tensor x, int dim, bool log)
    {
        CheckFloats(operation, x);
        int axis = x.Shape.Index(dim, operation);
        Tensor source = Contiguous(w, x.Transpose(axis, -1));
        Tensor y = w.Allocate(source.Shape);
        int length = source.Size(-1);
        var part = new SoftmaxPart { X = source.Floats, Y = y.Floats, Length = length, Log = log };
        Parts.Run(w, ref part, length == 0 ? 0 : x.Count / length, 4L * length);
        GC.KeepAlive(source);
        return y.Transpose(axis, -1);
    }

    private struct SoftmaxPart : IPart
    {
        public float* X, Y;
        public int Length;
        public bool Log;

        public readonly void Run(long start, long end)
        {
            for (long row = start; row < end; row++)
            {
                var x = new ReadOnlySpan<float>(X + row * Length, Length);
                var y = new Span<float>(Y + row * Length, Length);
                if (Log)
                {
                    SoftmaxKernel.LogRows(x, y, 1, Length);
                }
                else
                {
                    SoftmaxKernel.Row(x, y);
                }
            }
        }
    }
}
