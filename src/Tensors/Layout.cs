namespace Euterpe.Tensors;

/// <summary>How strided walks see a shape: dimensions of size 1 dropped, neighbours that follow on from each other joined.</summary>
internal static class Layout
{
    /// <summary>Writes the joined sizes and steps; returns their number, at least 1.</summary>
    public static int Collapse(Tensor tensor, Span<int> sizes, Span<long> steps)
    {
        int rank = 0;
        for (int i = 0; i < tensor.Rank; i++)
        {
            int size = tensor.Size(i);
            if (size == 1)
            {
                continue;
            }
            long step = tensor.Stride(i);
            if (rank > 0 && steps[rank - 1] == step * size && (long)sizes[rank - 1] * size <= int.MaxValue)
            {
                sizes[rank - 1] *= size;
                steps[rank - 1] = step;
            }
            else
            {
                sizes[rank] = size;
                steps[rank++] = step;
            }
        }
        if (rank == 0)
        {
            sizes[0] = 1;
            steps[0] = 1;
            return 1;
        }
        return rank;
    }
}

/// <summary>Counts through the indices of some dimensions, the last one fastest, and knows the offset that their strides give.</summary>
internal ref struct Odometer
{
    private readonly ReadOnlySpan<int> _sizes;
    private readonly ReadOnlySpan<long> _steps;
    private Indices _at;

    [System.Runtime.CompilerServices.InlineArray(Shape.MaximumRank)]
    private struct Indices
    {
        private int _first;
    }

    public Odometer(ReadOnlySpan<int> sizes, ReadOnlySpan<long> steps)
    {
        _sizes = sizes;
        _steps = steps;
    }

    public long Offset { get; private set; }

    /// <summary>Moves on; false after the last index.</summary>
    public bool Next()
    {
        for (int i = _sizes.Length - 1; i >= 0; i--)
        {
            Offset += _steps[i];
            if (++_at[i] < _sizes[i])
            {
                return true;
            }
            Offset -= _steps[i] * _sizes[i];
            _at[i] = 0;
        }
        return false;
    }
}
