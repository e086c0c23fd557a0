using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>Tensors behind each other along a dimension that they have.</summary>
    public static Tensor Cat(Workspace w, int dim, params ReadOnlySpan<Tensor> parts)
    {
        Shape shape = CheckCat(dim, parts);
        int axis = shape.Index(dim);
        Tensor y = w.Allocate(parts[0].Type, shape);
        int size = y.Type.Size();
        long inner = 1, outer = 1;
        for (int i = 0; i < shape.Rank; i++)
        {
            (outer, inner) = i < axis ? (outer * shape[i], inner) : i > axis ? (outer, inner * shape[i]) : (outer, inner);
        }
        long row = shape[axis] * inner * size;
        byte* target = (byte*)y.Data;
        foreach (Tensor part in parts)
        {
            Tensor x = Contiguous(w, part);
            long length = part.Size(axis) * inner * size;
            byte* source = (byte*)x.Data;
            for (long i = 0; i < outer; i++)
            {
                Buffer.MemoryCopy(source + i * length, target + i * row, length, length);
            }
            target += length;
            GC.KeepAlive(x);
            GC.KeepAlive(part);
        }
        return y;
    }

    /// <summary>Tensors of one shape behind each other along a new dimension.</summary>
    public static Tensor Stack(Workspace w, int dim, params ReadOnlySpan<Tensor> parts)
    {
        var views = new Tensor[parts.Length];
        for (int i = 0; i < views.Length; i++)
        {
            if (parts[i].Shape != parts[0].Shape)
            {
                throw new ShapeException($"[stack] All parts must have one shape: part 0 is {parts[0].Shape}, part {i} is {parts[i].Shape}.");
            }
            views[i] = parts[i].Unsqueeze(dim);
        }
        return Cat(w, dim, views);
    }

    private static Shape CheckCat(int dim, ReadOnlySpan<Tensor> parts)
    {
        if (parts.IsEmpty)
        {
            throw new ShapeException("[cat] At least one tensor is expected.");
        }
        int axis = parts[0].Shape.Index(dim, "cat");
        int sum = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            Tensor part = parts[i];
            if (part.Rank != parts[0].Rank || part.Type != parts[0].Type || part.Shape.With(axis, 0) != parts[0].Shape.With(axis, 0))
            {
                throw new ShapeException(
                    $"[cat] Types and all sizes but that of dimension {dim} must agree: part 0 is {parts[0]}, part {i} is {part}.");
            }
            sum = checked(sum + part.Size(axis));
        }
        return parts[0].Shape.With(axis, sum);
    }
}
