using Euterpe.Numerics;
using Euterpe.Search.Vectors;

namespace Euterpe.Search.Tests.Vectors;

public sealed class FlatIndexTests
{
    [Theory]
    [InlineData(1, 5, 3)]
    [InlineData(1023, 20, 10)]
    [InlineData(3000, 96, 10)]
    [InlineData(2100, 200, 100)]
    [InlineData(300, 7, 1000)]
    public void Both_scans_and_batches_find_what_brute_force_finds(int rows, int dimension, int count)
    {
        using var folder = new TemporaryFolder();
        float[] x = VectorSets.Clusters(rows, dimension, 20);
        // Ties: identical rows far apart, zero rows, a row and its negative, rows of other lengths.
        x.AsSpan(0, dimension).CopyTo(x.AsSpan((rows - 1) * dimension));
        if (rows > 10)
        {
            x.AsSpan(3 * dimension, dimension).Clear();
            x.AsSpan(5 * dimension, dimension).Clear();
            for (int k = 0; k < dimension; k++)
            {
                x[(7 * dimension) + k] = -x[k];
                x[(9 * dimension) + k] *= 1e6f;
                x[(8 * dimension) + k] *= 1e-20f;
            }
        }

        long[] ids = VectorSets.Ids(rows);
        using VectorIndex index = VectorIndex.Open(folder.Path, "space", dimension);
        index.Append(ids, x);
        float[] queries = VectorSets.Clusters(17, dimension, 20, 2);
        x.AsSpan(0, dimension).CopyTo(queries);
        queries.AsSpan(dimension, dimension).Clear();
        var floats = new FlatIndex(index.Vectors, FlatScan.Floats);
        IReadOnlyList<IReadOnlyList<Hit>> many = index.NearestOfMany(queries, count);
        for (int q = 0; q < 17; q++)
        {
            ReadOnlySpan<float> query = queries.AsSpan(q * dimension, dimension);
            Hit[] expected = VectorSets.BruteForce(x, ids, query, count);
            Assert.Equal(expected, index.Nearest(query, count));
            Assert.Equal(expected, floats.Nearest(query, count));
            Assert.Equal(expected, many[q]);
            Func<long, bool> third = id => id % 3 == 0;
            Assert.Equal(VectorSets.BruteForce(x, ids, query, count, third), index.Nearest(query, count, third));
        }
    }

    [Fact]
    public void Questions_that_cannot_be_answered_are_refused()
    {
        using var folder = new TemporaryFolder();
        using VectorIndex index = VectorIndex.Open(folder.Path, "space", 3);
        Assert.Empty(index.Nearest([1, 2, 3], 5));
        index.Append([4], [1, 2, 3]);
        Assert.Empty(index.Nearest([1, 2, 3], 0));
        Assert.Equal([new Hit(4, 14)], index.Nearest([1, 2, 3], 5));
        Assert.Throws<ShapeException>(() => index.Nearest([1, 2], 5));
        Assert.Throws<ShapeException>(() => index.NearestOfMany([1, 2], 5));
        Assert.Throws<ArgumentException>(() => index.Nearest([1, float.NaN, 3], 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Nearest([1, 2, 3], -1));
    }
}
