using System.Runtime.InteropServices;
using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>One query beside all rows of a range, in chunks of 8 blocks that the compute threads share.</summary>
internal sealed unsafe class FlatSearch
{
    private const int ChunkBlocks = 8;

    // Below this many multiply-adds waking the other threads costs more than they bring.
    private const long OneThreadBelow = 2_000_000;

    private readonly Rows _rows;
    private readonly float[] _query;
    private readonly TopHits _top;
    private readonly Func<long, bool>? _wanted;
    private readonly short[] _words = [];
    private readonly WordQuery _word;
    private readonly FlatScan _scan;
    private readonly int _from;
    private readonly int _to;

    private FlatSearch(Rows rows, int from, int to, ReadOnlySpan<float> query, TopHits top, Func<long, bool>? wanted, FlatScan scan)
    {
        _rows = rows;
        _query = query.ToArray();
        _top = top;
        _wanted = wanted;
        _scan = scan;
        _from = from;
        _to = to;
        if (scan == FlatScan.Bytes)
        {
            _words = new short[rows.Layout.Stride];
            _word = new WordQuery(query, _words);
        }
    }

    /// <summary>Adds the rows from <paramref name="from"/> to below <paramref name="to"/> to <paramref name="top"/>, exactly.</summary>
    public static void Run(
        Rows rows, int from, int to, ReadOnlySpan<float> query, TopHits top, Func<long, bool>? wanted, FlatScan scan, CancellationToken token)
    {
        if (to <= from || float.IsPositiveInfinity(top.Least))
            return;
        var job = new FlatSearch(rows, from, to, query, top, wanted, scan);
        int first = from / VectorLayout.BlockRows, last = VectorLayout.Blocks(to);
        int chunks = (last - first + ChunkBlocks - 1) / ChunkBlocks;
        GCHandle handle = GCHandle.Alloc(job);
        try
        {
            if ((long)(to - from) * rows.Dimension < OneThreadBelow)
            {
                for (int chunk = 0; chunk < chunks; chunk++)
                    RunChunk((void*)GCHandle.ToIntPtr(handle), chunk);
            }
            else
            {
                ComputePool.Shared.Run(chunks, &RunChunk, (void*)GCHandle.ToIntPtr(handle), token);
            }
        }
        finally
        {
            handle.Free();
        }
    }

    private static void RunChunk(void* context, int chunk)
    {
        var job = (FlatSearch)GCHandle.FromIntPtr((nint)context).Target!;
        int first = (job._from / VectorLayout.BlockRows) + (chunk * ChunkBlocks), last = Math.Min(first + ChunkBlocks, VectorLayout.Blocks(job._to));
        for (int block = first; block < last; block++)
        {
            int start = block * VectorLayout.BlockRows;
            int from = Math.Max(job._from, start), to = Math.Min(job._to, start + VectorLayout.BlockRows);
            if (job._scan == FlatScan.Bytes)
                job.Bytes(block, from, to - from);
            else
                job.Floats(from, to - from);
        }
    }

    private void Bytes(int block, int from, int count)
    {
        int* dots = stackalloc int[VectorLayout.BlockRows], found = stackalloc int[VectorLayout.BlockRows];
        int place = from % VectorLayout.BlockRows;
        fixed (short* words = _words)
            ByteRows.Dots(words, _rows.Bytes(from), _rows.Layout.Stride, count, _word.Correction, dots);
        float* scales = _rows.Scales(block) + place, errors = _rows.Errors(block) + place, norms = _rows.Norms(block) + place;
        int n = ByteRows.Candidates(_word, dots, scales, errors, norms, count, _top.Least, found);
        for (int i = 0; i < n; i++)
        {
            int r = found[i];
            if (_word.Bound(dots[r], scales[r], errors[r], norms[r]) >= _top.Least)
                Exact(from + r);
        }
    }

    private void Floats(int from, int count)
    {
        float* scores = stackalloc float[VectorLayout.BlockRows];
        DotRows.Multiply(_query, new ReadOnlySpan<float>(_rows.Floats(from), count * _rows.Dimension), new Span<float>(scores, count));
        for (int r = 0; r < count; r++)
        {
            if (scores[r] >= _top.Least)
                Take(_rows.Id(from + r), scores[r]);
        }
    }

    private void Exact(int row)
    {
        long id = _rows.Id(row);
        if (_wanted is not null && !_wanted(id))
            return;
        float score = 0;
        DotRows.Multiply(_query, _rows.FloatRow(row), new Span<float>(ref score));
        Add(id, score);
    }

    private void Take(long id, float score)
    {
        if (_wanted is null || _wanted(id))
            Add(id, score);
    }

    private void Add(long id, float score)
    {
        lock (_top)
            _top.Add(new Hit(id, score));
    }
}
