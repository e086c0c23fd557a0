using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>What this room puts under the proof of sameness: an item is a query beside rows of clusters, in memory.</summary>
[Experimental("EUTERPE001")]
public static unsafe class SearchStages
{
    private const int Dimension = 40;
    private const int RowCount = 400;
    private const int Hits = 12;

    /// <summary>All of them, in a fixed order.</summary>
    public static IReadOnlyList<FingerprintStage> All { get; } =
    [
        new("search/exact", 1, Exact),
        new("search/graph", 1, Graph),
    ];

    private static float[] Query(int item) => NumericsStages.Normals("search/query", item, Dimension);

    private static float[] Values()
    {
        float[] x = new float[RowCount * Dimension];
        for (int r = 0; r < RowCount; r++)
        {
            float[] centre = NumericsStages.Normals("search/centre", r % 13, Dimension), noise = NumericsStages.Normals("search/row", r, Dimension);
            for (int k = 0; k < Dimension; k++)
                x[(r * Dimension) + k] = centre[k] + (0.5f * noise[k]);
        }

        return x;
    }

    private static void Exact(Fingerprint f, int batch)
    {
        using var memory = new RowsInMemory(Values(), Dimension);
        foreach ((int first, int count) in FingerprintStage.Batches(batch))
        {
            float[] queries = [.. Enumerable.Range(first, count).SelectMany(Query)];
            TopHits[] tops = [.. Enumerable.Range(0, count).Select(_ => new TopHits(Hits))];
            if (batch > 1)
                FlatBatch.Run(memory.Rows, queries, tops, null, default);
            else
                FlatSearch.Run(memory.Rows, 0, RowCount, queries, tops[0], null, FlatScan.Bytes, default);
            foreach (TopHits top in tops)
                Add(f, top.Sorted());
        }
    }

    private static void Graph(Fingerprint f, int batch)
    {
        using var memory = new RowsInMemory(Values(), Dimension);
        using var graph = new GraphMemory(GraphBuilder.Whole(RowCount), new GraphOptions(6, 24));
        GraphBuilder.Extend(graph, memory.Rows, alone: batch > 1, null, default);
        GraphView view = graph.View;
        f.Add(new ReadOnlySpan<byte>(view.Ground, view.Count * view.Places(0) * sizeof(int)));
        f.Add(new ReadOnlySpan<byte>(view.Upper, view.Lists * view.Links * sizeof(int)));
        var searcher = new GraphSearcher(view.Count, view.Links, memory.Rows.Layout.Stride);
        for (int item = 0; item < FingerprintStage.Items; item++)
        {
            float[] query = Query(item);
            var top = new TopHits(Hits);
            searcher.Ask(query);
            Near start = searcher.Descend(view, memory.Rows, 0);
            HnswIndex.Rank(memory.Rows, query, searcher, searcher.Walk(view, memory.Rows, 0, start, 30), Hits, top, null);
            Add(f, top.Sorted());
        }
    }

    private static void Add(Fingerprint f, Hit[] hits)
    {
        foreach (Hit hit in hits)
        {
            f.Add((float)hit.Id);
            f.Add(hit.Score);
        }
    }
}
