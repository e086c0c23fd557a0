using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Euterpe.Numerics;

namespace Euterpe.Tensors;

/// <summary>Up to eight sizes, the last one running fastest in a fresh tensor. A scalar has rank 0 and one element.</summary>
public readonly struct Shape : IEquatable<Shape>
{
    public const int MaximumRank = 8;
    private const long MaximumCount = 1L << 56;

    [InlineArray(MaximumRank)]
    private struct Sizes
    {
        private int _first;
    }

    private readonly Sizes _sizes;
    private readonly long _count;

    public Shape(params ReadOnlySpan<int> sizes)
    {
        if (sizes.Length > MaximumRank)
        {
            throw new ShapeException($"[shape] A tensor has at most {MaximumRank} dimensions: found {sizes.Length}.");
        }
        long count = 1;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] < 0)
            {
                throw new ShapeException($"[shape] Sizes must not be negative: found {Text(sizes)}.");
            }
            _sizes[i] = sizes[i];
            if (sizes[i] != 0 && count > MaximumCount / sizes[i])
            {
                throw new ShapeException($"[shape] {Text(sizes)} has more elements than memory can hold.");
            }
            count *= sizes[i];
        }
        Rank = sizes.Length;
        _count = count;
    }

    public int Rank { get; }

    /// <summary>The number of elements.</summary>
    public long Count => Rank == 0 ? 1 : _count;

    /// <summary>The size of a dimension; negative ones count from the end.</summary>
    public int this[int dim] => _sizes[Index(dim)];

    [UnscopedRef]
    public ReadOnlySpan<int> Span => ((ReadOnlySpan<int>)_sizes)[..Rank];

    /// <summary>The size of the last dimension, 1 for a scalar.</summary>
    public int Last => Rank == 0 ? 1 : _sizes[Rank - 1];

    /// <summary>A dimension counted from either end as one counted from the front.</summary>
    public int Index(int dim, string operation = "shape")
    {
        int index = dim < 0 ? dim + Rank : dim;
        if ((uint)index >= (uint)Rank)
        {
            throw new ShapeException($"[{operation}] Dimension {dim} does not exist: the shape is {this}.");
        }
        return index;
    }

    /// <summary>The same sizes with one of them replaced.</summary>
    public Shape With(int dim, int size)
    {
        Span<int> sizes = stackalloc int[MaximumRank];
        Span.CopyTo(sizes);
        sizes[Index(dim)] = size;
        return new Shape(sizes[..Rank]);
    }

    /// <summary>The shape that both stretch to: sizes are aligned at the end, a size of 1 (or none) repeats.</summary>
    public static Shape Broadcast(string operation, Shape a, Shape b)
    {
        int rank = Math.Max(a.Rank, b.Rank);
        Span<int> sizes = stackalloc int[MaximumRank];
        for (int i = 1; i <= rank; i++)
        {
            int left = i <= a.Rank ? a[^i] : 1;
            int right = i <= b.Rank ? b[^i] : 1;
            if (left != right && left != 1 && right != 1)
            {
                throw new ShapeException(
                    $"[{operation}] Sizes aligned at the end must be equal or 1: a is {a}, b is {b}. Hint: Unsqueeze or Reshape one of them?");
            }
            sizes[rank - i] = left == 1 ? right : left;
        }
        return new Shape(sizes[..rank]);
    }

    /// <summary>Whether this shape, aligned at the end, has the target's sizes or 1 everywhere.</summary>
    public bool StretchesTo(Shape target)
    {
        bool fits = Rank <= target.Rank;
        for (int i = 1; fits && i <= Rank; i++)
        {
            fits = this[^i] == target[^i] || this[^i] == 1;
        }
        return fits;
    }

    public int this[Index dim] => _sizes[dim.GetOffset(Rank)];

    public int[] ToArray() => Span.ToArray();

    public bool Equals(Shape other) => Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int size in Span)
        {
            hash.Add(size);
        }
        return hash.ToHashCode();
    }

    public override string ToString() => Text(Span);

    public static bool operator ==(Shape a, Shape b) => a.Equals(b);

    public static bool operator !=(Shape a, Shape b) => !a.Equals(b);

    internal static string Text(ReadOnlySpan<int> sizes) => $"[{string.Join(", ", sizes.ToArray())}]";
}
