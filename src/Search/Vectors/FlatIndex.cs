using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>How the exact search reads the rows. Both give the same hits with the same bits.</summary>
public enum FlatScan
{
    /// <summary>8-bit rows first; exact scores for the rows whose upper bound reaches the best so far. A quarter of the memory traffic.</summary>
    Bytes,

    /// <summary>Exact scores of all rows.</summary>
    Floats,
}

/// <summary>The exact search: every row is looked at. <paramref name="file"/> stays the caller's.</summary>
public sealed class FlatIndex(VectorFile file, FlatScan scan = FlatScan.Bytes) : IVectorIndex
{
    /// <inheritdoc/>
    public int Dimension => file.Dimension;

    /// <inheritdoc/>
    public long Count => file.Count;

    /// <inheritdoc/>
    public IReadOnlyList<Hit> Nearest(ReadOnlySpan<float> query, int count, Func<long, bool>? wanted = null, CancellationToken token = default)
    {
        Queries.Check(query, file.Dimension, count);
        using VectorFile.Lease lease = file.Borrow();
        var top = new TopHits(Math.Min(count, lease.Rows.Count));
        FlatSearch.Run(lease.Rows, 0, lease.Rows.Count, query, top, wanted, scan, token);
        return top.Sorted();
    }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<Hit>> NearestOfMany(
        ReadOnlySpan<float> queries, int count, Func<long, bool>? wanted = null, CancellationToken token = default)
    {
        int n = Queries.Count(queries, file.Dimension, count);
        using VectorFile.Lease lease = file.Borrow();
        var found = new IReadOnlyList<Hit>[n];
        for (int first = 0; first < n; first += FlatBatch.Most)
        {
            int part = Math.Min(FlatBatch.Most, n - first);
            TopHits[] tops = [.. Enumerable.Range(0, part).Select(_ => new TopHits(Math.Min(count, lease.Rows.Count)))];
            ReadOnlySpan<float> some = queries.Slice(first * file.Dimension, part * file.Dimension);
            if (part >= FlatBatch.Least)
            {
                FlatBatch.Run(lease.Rows, some, tops, wanted, token);
            }
            else
            {
                for (int i = 0; i < part; i++)
                    FlatSearch.Run(lease.Rows, 0, lease.Rows.Count, some.Slice(i * file.Dimension, file.Dimension), tops[i], wanted, scan, token);
            }

            for (int i = 0; i < part; i++)
                found[first + i] = tops[i].Sorted();
        }

        return found;
    }
}

/// <summary>Questions that can be answered.</summary>
internal static class Queries
{
    public static void Check(ReadOnlySpan<float> query, int dimension, int count)
    {
        if (query.Length != dimension)
            throw new ShapeException($"[search] The query has {query.Length} numbers; the vectors of this space have {dimension}.");
        Count(query, dimension, count);
    }

    public static int Count(ReadOnlySpan<float> queries, int dimension, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (queries.Length % dimension != 0)
            throw new ShapeException($"[search] {queries.Length} numbers are not whole queries of {dimension}.");
        foreach (float x in queries)
        {
            if (!(MathF.Abs(x) <= ByteRows.Largest))
            {
                throw new ArgumentException(
                    $"[search] The query holds {x}; its numbers must be finite and at most {ByteRows.Largest:0e0}.", nameof(queries));
            }
        }

        return queries.Length / dimension;
    }
}
