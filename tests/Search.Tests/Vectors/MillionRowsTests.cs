using Euterpe.Search.Vectors;

namespace Euterpe.Search.Tests.Vectors;

public sealed class MillionRowsTests
{
    /// <summary>A million rows: added in parts, found exactly and through the graph, extended, opened again.</summary>
    [Fact]
    [Trait("Category", "Long")]
    public void A_million_rows_are_found_exactly_and_through_the_graph()
    {
        const int Rows = 1_000_000, Part = 50_000, Dimension = 64, Count = 10;
        using var folder = new TemporaryFolder();
        float[] queries = VectorSets.Clusters(30, Dimension, 2000, 5, first: Rows);
        using (VectorIndex index = VectorIndex.Open(folder.Path, "space", Dimension))
        {
            var best = new List<Hit>[30];
            for (int from = 0; from < Rows; from += Part)
            {
                float[] x = VectorSets.Clusters(Part, Dimension, 2000, 5, first: from);
                long[] ids = [.. Enumerable.Range(from, Part).Select(i => (long)i)];
                index.Append(ids, x);
                for (int q = 0; q < 3; q++)
                {
                    best[q] = [.. (best[q] ?? []).Concat(VectorSets.BruteForce(x, ids, queries.AsSpan(q * Dimension, Dimension), Count))
                        .OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Id).Take(Count)];
                }

                if (from == 400_000)
                    index.BuildGraph(new GraphOptions(12, 64));
            }

            index.Vectors.Verify();
            index.BuildGraph();
            for (int q = 0; q < 3; q++)
                Assert.Equal(best[q], index.Exact.Nearest(queries.AsSpan(q * Dimension, Dimension), Count));
            RecallReport report = index.Measure()!;
            Assert.True(report.Reached, report.Chosen.ToString());
        }

        using VectorIndex again = VectorIndex.Open(folder.Path, "space", Dimension);
        Assert.Equal(Rows, again.Count);
        Assert.InRange(again.GraphRows, Rows - 511, Rows);
        Assert.Equal(Count, again.Nearest(queries.AsSpan(0, Dimension), Count).Count);
    }
}
