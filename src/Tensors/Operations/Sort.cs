using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>Indices (i64) that bring a dimension into order; equal elements keep theirs, NaN counts as the largest.</summary>
    public static Tensor ArgSort(Workspace w, Tensor x, int dim = -1, bool descending = false)
    {
        CheckFloats("argsort", x);
        int axis = x.Shape.Index(dim, "argsort");
        Tensor source = Contiguous(w, x.Transpose(axis, -1));
        Tensor order = w.Allocate(DType.I64, source.Shape);
        int length = source.Size(-1);
        var indices = new int[length];
        var keys = new uint[length];
        for (long row = 0; row < (length == 0 ? 0 : x.Count / length); row++)
        {
            SortRow(new ReadOnlySpan<float>(source.Floats + row * length, length), keys, indices, descending);
            long* target = (long*)order.Data + row * length;
            for (int i = 0; i < length; i++)
            {
                target[i] = indices[i];
            }
        }
        GC.KeepAlive(source);
        return order.Transpose(axis, -1);
    }

    /// <summary>
    /// The k largest (or smallest) elements of a dimension in order, and their indices (i64). Of equal ones the first come first; NaN is the largest.
    /// </summary>
    public static (Tensor Values, Tensor Indices) TopK(Workspace w, Tensor x, int k, int dim = -1, bool largest = true)
    {
        CheckFloats("topk", x);
        int axis = x.Shape.Index(dim, "topk");
        if (k < 0 || k > x.Size(axis))
        {
            throw new ShapeException($"[topk] k must lie between 0 and the size of dimension {dim}: k is {k}, x is {x.Shape}.");
        }
        Tensor indices = Contiguous(w, ArgSort(w, x, dim, largest).Narrow(axis, 0, k));
        return (Gather(w, x, axis, indices), indices);
    }

    /// <summary>The index (i64) of the largest element of a dimension; of equal ones the first, and a NaN before all.</summary>
    public static Tensor ArgMax(Workspace w, Tensor x, int dim = -1, bool keepDim = false)
    {
        CheckFloats("argmax", x);
        int axis = x.Shape.Index(dim, "argmax");
        int length = x.Size(axis);
        if (length == 0)
        {
            throw new ShapeException($"[argmax] Dimension {dim} is empty: x is {x.Shape}.");
        }
        Tensor source = Contiguous(w, x.Transpose(axis, -1));
        Tensor y = w.Allocate(DType.I64, source.Shape.With(-1, 1));
        long* target = (long*)y.Data;
        for (long row = 0; row < y.Count; row++)
        {
            float* values = source.Floats + row * length;
            int best = 0;
            for (int i = 1; i < length && !float.IsNaN(values[best]); i++)
            {
                best = values[i] > values[best] || float.IsNaN(values[i]) ? i : best;
            }
            target[row] = best;
        }
        GC.KeepAlive(source);
        Tensor kept = y.Transpose(axis, -1);
        return keepDim ? kept : kept.Squeeze(axis);
    }

    /// <summary>Sums of all elements up to each one along a dimension, added one after the other.</summary>
    public static Tensor CumSum(Workspace w, Tensor x, int dim)
    {
        CheckFloats("cumsum", x);
        int axis = x.Shape.Index(dim, "cumsum");
        Tensor y = Copy(w, x.Transpose(axis, -1));
        int length = y.Size(-1);
        for (long row = 0; row < (length == 0 ? 0 : y.Count / length); row++)
        {
            float* values = y.Floats + row * length;
            for (int i = 1; i < length; i++)
            {
                values[i] += values[i - 1];
            }
        }
        return y.Transpose(axis, -1);
    }

    private static void SortRow(ReadOnlySpan<float> values, uint[] keys, int[] indices, bool descending)
    {
        for (int i = 0; i < values.Length; i++)
        {
            // Floats in the order of unsigned integers; both zeros are one.
            uint bits = BitConverter.SingleToUInt32Bits(values[i] == 0 ? 0 : values[i]);
            uint key = float.IsNaN(values[i]) ? uint.MaxValue : (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
            keys[i] = descending ? ~key : key;
            indices[i] = i;
        }
        Array.Sort(indices, (a, b) => keys[a] != keys[b] ? keys[a].CompareTo(keys[b]) : a.CompareTo(b));
    }
}
