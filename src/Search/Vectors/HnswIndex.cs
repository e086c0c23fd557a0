using System.Runtime.InteropServices;
using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>
/// The approximate search: a walk through a graph of the rows (hierarchical navigable small world), in 8 bits, then exact scores for the best;
/// rows that the
/// graph does not hold yet are looked at one by one. The scores are exact; a row among the nearest may be missing. The same hits on every machine.
/// </summary>
public sealed unsafe class HnswIndex : IVectorIndex, IDisposable
{
    /// <summary>Candidates of a search as long as nothing was measured.</summary>
    public const int DefaultBreadth = 64;

    private readonly VectorFile _file;
    private readonly GraphFile _graph;
    private volatile int _breadth;
    private volatile float _recall;

    private HnswIndex(VectorFile file, GraphFile graph)
    {
        _file = file;
        _graph = graph;
        _breadth = graph.Head.SearchBreadth is > 0 and <= 65536 ? graph.Head.SearchBreadth : DefaultBreadth;
        _recall = graph.Head.MeasuredRows > 0 ? graph.Head.Recall : float.NaN;
    }

    /// <inheritdoc/>
    public int Dimension => _file.Dimension;

    /// <inheritdoc/>
    public long Count => _file.Count;

    /// <summary>Rows that the graph holds.</summary>
    public long GraphRows => _graph.Head.Rows;

    /// <summary>How the graph was made.</summary>
    public GraphOptions Options => _graph.Head.Options;

    /// <summary>Candidates that a search keeps (efSearch): what was measured to reach the recall that was asked for, or 64.</summary>
    public int Breadth => _breadth;

    /// <summary>The recall at 10 that was measured with <see cref="Breadth"/>; NaN before.</summary>
    public float Recall => _recall;

    /// <summary>Opens the graph of a file of vectors, which stays the caller's.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="FileFormatException">It is damaged, or of other vectors: build it again.</exception>
    public static HnswIndex Open(string path, VectorFile vectors, string key)
    {
        using VectorFile.Lease lease = vectors.Borrow();
        return new HnswIndex(vectors, GraphFile.Open(path, key, lease.Rows));
    }

    /// <summary>
    /// Builds the graph of all vectors but the last few (fewer than 512), or takes new ones into the graph that is there; the file is replaced
    /// when the new one
    /// is whole. It is the same file, bit for bit, at any number of threads, and whether it was built at once or in parts.
    /// </summary>
    /// <param name="path">The graph's file.</param>
    /// <param name="vectors">Its vectors.</param>
    /// <param name="key">Of their space.</param>
    /// <param name="options">Null: those of the graph that is there, or the usual ones. Other ones than those of the graph that is there build it
    /// anew.</param>
    /// <param name="alone">On this thread only.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="token">Looked at between batches.</param>
    /// <returns>Rows in the graph; 0 when there are none, and no file is written.</returns>
    public static long Build(
        string path, VectorFile vectors, string key, GraphOptions? options = null, bool alone = false, IProgress<double>? progress = null,
        CancellationToken token = default)
    {
        options?.Check();
        using VectorFile.Lease lease = vectors.Borrow();
        int whole = GraphBuilder.Whole(lease.Rows.Count);
        if (whole == 0)
            return 0;
        using GraphFile? before = Existing(path, key, lease.Rows, options);
        if (before?.Head.Rows == whole)
            return whole;
        using var memory = new GraphMemory(whole, options ?? before?.Head.Options ?? new GraphOptions());
        before?.CopyTo(memory);
        GraphBuilder.Extend(memory, lease.Rows, alone, progress, token);
        GraphFile.Write(path, key, lease.Rows, memory, before?.Head.SearchBreadth ?? 0, token);
        return whole;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Hit> Nearest(ReadOnlySpan<float> query, int count, Func<long, bool>? wanted = null, CancellationToken token = default) =>
        Nearest(query, count, Breadth, wanted, token);

    /// <summary>As the shorter form, with another number of candidates than <see cref="Breadth"/>; where it is too small for
    /// <paramref name="count"/> it is raised.</summary>
    public IReadOnlyList<Hit> Nearest(
        ReadOnlySpan<float> query, int count, int breadth, Func<long, bool>? wanted = null, CancellationToken token = default)
    {
        Queries.Check(query, Dimension, count);
        ArgumentOutOfRangeException.ThrowIfLessThan(breadth, 1);
        using VectorFile.Lease lease = _file.Borrow();
        return Search(lease.Rows, query, count, breadth, wanted, token);
    }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<Hit>> NearestOfMany(
        ReadOnlySpan<float> queries, int count, Func<long, bool>? wanted = null, CancellationToken token = default)
    {
        int n = Queries.Count(queries, Dimension, count);
        using VectorFile.Lease lease = _file.Borrow();
        var job = new Many(this, lease.Rows, queries.ToArray(), count, wanted, token, new IReadOnlyList<Hit>[n]);
        GCHandle handle = GCHandle.Alloc(job);
        try
        {
            ComputePool.Shared.Run(n, &RunOne, (void*)GCHandle.ToIntPtr(handle), token);
        }
        finally
        {
            handle.Free();
        }

        return job.Found;
    }

    /// <summary>Ends it; searches that still run keep what they read.</summary>
    public void Dispose() => _graph.Dispose();

    internal void Keep(int breadth, float recall)
    {
        GraphFile.Keep(_graph.Path, _graph.Head.Body, breadth, recall);
        _breadth = breadth;
        _recall = recall;
    }

    private static GraphFile? Existing(string path, string key, Rows rows, GraphOptions? options)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            GraphFile file = GraphFile.Open(path, key, rows);
            if (options is null || file.Head.Options == options)
                return file;
            file.Dispose();
            return null;
        }
        catch (FileFormatException)
        {
            // Damaged or of other vectors: it is what is being replaced.
            return null;
        }
    }

    private static void RunOne(void* context, int i)
    {
        var job = (Many)GCHandle.FromIntPtr((nint)context).Target!;
        int d = job.Index.Dimension;
        job.Found[i] = job.Index.Search(job.Rows, job.Queries.AsSpan(i * d, d), job.Count, job.Index.Breadth, job.Wanted, job.Token);
    }

    private Hit[] Search(Rows rows, ReadOnlySpan<float> query, int count, int breadth, Func<long, bool>? wanted, CancellationToken token)
    {
        var top = new TopHits(Math.Min(count, rows.Count));
        int inGraph = _graph.Head.Rows;
        if (count == 0)
            return [];
        breadth = AtLeast(breadth, Math.Min(count, rows.Count));
        GraphSearcher searcher = _graph.Enter(rows.Layout.Stride) ?? throw new ObjectDisposedException(nameof(HnswIndex));
        try
        {
            FlatSearch.Run(rows, inGraph, rows.Count, query, top, wanted, FlatScan.Bytes, token);
            searcher.Ask(query);
            bool enough = false;
            GraphView view = _graph.View;

            // What is not wanted takes places: look further then, and at everything before that costs more.
            for (; !enough && breadth <= inGraph / 8; breadth *= 4)
            {
                token.ThrowIfCancellationRequested();
                Near start = searcher.Descend(view, rows, 0);
                enough = Rank(rows, query, searcher, searcher.Walk(view, rows, 0, start, breadth), count, top, wanted);
            }

            if (!enough)
                FlatSearch.Run(rows, 0, inGraph, query, top, wanted, FlatScan.Bytes, token);
        }
        finally
        {
            _graph.Leave(searcher);
        }

        return top.Sorted();
    }

    // The breadth is measured for 10 hits; more of them need more candidates.
    private static int AtLeast(int breadth, int count) => (int)Math.Max(breadth, count + Math.Max(0L, count - 10));

    // Exact scores for those that may be among the best; false when fewer than count are wanted.
    internal static bool Rank(
        Rows rows, ReadOnlySpan<float> query, GraphSearcher searcher, ReadOnlySpan<Near> found, int count, TopHits top, Func<long, bool>? wanted)
    {
        var some = new List<Near>(found.Length);
        foreach (Near near in found)
        {
            if (wanted is null || wanted(rows.Id(near.Row)))
                some.Add(near);
        }

        if (some.Count < count)
            return false;
        Near last = some[count - 1];
        float least = last.Score - searcher.Doubt(rows, last.Row);
        int n = 0;
        foreach (Near near in CollectionsMarshal.AsSpan(some))
        {
            if (near.Score + searcher.Doubt(rows, near.Row) >= least)
            {
                ByteRows.Prefetch((byte*)rows.Floats(near.Row), Math.Min(rows.Dimension * sizeof(float), 512));
                some[n++] = near;
            }
        }

        for (int i = 0; i < n; i++)
        {
            float score = 0;
            DotRows.Multiply(query, rows.FloatRow(some[i].Row), new Span<float>(ref score));
            top.Add(new Hit(rows.Id(some[i].Row), score));
        }

        return true;
    }

    private sealed record Many(
        HnswIndex Index, Rows Rows, float[] Queries, int Count, Func<long, bool>? Wanted, CancellationToken Token, IReadOnlyList<Hit>[] Found);
}
