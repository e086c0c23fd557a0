using Euterpe.Numerics;

namespace Euterpe.Tensors;

// Sums and their kin over any dimensions: the reduced ones are brought to the end, and every row is reduced in the fixed order of Numerics.
public static unsafe partial class Operations
{
    /// <summary>The sum over the named dimensions, or over all.</summary>
    public static Tensor Sum(Workspace w, Tensor x, ReadOnlySpan<int> dims = default, bool keepDims = false) => Reduce(w, "sum", x, dims, keepDims,
        Reduction.Sum);

    public static Tensor Sum(Workspace w, Tensor x, int dim, bool keepDims = false) => Sum(w, x, [dim], keepDims);

    public static Tensor Mean(Workspace w, Tensor x, ReadOnlySpan<int> dims = default, bool keepDims = false) => Reduce(w, "mean", x, dims, keepDims,
        Reduction.Mean);

    public static Tensor Mean(Workspace w, Tensor x, int dim, bool keepDims = false) => Mean(w, x, [dim], keepDims);

    /// <summary>The largest element; a NaN among them wins.</summary>
    public static Tensor Max(Workspace w, Tensor x, ReadOnlySpan<int> dims = default, bool keepDims = false) => Reduce(w, "max", x, dims, keepDims,
        Reduction.Max);

    public static Tensor Max(Workspace w, Tensor x, int dim, bool keepDims = false) => Max(w, x, [dim], keepDims);

    /// <summary>The mean of squared distances from the mean, divided by n - correction.</summary>
    public static Tensor Var(Workspace w, Tensor x, ReadOnlySpan<int> dims = default, int correction = 1, bool keepDims = false) =>
        Reduce(w, "var", x, dims, keepDims, Reduction.Variance, correction);

    private enum Reduction
    {
        Sum,
        Mean,
        Max,
        Variance,
        SumOfSquares,
    }

    private static Tensor Reduce(Workspace w, string operation, Tensor x, ReadOnlySpan<int> dims, bool keepDims, Reduction reduction,
        int correction = 0)
    {
        CheckFloats(operation, x);
        int reduced = dims.IsEmpty ? (1 << x.Rank) - 1 : 0;
        foreach (int dim in dims)
        {
            int bit = 1 << x.Shape.Index(dim, operation);
            reduced = (reduced & bit) == 0 ? reduced | bit : throw new ShapeException($"[{operation}] Dimension {dim} is named twice: "
                + $"{Shape.Text(dims)}.");
        }
        Span<int> order = stackalloc int[Shape.MaximumRank], kept = stackalloc int[Shape.MaximumRank], plain = stackalloc int[Shape.MaximumRank];
        int front = 0, length = 1;
        for (int i = 0; i < x.Rank; i++)
        {
            kept[i] = 1;
            if ((reduced & (1 << i)) == 0)
            {
                plain[front] = kept[i] = x.Size(i);
                order[front++] = i;
            }
            else
            {
                length = checked(length * x.Size(i));
            }
        }
        for (int i = 0, back = front; i < x.Rank; i++)
        {
            if ((reduced & (1 << i)) != 0)
            {
                order[back++] = i;
            }
        }
        if (length == 0 && reduction is not (Reduction.Sum or Reduction.SumOfSquares))
        {
            throw new ShapeException($"[{operation}] There is nothing to reduce: x is {x.Shape}.");
        }
        Tensor source = Contiguous(w, x.Permute(order[..x.Rank]));
        Tensor y = w.Allocate(keepDims ? new Shape(kept[..x.Rank]) : new Shape(plain[..front]));
        var part = new ReducePart { X = source.Floats, Y = y.Floats, Length = length, Reduction = reduction, Correction = correction };
        Parts.Run(w, ref part, y.Count, length);
        GC.KeepAlive(source);
        return y;
    }

    private struct ReducePart : IPart
    {
        public float* X, Y;
        public int Length, Correction;
        public Reduction Reduction;

        public readonly void Run(long start, long end)
        {
            for (long i = start; i < end; i++)
            {
                var row = new ReadOnlySpan<float>(X + i * Length, Length);
                Y[i] = Reduction switch
                {
                    Reduction.Sum => Reductions.Sum(row),
                    Reduction.Mean => Reductions.Mean(row),
                    Reduction.Max => Reductions.Max(row),
                    Reduction.SumOfSquares => Reductions.SumOfSquares(row),
                    _ => Reductions.SumOfSquares(row, Reductions.Mean(row)) / Math.Max(Length - Correction, 0),
                };
            }
        }
    }
}
