using System.Runtime.InteropServices;
using Euterpe.Numerics;
using Euterpe.Search.Vectors;

namespace Euterpe.Bench.Works;

/// <summary>
/// Approximate search in 200,000 clustered vectors of 512 numbers on one thread, beside faiss's HNSW: both with M 16 and efConstruction 128, each
/// at the smallest
/// efSearch that finds 97 % of the 10 nearest. The builds are measured once.
/// </summary>
internal sealed class SearchHnsw : IWork
{
    private const double Recall = 0.97;
    private const int MostBreadth = 1024;

    public string Name => "search-hnsw";

    public string Peer => "faiss";

    public string Unit => "/s";

    public string Goal => "queries >= 1, build >= 1, both at recall@10 >= 0.97";

    public bool ClosesEachRow => true;

    public IReadOnlyList<Row> Prepare(Session session)
    {
        int rows = int.Parse(Environment.GetEnvironmentVariable("EUTERPE_BENCH_ROWS") ?? "200000");
        ComputePool.Shared.Threads = 1;
        SearchVectors set = SearchVectors.Open(session, rows);
        IReadOnlyList<IReadOnlyList<Hit>> exact = set.CheckExact();
        long[] truth = [.. exact.SelectMany(hits => hits.Select(h => h.Id))];
        File.WriteAllBytes(SearchVectors.TruthPath(rows), MemoryMarshal.AsBytes(truth.AsSpan()).ToArray());

        var noise = new Noise(session);
        string path = Places.Cache($"search-{rows}.graph");
        File.Delete(path);
        double ours = Harness.Time(() => HnswIndex.Build(path, set.Index.Vectors, "bench", new GraphOptions(16, 128)));
        double peers = set.Peer.Ask("build 16 128"), others = noise.Share();
        HnswIndex graph = session.Use(HnswIndex.Open(path, set.Index.Vectors, "bench"));

        (int ourBreadth, double ourRecall) = Smallest(breadth => Ours(graph, set, exact, breadth));
        (int peerBreadth, double peerRecall) = Smallest(breadth => set.Peer.Ask($"recall {breadth}"));
        return
        [
            new Row($"{rows} x 512, 256 queries, ef {ourBreadth} recall {ourRecall:0.000} (faiss: {peerBreadth}, {peerRecall:0.000})", 256 * 1000,
                () => Harness.Time(() =>
                {
                    for (int q = 0; q < SearchVectors.Queries; q++)
                        graph.Nearest(set.At(q), SearchVectors.Count, ourBreadth);
                }),
                [() => set.Peer.Ask($"hnsw {peerBreadth}")]),
            new Row($"{rows} x 512, build, once (others used {others * 100:0.0} % of a core{(others > 0.05 ? ": NOISY" : "")})", rows * 1000.0,
                () => ours, [() => peers]),
        ];
    }

    private static double Ours(HnswIndex graph, SearchVectors set, IReadOnlyList<IReadOnlyList<Hit>> exact, int breadth)
    {
        double sum = 0;
        for (int q = 0; q < SearchVectors.Queries; q++)
        {
            IReadOnlyList<Hit> hits = graph.Nearest(set.At(q), SearchVectors.Count, breadth);
            sum += hits.Intersect(exact[q]).Count() / (double)SearchVectors.Count;
        }

        return sum / SearchVectors.Queries;
    }

    private static (int Breadth, double Recall) Smallest(Func<int, double> recall)
    {
        int low = SearchVectors.Count - 1, high = MostBreadth;
        double best = recall(high);
        if (best < Recall)
            throw new BenchException($"recall {best} at {high} candidates: 0.97 is out of reach.");
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            double found = recall(middle);
            if (found >= Recall)
                (high, best) = (middle, found);
            else
                low = middle;
        }

        return (high, best);
    }
}
