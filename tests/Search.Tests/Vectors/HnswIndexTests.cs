using Euterpe.Numerics;
using Euterpe.Search.Vectors;

namespace Euterpe.Search.Tests.Vectors;

[Collection("threads")]
public sealed class HnswIndexTests
{
    private const int Dimension = 48;

    private static VectorIndex Filled(string folder, float[] x, int from, int to)
    {
        VectorIndex index = VectorIndex.Open(folder, "space", Dimension);
        index.Append(VectorSets.Ids(to).AsSpan(from), x.AsSpan(from * Dimension, (to - from) * Dimension));
        return index;
    }

    private static string GraphOf(string folder) => Directory.GetFiles(folder, "*.graph").Single();

    [Fact]
    public async Task The_graph_is_the_same_file_at_any_number_of_threads_and_in_parts()
    {
        const int Rows = 3000;
        float[] x = VectorSets.Clusters(Rows, Dimension, 30);
        int before = ComputePool.Shared.Threads;
        byte[]? first = null;
        try
        {
            foreach (int threads in (int[])[1, 2, 3])
            {
                ComputePool.Shared.Threads = threads;
                using var folder = new TemporaryFolder();
                using VectorIndex index = Filled(folder.Path, x, 0, Rows);
                index.BuildGraph();
                byte[] bytes = File.ReadAllBytes(GraphOf(folder.Path));
                Assert.Equal(first ??= bytes, bytes);
                Assert.InRange(index.GraphRows, Rows - 511, Rows);
            }
        }
        finally
        {
            ComputePool.Shared.Threads = before;
        }

        using var other = new TemporaryFolder();
        using VectorIndex parts = Filled(other.Path, x, 0, 17);
        parts.BuildGraph();
        parts.Append(VectorSets.Ids(1200).AsSpan(17), x.AsSpan(17 * Dimension, (1200 - 17) * Dimension));
        await parts.BuildGraphInBackground();
        long then = parts.GraphRows;
        Assert.InRange(then, 1000, 1200);
        parts.Append(VectorSets.Ids(Rows).AsSpan(1200), x.AsSpan(1200 * Dimension));
        Assert.Equal(then, parts.GraphRows);
        await parts.BuildGraphInBackground();
        Assert.Equal(first, File.ReadAllBytes(GraphOf(other.Path)));
        Assert.Empty(Directory.GetFiles(other.Path, "*.partial"));
    }

    [Fact]
    public void Nearly_all_of_the_nearest_are_found_with_exact_scores()
    {
        const int Rows = 6000, Count = 10;
        float[] x = VectorSets.Clusters(Rows, Dimension, 30);

        // Rows of one recording come one behind the other and are nearly equal: they are in one batch of the graph.
        var random = new Philox(9, "noise");
        for (int r = 4501; r < 4540; r++)
        {
            for (int k = 0; k < Dimension; k++)
                x[(r * Dimension) + k] = x[(4500 * Dimension) + k] + (0.01f * random.Normal(r, 0, k));
        }

        using var folder = new TemporaryFolder();
        using VectorIndex index = Filled(folder.Path, x, 0, Rows);
        index.BuildGraph();
        float[] queries = VectorSets.Clusters(100, Dimension, 30, 1, 0.7f);
        x.AsSpan(4500 * Dimension, Dimension).CopyTo(queries);
        IReadOnlyList<IReadOnlyList<Hit>> found = index.NearestOfMany(queries, Count), exact = index.Exact.NearestOfMany(queries, Count);
        double recall = found.Zip(exact, (f, e) => f.Intersect(e).Count() / (double)Count).Average();
        Assert.True(recall > 0.97, $"recall {recall}");
        Assert.Equal(exact[0], found[0]);
        for (int q = 0; q < 100; q++)
            Assert.Equal(found[q], index.Nearest(queries.AsSpan(q * Dimension, Dimension), Count));

        // What is rarely wanted is found all the same.
        Func<long, bool> rare = id => id % 400 == 3;
        Assert.Equal(index.Exact.Nearest(queries.AsSpan(0, Dimension), 20, rare), index.Nearest(queries.AsSpan(0, Dimension), 20, rare));
        Assert.Equal(Rows, index.Nearest(queries.AsSpan(0, Dimension), Rows + 5).Count);
    }

    [Fact]
    public void Recall_is_measured_and_the_smallest_breadth_that_reaches_the_goal_is_kept()
    {
        const int Rows = 4000;
        using var folder = new TemporaryFolder();
        using (VectorIndex index = Filled(folder.Path, VectorSets.Clusters(Rows, Dimension, 20), 0, Rows))
        {
            Assert.Null(index.Measure());
            index.BuildGraph();
            Assert.Equal(HnswIndex.DefaultBreadth, index.Graph!.Breadth);
            RecallReport report = index.Measure(new RecallOptions(Sample: 50))!;
            Assert.True(report.Reached);
            Assert.True(report.Chosen.At10 >= 0.97);
            Assert.All(report.Points.Where(p => p.Breadth == report.Breadth - 1), p => Assert.True(p.At10 < 0.97));
            Assert.Equal(report.Breadth, index.Graph!.Breadth);
            Assert.Equal(report with { Points = [], Chosen = null!, ExactQueriesPerSecond = 0 },
                index.Measure(new RecallOptions(Sample: 50))! with { Points = [], Chosen = null!, ExactQueriesPerSecond = 0 });
        }

        using VectorIndex again = VectorIndex.Open(folder.Path, "space", Dimension);
        Assert.NotEqual(HnswIndex.DefaultBreadth, again.Graph!.Breadth);
        Assert.True(again.Graph!.Recall >= 0.97f);
    }
}
