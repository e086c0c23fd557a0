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

    /// <summary>The same for two tensors of one shape at a time.</summary>
    public static int Collapse(Tensor a, Tensor b, Span<int> sizes, Span<long> aSteps, Span<long> bSteps)
    {
        int rank = 0;
        for (int i = 0; i < a.Rank; i++)
        {
            int size = a.Size(i);
            if (size == 1)
            {
                continue;
            }
            long aStep = a.Stride(i), bStep = b.Stride(i);
            if (rank > 0 && aSteps[rank - 1] == aStep * size && bSteps[rank - 1] == bStep * size && (long)sizes[rank - 1] * size <= int.MaxValue)
            {
                sizes[rank - 1] *= size;
            }
            else
            {
                sizes[rank++] = size;
            }
            aSteps[rank - 1] = aStep;
            bSteps[rank - 1] = bStep;
        }
        if (rank == 0)
        {
            sizes[0] = 1;
            aSteps[0] = bSteps[0] = 1;
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

    /// <summary>Starts at the index of this number.</summary>
    public Odometer(ReadOnlySpan<int> sizes, ReadOnlySpan<long> steps, long number)
        : this(sizes, steps)
    {
        for (int i = sizes.Length - 1; i >= 0; i--)
        {
            _at[i] = (int)(number % sizes[i]);
            number /= sizes[i];
            Offset += _at[i] * steps[i];
        }
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
