using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>Rows of a table: indices of any shape (i64 or i32), table [rows, width], result [.. indices, width].</summary>
    public static Tensor Embedding(Workspace w, Tensor indices, Tensor table)
    {
        if (table.Rank != 2)
        {
            throw new ShapeException($"[embedding] The table must be [rows, width]: it is {table}.");
        }
        Tensor rows = IndexSelect(w, table, 0, indices.Reshape(-1), "embedding");
        Span<int> sizes = stackalloc int[Shape.MaximumRank + 1];
        indices.Shape.Span.CopyTo(sizes);
        sizes[indices.Rank] = table.Size(1);
        return rows.Reshape(sizes[..(indices.Rank + 1)]);
    }

    /// <summary>The named indices (i64 or i32, one dimension) of one dimension, in their order.</summary>
    public static Tensor IndexSelect(Workspace w, Tensor x, int dim, Tensor indices) => IndexSelect(w, x, dim, indices, "index_select");

    /// <summary>
    /// y[..., i, ...] = x[..., indices[..., i, ...], ...] along a dimension; the other sizes of the indices are not larger than those of x.
    /// </summary>
    public static Tensor Gather(Workspace w, Tensor x, int dim, Tensor indices)
    {
        int axis = x.Shape.Index(dim, "gather");
        bool fits = indices.Rank == x.Rank && indices.Type is DType.I64 or DType.I32;
        for (int i = 0; fits && i < x.Rank; i++)
        {
            fits = i == axis || indices.Size(i) <= x.Size(i);
        }
        if (!fits)
        {
            throw new ShapeException($"[gather] The indices (I64 or I32) must have the rank of x and no larger sizes but in dimension {dim}: x is "
                + $"{x}, indices are {indices}.");
        }
        Tensor at = Contiguous(w, indices);
        Tensor y = w.Allocate(x.Type, indices.Shape);
        int size = x.Type.Size(), limit = x.Size(axis);
        long step = x.Stride(axis);
        Span<long> steps = stackalloc long[Shape.MaximumRank];
        x.Strides.CopyTo(steps);
        steps[axis] = 0;
        byte* source = (byte*)x.Data, target = (byte*)y.Data;
        Shape shape = indices.Shape;
        if (shape.Count > 0)
        {
            var walk = new Odometer(shape.Span, steps[..x.Rank]);
            long i = 0;
            do
            {
                long index = CheckIndex("gather", ReadInteger(at.Data, at.Type, i), limit);
                Buffer.MemoryCopy(source + (walk.Offset + index * step) * size, target + i * size, size, size);
                i++;
            }
            while (walk.Next());
        }
        GC.KeepAlive(x);
        GC.KeepAlive(at);
        return y;
    }

    private static Tensor IndexSelect(Workspace w, Tensor x, int dim, Tensor indices, string operation)
    {
        int axis = x.Shape.Index(dim, operation);
        if (indices.Rank != 1 || indices.Type is not (DType.I64 or DType.I32))
        {
            throw new ShapeException($"[{operation}] Indices must be I64 or I32 of one dimension: found {indices}.");
        }
        Tensor source = Contiguous(w, x), at = Contiguous(w, indices);
        Shape shape = x.Shape.With(axis, (int)indices.Count);
        Tensor y = w.Allocate(x.Type, shape);
        long inner = x.Type.Size(), outer = 1;
        for (int i = 0; i < x.Rank; i++)
        {
            (outer, inner) = i < axis ? (outer * x.Size(i), inner) : i > axis ? (outer, inner * x.Size(i)) : (outer, inner);
        }
        int size = x.Size(axis);
        byte* from = (byte*)source.Data, to = (byte*)y.Data;
        for (long o = 0; o < outer; o++)
        {
            for (long i = 0; i < indices.Count; i++)
            {
                long index = CheckIndex(operation, ReadInteger(at.Data, at.Type, i), size);
                Buffer.MemoryCopy(from + (o * size + index) * inner, to, inner, inner);
                to += inner;
            }
        }
        GC.KeepAlive(source);
        GC.KeepAlive(at);
        return y;
    }

    private static long CheckIndex(string operation, long index, int size)
    {
        if ((ulong)index >= (ulong)size)
        {
            throw new ShapeException($"[{operation}] Index {index} lies outside of 0..{size - 1}.");
        }
        return index;
    }
}
