using System.Runtime.InteropServices;
using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>
/// Takes rows into a graph (Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical navigable small
/// world graphs", 2018)
/// in batches whose borders depend on the row's number alone: each row of a batch looks for its place in the graph as it was before the batch, and
/// beside the
/// earlier rows of the batch; then the links back are added, all of one row's at once. So the graph is a function of rows, options and seed: not
/// of threads,
/// and not of how often it was extended.
/// </summary>
internal sealed unsafe class GraphBuilder
{
    private const int MostInBatch = 512;
    private const int RowsInChunk = 8;

    private readonly GraphMemory _graph;
    private readonly Rows _rows;
    private readonly bool _alone;
    private readonly Stack<GraphScratch> _scratch = new();

    // The batch: its first row, its rows' levels, and where each row's chosen lists begin (2 M for the ground, M for each level above).
    private int _first;
    private int _size;
    private readonly int[] _levels = new int[MostInBatch];
    private readonly int[] _places = new int[MostInBatch + 1];
    private int[] _chosen = [];

    // Links back: keys of target, level and source in order, and where each target's begin.
    private long[] _keys = [];
    private readonly List<int> _groups = [];

    private GraphBuilder(GraphMemory graph, Rows rows, bool alone)
    {
        _graph = graph;
        _rows = rows;
        _alone = alone;
    }

    /// <summary>How many of so many rows a graph takes in: up to the last border of batches. The rest is fewer than 512, and is searched row by
    /// row.</summary>
    public static int Whole(int rows)
    {
        int at = 0;
        while (at + BatchAt(at) <= rows)
            at += BatchAt(at);
        return at;
    }

    /// <summary>Takes in all rows from those that the graph has on, up to its capacity.</summary>
    /// <param name="alone">On this thread only.</param>
    public static void Extend(GraphMemory graph, Rows rows, bool alone, IProgress<double>? progress, CancellationToken token)
    {
        var builder = new GraphBuilder(graph, rows, alone);
        while (graph.View.Count < graph.Capacity)
        {
            token.ThrowIfCancellationRequested();
            builder.Batch(token);
            progress?.Report(graph.View.Count / (double)graph.Capacity);
        }
    }

    private static int BatchAt(int row) => Math.Clamp(row / 16, 1, MostInBatch);

    private void Batch(CancellationToken token)
    {
        _first = _graph.View.Count;
        _size = BatchAt(_first);
        int links = _graph.Options.Links;
        _places[0] = 0;
        for (int i = 0; i < _size; i++)
        {
            _levels[i] = _graph.LevelsOf.Of(_first + i);
            _places[i + 1] = _places[i] + ((2 + _levels[i]) * links);
        }

        if (_chosen.Length < _places[_size])
            _chosen = new int[_places[_size]];
        _chosen.AsSpan(0, _places[_size]).Fill(-1);
        Run(_size, static (builder, i, scratch) => builder.Place(i, scratch), token);
        Gather();
        _graph.View.Count = _first + _size;
        Run(_groups.Count - 1, static (builder, i, scratch) => builder.LinkBack(i, scratch), token);
        for (int i = 0; i < _size; i++)
        {
            if (_levels[i] > _graph.View.Top)
                (_graph.View.Top, _graph.View.Entry) = (_levels[i], _first + i);
        }
    }

    // Finds the lists of one row of the batch. Reads the graph as it was before the batch.
    private void Place(int i, GraphScratch scratch)
    {
        int row = _first + i, top = _graph.View.Top, links = _graph.Options.Links;
        GraphSearcher searcher = scratch.Searcher;
        searcher.Ask(_rows.Bytes(row), _rows.Scale(row), _rows.Sum(row));
        List<Near> early = scratch.Early;
        early.Clear();
        searcher.Score(_rows, _first, i, early);
        int from = Math.Min(_levels[i], top);
        Near start = top >= 0 ? searcher.Descend(_graph.View, _rows, from) : default;
        for (int level = _levels[i]; level >= 0; level--)
        {
            List<Near> candidates = scratch.Candidates;
            candidates.Clear();
            ReadOnlySpan<Near> found = [];
            if (level <= top)
            {
                found = searcher.Walk(_graph.View, _rows, level, start, _graph.Options.Breadth);
                start = found[0];
            }

            float least = found.Length < _graph.Options.Breadth ? float.NegativeInfinity : found[^1].Score;
            List<Near> beside = scratch.Beside;
            beside.Clear();
            foreach (Near near in early)
            {
                if (near.Score > least && _levels[near.Row - _first] >= level)
                    beside.Add(near);
            }

            beside.Sort();
            Merge(found, beside, candidates);
            int n = Choose(candidates, _graph.View.Places(level), scratch.Chosen);
            scratch.Chosen.AsSpan(0, n).CopyTo(_chosen.AsSpan(_places[i] + (level == 0 ? 0 : (1 + level) * links)));
        }
    }

    private static void Merge(ReadOnlySpan<Near> found, List<Near> beside, List<Near> all)
    {
        int i = 0;
        foreach (Near near in found)
        {
            for (; i < beside.Count && beside[i].CompareTo(near) < 0; i++)
                all.Add(beside[i]);
            all.Add(near);
        }

        for (; i < beside.Count; i++)
            all.Add(beside[i]);
    }

    // Writes the new rows' own lists, and sorts the links back by level, target and source.
    private void Gather()
    {
        int links = _graph.Options.Links, n = 0;
        if (_keys.Length < _places[_size])
            _keys = new long[_places[_size]];
        for (int i = 0; i < _size; i++)
        {
            for (int level = 0; level <= _levels[i]; level++)
            {
                int places = _graph.View.Places(level);
                Span<int> chosen = _chosen.AsSpan(_places[i] + (level == 0 ? 0 : (1 + level) * links), places);
                chosen.CopyTo(new Span<int>(_graph.View.List(level, _first + i), places));
                for (int k = 0; k < places && chosen[k] >= 0; k++)
                    _keys[n++] = ((long)level << 42) | ((long)chosen[k] << 10) | (uint)i;
            }
        }

        Array.Sort(_keys, 0, n);
        _groups.Clear();
        for (int k = 0; k < n; k++)
        {
            if (k == 0 || _keys[k] >> 10 != _keys[k - 1] >> 10)
                _groups.Add(k);
        }

        _groups.Add(n);
    }

    // Adds the links back to one row on one level; when they are too many, the row chooses anew.
    private void LinkBack(int group, GraphScratch scratch)
    {
        int begin = _groups[group], end = _groups[group + 1];
        int level = (int)(_keys[begin] >> 42), target = (int)(_keys[begin] >> 10);
        int places = _graph.View.Places(level), have = 0;
        int* list = _graph.View.List(level, target);
        while (have < places && list[have] >= 0)
            have++;
        if (have + end - begin <= places)
        {
            for (int k = begin; k < end; k++)
                list[have++] = _first + (int)(_keys[k] & 1023);
            return;
        }

        GraphSearcher searcher = scratch.Searcher;
        searcher.Ask(_rows.Bytes(target), _rows.Scale(target), _rows.Sum(target));
        List<Near> candidates = scratch.Candidates;
        candidates.Clear();
        for (int k = 0; k < have; k++)
            candidates.Add(searcher.Score(_rows, list[k]));
        for (int k = begin; k < end; k++)
            candidates.Add(searcher.Score(_rows, _first + (int)(_keys[k] & 1023)));
        candidates.Sort();
        int n = Choose(candidates, places, scratch.Chosen);
        for (int k = 0; k < places; k++)
            list[k] = k < n ? scratch.Chosen[k] : -1;
    }

    // The paper's heuristic: from near to far, a candidate is taken unless one taken before is nearer to it than the row is.
    private int Choose(List<Near> candidates, int most, int[] chosen)
    {
        int n = 0, stride = _rows.Layout.Stride;
        foreach (Near candidate in CollectionsMarshal.AsSpan(candidates))
        {
            if (n == most)
                break;
            byte* bytes = _rows.Bytes(candidate.Row);
            float scale = _rows.Scale(candidate.Row);
            int sum = _rows.Sum(candidate.Row);
            bool good = true;
            for (int k = 0; k < n && good; k++)
                good = ByteRows.Dot(_rows.Bytes(chosen[k]), bytes, sum, stride) * (scale * _rows.Scale(chosen[k])) <= candidate.Score;
            if (good)
                chosen[n++] = candidate.Row;
        }

        return n;
    }

    private void Run(int items, Action<GraphBuilder, int, GraphScratch> body, CancellationToken token)
    {
        var job = new Job(this, items, body);
        int chunks = (items + RowsInChunk - 1) / RowsInChunk;
        if (_alone || chunks <= 1)
        {
            for (int chunk = 0; chunk < chunks; chunk++)
                job.RunChunk(chunk);
            return;
        }

        GCHandle handle = GCHandle.Alloc(job);
        try
        {
            ComputePool.Shared.Run(chunks, &RunChunk, (void*)GCHandle.ToIntPtr(handle), token);
        }
        finally
        {
            handle.Free();
        }
    }

    private static void RunChunk(void* context, int chunk) => ((Job)GCHandle.FromIntPtr((nint)context).Target!).RunChunk(chunk);

    private GraphScratch Take()
    {
        lock (_scratch)
        {
            if (_scratch.TryPop(out GraphScratch? scratch))
                return scratch;
        }

        return new GraphScratch(_graph.Capacity, _graph.Options.Links, _rows.Layout.Stride);
    }

    private void Give(GraphScratch scratch)
    {
        lock (_scratch)
            _scratch.Push(scratch);
    }

    private sealed class Job(GraphBuilder builder, int items, Action<GraphBuilder, int, GraphScratch> body)
    {
        public void RunChunk(int chunk)
        {
            GraphScratch scratch = builder.Take();
            for (int i = chunk * RowsInChunk; i < Math.Min(items, (chunk + 1) * RowsInChunk); i++)
                body(builder, i, scratch);
            builder.Give(scratch);
        }
    }

    private sealed class GraphScratch(int rows, int links, int stride)
    {
        public GraphSearcher Searcher { get; } = new(rows, links, stride);

        public List<Near> Early { get; } = [];

        public List<Near> Beside { get; } = [];

        public List<Near> Candidates { get; } = [];

        public int[] Chosen { get; } = new int[2 * links];
    }
}
