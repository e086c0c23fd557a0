using Euterpe.Numerics;

namespace Euterpe.Bench.Works;

/// <summary>Exact search for the 10 nearest of a million vectors of 512 numbers on one thread, one query and 256, beside faiss's
/// IndexFlatIP.</summary>
internal sealed class SearchFlat : IWork
{
    public string Name => "search-flat";

    public string Peer => "faiss";

    public string Unit => "queries/s";

    public string Goal => "one query >= 3, 256 queries >= 1";

    public bool ClosesEachRow => true;

    public IReadOnlyList<Row> Prepare(Session session)
    {
        int rows = int.Parse(Environment.GetEnvironmentVariable("EUTERPE_BENCH_ROWS") ?? "1000000");
        ComputePool.Shared.Threads = 1;
        SearchVectors set = SearchVectors.Open(session, rows);
        set.CheckExact();
        int next = 0;
        return
        [
            new Row($"{rows} x 512, 1 query", 1000,
                () => Harness.Time(() => set.Index.Exact.Nearest(set.At(next++ % SearchVectors.Queries), SearchVectors.Count)),
                [() => set.Peer.Ask("flat 1")]),
            new Row($"{rows} x 512, 256 queries", 256 * 1000, () => Harness.Time(() => set.Index.Exact.NearestOfMany(set.Query, SearchVectors.Count)),
                [() => set.Peer.Ask("flat 256")]),
        ];
    }
}
