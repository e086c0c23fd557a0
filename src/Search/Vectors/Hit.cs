namespace Euterpe.Search.Vectors;

/// <summary>A row that a search found.</summary>
/// <param name="Id">As it was given when the row was added.</param>
/// <param name="Score">The inner product with the query, in the order of sums that <c>Numerics</c> fixes: the same bits on every machine.</param>
public readonly record struct Hit(long Id, float Score);

/// <summary>Finds the rows with the largest inner product with a query. One object serves several threads.</summary>
public interface IVectorIndex
{
    /// <summary>Numbers of a vector.</summary>
    int Dimension { get; }

    /// <summary>Rows that a search sees.</summary>
    long Count { get; }

    /// <summary>
    /// At most <paramref name="count"/> rows, the largest score first, equal scores in the order of their ids.
    /// </summary>
    /// <param name="query"><see cref="Dimension"/> finite numbers.</param>
    /// <param name="count">0 or more.</param>
    /// <param name="wanted">Asked for rows that come into question, from several threads at once; null: every row is wanted.</param>
    /// <param name="token">Looked at between blocks of rows.</param>
    IReadOnlyList<Hit> Nearest(ReadOnlySpan<float> query, int count, Func<long, bool>? wanted = null, CancellationToken token = default);

    /// <summary>As <see cref="Nearest"/> for each row of <paramref name="queries"/> [n, <see cref="Dimension"/>]; the same results, faster than
    /// one by one.</summary>
    IReadOnlyList<IReadOnlyList<Hit>> NearestOfMany(
        ReadOnlySpan<float> queries, int count, Func<long, bool>? wanted = null, CancellationToken token = default);
}
