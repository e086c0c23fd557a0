using Euterpe.Numerics;

namespace Euterpe.Tensors;

// Views: another shape and other strides over the same storage; nothing is copied.
public sealed unsafe partial class Tensor
{
    /// <summary>Other sizes of the same number of elements; one of them may be -1 (what is left). Throws where only a copy could give them.</summary>
    public Tensor Reshape(params ReadOnlySpan<int> sizes)
    {
        Shape shape = Resolve(sizes);
        Span<long> strides = stackalloc long[Shape.MaximumRank];
        if (!TryReshape(shape, strides))
        {
            throw new ShapeException(
                $"[reshape] {Shape} with strides [{string.Join(", ", Strides.ToArray())}] cannot be seen as {shape} without a copy. Hint: "
                    + "Contiguous(w) first?");
        }
        return new Tensor(this, shape, strides, _offset);
    }

    /// <summary>Swaps two dimensions.</summary>
    public Tensor Transpose(int first, int second)
    {
        Span<int> order = stackalloc int[Shape.MaximumRank];
        for (int i = 0; i < Rank; i++)
        {
            order[i] = i;
        }
        int a = Shape.Index(first, "transpose"), b = Shape.Index(second, "transpose");
        (order[a], order[b]) = (b, a);
        return Permute(order[..Rank]);
    }

    /// <summary>Dimension i of the view is dimension order[i] of this tensor.</summary>
    public Tensor Permute(params ReadOnlySpan<int> order)
    {
        Span<int> sizes = stackalloc int[Shape.MaximumRank];
        Span<long> strides = stackalloc long[Shape.MaximumRank];
        int seen = 0;
        if (order.Length == Rank)
        {
            for (int i = 0; i < Rank; i++)
            {
                int dim = Shape.Index(order[i], "permute");
                seen |= 1 << dim;
                sizes[i] = _shape[dim];
                strides[i] = _strides[dim];
            }
        }
        if (order.Length != Rank || seen != (1 << Rank) - 1)
        {
            throw new ShapeException($"[permute] Every dimension must occur once: the shape is {Shape}, the order {Shape.Text(order)}.");
        }
        return new Tensor(this, new Shape(sizes[..Rank]), strides, _offset);
    }

    /// <summary>The indices from start on, length of them.</summary>
    public Tensor Narrow(int dim, int start, int length) => Take("narrow", dim, start, length, 1);

    /// <summary>
    /// The indices start, start + step ... before end; negative ones count from the end, and ends beyond the size are cut, as in NumPy.
    /// </summary>
    public Tensor Slice(int dim, int start = 0, int end = int.MaxValue, int step = 1)
    {
        int size = _shape[Shape.Index(dim, "slice")];
        if (step <= 0)
        {
            throw new ShapeException($"[slice] The step must be positive: found {step}.");
        }
        start = Math.Clamp(start < 0 ? start + size : start, 0, size);
        end = Math.Clamp(end < 0 ? end + size : end, start, size);
        return Take("slice", dim, start, (int)(((long)end - start + step - 1) / step), step);
    }

    /// <summary>One index of a dimension, which falls away; negative ones count from the end.</summary>
    public Tensor Select(int dim, int index)
    {
        int size = _shape[Shape.Index(dim, "select")];
        if (index < -size || index >= size)
        {
            throw new ShapeException($"[select] Index {index} of dimension {dim} does not exist: the shape is {Shape}.");
        }
        return Take("select", dim, index < 0 ? index + size : index, 1, 1).Squeeze(dim);
    }

    /// <summary>Repeats dimensions of size 1 (and new ones in front) without copying; -1 leaves a size as it is.</summary>
    public Tensor Expand(params ReadOnlySpan<int> sizes)
    {
        Span<int> target = stackalloc int[Shape.MaximumRank];
        Span<long> strides = stackalloc long[Shape.MaximumRank];
        int added = sizes.Length - Rank;
        bool fits = added >= 0 && sizes.Length <= Shape.MaximumRank;
        for (int i = 0; fits && i < sizes.Length; i++)
        {
            int own = i < added ? 1 : _shape[i - added];
            target[i] = sizes[i] == -1 && i >= added ? own : sizes[i];
            strides[i] = own == 1 && target[i] != 1 ? 0 : i < added ? 0 : _strides[i - added];
            fits = target[i] >= 0 && (own == target[i] || own == 1);
        }
        if (!fits)
        {
            throw new ShapeException($"[expand] Sizes aligned at the end must be equal, or 1 in the tensor: the shape is {Shape}, asked for "
                + $"{Shape.Text(sizes)}.");
        }
        return new Tensor(this, new Shape(target[..sizes.Length]), strides, _offset);
    }

    public Tensor Expand(Shape shape) => Expand(shape.Span);

    /// <summary>Drops a dimension of size 1.</summary>
    public Tensor Squeeze(int dim)
    {
        int index = Shape.Index(dim, "squeeze");
        if (_shape[index] != 1)
        {
            throw new ShapeException($"[squeeze] Dimension {dim} must have size 1: the shape is {Shape}.");
        }
        Span<int> sizes = stackalloc int[Shape.MaximumRank];
        Span<long> strides = stackalloc long[Shape.MaximumRank];
        int rank = 0;
        for (int i = 0; i < Rank; i++)
        {
            if (i != index)
            {
                sizes[rank] = _shape[i];
                strides[rank++] = _strides[i];
            }
        }
        return new Tensor(this, new Shape(sizes[..rank]), strides, _offset);
    }

    /// <summary>Adds a dimension of size 1 before the named one; -1 adds it at the end.</summary>
    public Tensor Unsqueeze(int dim)
    {
        int index = dim < 0 ? dim + Rank + 1 : dim;
        if ((uint)index > (uint)Rank || Rank == Shape.MaximumRank)
        {
            throw new ShapeException($"[unsqueeze] There is no place {dim} for a new dimension: the shape is {Shape}.");
        }
        Span<int> sizes = stackalloc int[Shape.MaximumRank];
        Span<long> strides = stackalloc long[Shape.MaximumRank];
        for (int i = 0; i <= Rank; i++)
        {
            sizes[i] = i == index ? 1 : _shape[i < index ? i : i - 1];
            strides[i] = i == index ? 1 : _strides[i < index ? i : i - 1];
        }
        return new Tensor(this, new Shape(sizes[..(Rank + 1)]), strides, _offset);
    }

    /// <summary>Joins the dimensions from first to last into one.</summary>
    public Tensor Flatten(int first = 0, int last = -1)
    {
        if (Rank == 0)
        {
            return Reshape(1);
        }
        int from = Shape.Index(first, "flatten"), to = Shape.Index(last, "flatten");
        if (from > to)
        {
            throw new ShapeException($"[flatten] Dimension {first} lies after {last}: the shape is {Shape}.");
        }
        Span<int> sizes = stackalloc int[Shape.MaximumRank];
        int rank = 0;
        for (int i = 0; i < Rank; i++)
        {
            if (i > from && i <= to)
            {
                sizes[rank - 1] = checked(sizes[rank - 1] * _shape[i]);
            }
            else
            {
                sizes[rank++] = _shape[i];
            }
        }
        return Reshape(sizes[..rank]);
    }

    /// <summary>A second handle on the same elements.</summary>
    public Tensor Alias() => new(this, Shape, Strides, _offset);

    /// <summary>Parts of the given sizes along a dimension, as views.</summary>
    public Tensor[] Split(int dim, params ReadOnlySpan<int> lengths)
    {
        int size = _shape[Shape.Index(dim, "split")];
        long sum = 0;
        foreach (int length in lengths)
        {
            sum += length;
        }
        if (sum != size)
        {
            throw new ShapeException($"[split] The lengths {Shape.Text(lengths)} must add up to the size of dimension {dim}: the shape is {Shape}.");
        }
        var parts = new Tensor[lengths.Length];
        int start = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = Narrow(dim, start, lengths[i]);
            start += lengths[i];
        }
        return parts;
    }

    /// <summary>At most this many parts of equal length (the last may be shorter) along a dimension, as views, as torch.chunk.</summary>
    public Tensor[] Chunk(int chunks, int dim)
    {
        int size = _shape[Shape.Index(dim, "chunk")];
        if (chunks <= 0)
        {
            throw new ShapeException($"[chunk] The number of chunks must be positive: found {chunks}.");
        }
        int length = Math.Max((size + chunks - 1) / chunks, 1);
        var parts = new Tensor[Math.Max((size + length - 1) / length, 1)];
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = Narrow(dim, i * length, Math.Min(length, size - i * length));
        }
        return parts;
    }

    /// <summary>The strides of another shape over the same elements, if there are such.</summary>
    internal bool TryReshape(Shape shape, Span<long> strides)
    {
        if (IsContiguous)
        {
            long stride = 1;
            for (int i = shape.Rank - 1; i >= 0; i--)
            {
                strides[i] = stride;
                stride *= Math.Max(shape[i], 1);
            }
            return true;
        }
        Span<int> sizes = stackalloc int[Shape.MaximumRank];
        Span<long> steps = stackalloc long[Shape.MaximumRank];
        int rank = Layout.Collapse(this, sizes, steps);
        // Each joined run must be a product of whole new sizes.
        int target = shape.Rank - 1;
        for (int run = rank - 1; run >= 0; run--)
        {
            long left = sizes[run], step = steps[run];
            while (left > 1 || (target >= 0 && shape[target] == 1))
            {
                if (target < 0 || left % shape[target] != 0)
                {
                    return false;
                }
                strides[target] = step;
                step *= shape[target];
                left /= shape[target];
                target--;
            }
        }
        return target < 0;
    }

    internal Shape Resolve(ReadOnlySpan<int> sizes, string operation = "reshape")
    {
        Span<int> resolved = stackalloc int[Shape.MaximumRank];
        long known = 1;
        int open = -1;
        bool fits = sizes.Length <= Shape.MaximumRank;
        for (int i = 0; fits && i < sizes.Length; i++)
        {
            resolved[i] = sizes[i];
            if (sizes[i] == -1 && open < 0)
            {
                open = i;
            }
            else
            {
                fits = sizes[i] >= 0;
                known *= Math.Max(sizes[i], 0);
            }
        }
        if (fits && open >= 0)
        {
            fits = known > 0 && Count % known == 0;
            resolved[open] = fits ? (int)(Count / known) : 0;
            known = Count;
        }
        if (!fits || known != Count)
        {
            throw new ShapeException($"[{operation}] The {Count} elements of {Shape} do not fill {Shape.Text(sizes)}.");
        }
        return new Shape(resolved[..sizes.Length]);
    }

    private Tensor Take(string operation, int dim, int start, int length, int step)
    {
        int index = Shape.Index(dim, operation);
        int size = _shape[index];
        if (start < 0 || length < 0 || start + (length - 1L) * step >= size + (length == 0 ? 1L : 0L))
        {
            throw new ShapeException($"[{operation}] {length} indices from {start} on by {step} do not lie within dimension {dim}: the shape is "
                + $"{Shape}.");
        }
        Span<long> strides = stackalloc long[Shape.MaximumRank];
        Strides.CopyTo(strides);
        long offset = _offset + (length == 0 ? 0 : start * strides[index]);
        strides[index] *= step;
        return new Tensor(this, _shape.With(index, length), strides, offset);
    }
}
