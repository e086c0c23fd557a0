using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Search.Vectors;

namespace Euterpe.Tasks.Finding;

/// <summary>A row of a sample.</summary>
internal readonly record struct SampledRow(long Id, float[] Vector);

/// <summary>
/// The vectors of a space, or of its segments, to be searched. The id of a segment's row is that of its sound's segments, times 2^20, and its place among them.
/// Rows may be there whose sound has no present track: <see cref="ICatalogue.TracksOf"/> leaves them out.
/// </summary>
internal abstract class Rows(bool segments) : IDisposable
{
    public const int OrdinalBits = 20;

    public bool Segments => segments;

    /// <summary>How it is searched, as <see cref="SearchResult.Search"/> says it.</summary>
    public abstract string Way { get; }

    /// <summary>Whether fewer hits than were asked for mean that there are no more.</summary>
    public virtual bool IsComplete(int count) => true;

    /// <summary>The nearest rows of each query, the largest score first, equal scores in the order of ids.</summary>
    public abstract IReadOnlyList<IReadOnlyList<Hit>> Nearest(IReadOnlyList<float[]> queries, int count, CancellationToken token);

    /// <summary>
    /// So many sounds with present tracks, and one row of each, or all there are: chosen by the counter generator from their ids, so that it is always the same choice.
    /// </summary>
    public abstract IReadOnlyList<SampledRow> Sample(int count, CancellationToken token);

    public virtual void Dispose()
    {
    }

    /// <summary>The id by which the catalogue knows a row's sound.</summary>
    public long SoundOf(long id) => segments ? id >> OrdinalBits : id;

    /// <summary>Chooses from ids in ascending order.</summary>
    protected long[] Choose(ICatalogue catalogue, IEnumerable<long> ids, int count)
    {
        var random = new Philox(0, segments ? "find/segments" : "find/tracks");
        var best = new List<(uint Order, long Sound, long Row)>();
        long current = -1, row = -1;
        uint least = 0;
        foreach (long id in ids)
        {
            long sound = SoundOf(id);
            uint bits = random.Bits(id, 1, 0);
            if (sound != current)
            {
                Close();
                (current, row, least) = (sound, id, bits);
            }
            else if (bits < least)
            {
                (row, least) = (id, bits);
            }
        }

        Close();
        best.Sort();
        var chosen = new List<long>(Math.Min(count, best.Count));
        foreach ((uint, long Sound, long Row)[] part in best.Chunk(512))
        {
            IReadOnlyDictionary<long, IReadOnlyList<Track>> present = catalogue.TracksOf([.. part.Select(p => p.Sound)], segments);
            chosen.AddRange(part.Where(p => present.ContainsKey(p.Sound)).Select(p => p.Row));
            if (chosen.Count >= count)
                break;
        }

        return [.. chosen.Take(count)];

        void Close()
        {
            if (current >= 0)
                best.Add((random.Bits(current, 0, 0), current, row));
        }
    }
}

/// <summary>The rows as the catalogue has them, read for each search. Few enough are kept in memory.</summary>
internal sealed class ScanRows(ICatalogue catalogue, string key, bool segments) : Rows(segments)
{
    private const int BlockRows = 1024;
    private const long MostKept = 16L << 20; // floats

    private List<(long[] Ids, float[] Values)>? kept;

    public override string Way => "scan";

    public override IReadOnlyList<IReadOnlyList<Hit>> Nearest(IReadOnlyList<float[]> queries, int count, CancellationToken token)
    {
        var best = queries.Select(_ => new PriorityQueue<Hit, Hit>(Worst.First)).ToArray();
        var scores = new float[BlockRows];
        foreach ((long[] ids, float[] values) in Blocks())
        {
            token.ThrowIfCancellationRequested();
            for (int q = 0; q < best.Length; q++)
            {
                if (values.Length != (long)ids.Length * queries[q].Length)
                    throw new ShapeException($"[search] The query must have as many numbers as the vectors of the catalogue: {queries[q].Length} and {values.Length / ids.Length}.");
                Span<float> some = scores.AsSpan(0, ids.Length);
                DotRows.Multiply(queries[q], values, some);
                for (int i = 0; i < ids.Length; i++)
                {
                    var hit = new Hit(ids[i], some[i]);
                    if (best[q].Count < count)
                        best[q].Enqueue(hit, hit);
                    else if (count > 0 && Worst.First.Compare(hit, best[q].Peek()) > 0)
                        best[q].DequeueEnqueue(hit, hit);
                }
            }
        }

        return [.. best.Select(b => b.UnorderedItems.Select(item => item.Element).OrderDescending(Worst.First).ToArray())];
    }

    public override IReadOnlyList<SampledRow> Sample(int count, CancellationToken token)
    {
        long[] chosen = Choose(catalogue, Blocks().SelectMany(block => block.Ids), count);
        var wanted = new HashSet<long>(chosen);
        var found = new Dictionary<long, float[]>();
        foreach ((long[] ids, float[] values) in Blocks())
        {
            int dimension = values.Length / ids.Length;
            for (int i = 0; i < ids.Length; i++)
            {
                if (wanted.Contains(ids[i]))
                    found[ids[i]] = values[(i * dimension)..((i + 1) * dimension)];
            }
        }

        return [.. chosen.Where(found.ContainsKey).Select(id => new SampledRow(id, found[id]))];
    }

    private IEnumerable<(long[] Ids, float[] Values)> Blocks()
    {
        if (kept is not null)
        {
            foreach ((long[], float[]) block in kept)
                yield return block;
            yield break;
        }

        var keep = new List<(long[], float[])>();
        long total = 0;
        foreach ((long[] Ids, float[] Values) block in Read())
        {
            total += block.Values.Length;
            if (total <= MostKept)
                keep.Add(block);
            yield return block;
        }

        if (total <= MostKept)
            kept = keep;
    }

    private IEnumerable<(long[] Ids, float[] Values)> Read()
    {
        foreach ((long Id, float[] Vector)[] rows in Stored(catalogue, key, Segments, 0).Chunk(BlockRows))
        {
            int dimension = rows[0].Vector.Length;
            var values = new float[rows.Length * dimension];
            for (int i = 0; i < rows.Length; i++)
                rows[i].Vector.CopyTo(values, i * dimension);
            yield return (Array.ConvertAll(rows, row => row.Id), values);
        }
    }

    /// <summary>Rows with larger ids than <paramref name="after"/>, ascending.</summary>
    public static IEnumerable<(long Id, float[] Vector)> Stored(ICatalogue catalogue, string key, bool segments, long after)
    {
        if (!segments)
            return catalogue.Vectors(key, Math.Max(0, after)).Select(v => (v.Id, v.Values));
        // The sound of the last row may have been cut off in the middle.
        return catalogue.AllSegments(key, Math.Max(0, (after >> OrdinalBits) - 1)).SelectMany(s => Cut(s)).Where(row => row.Id > after);
    }

    private static IEnumerable<(long Id, float[] Vector)> Cut(StoredSegments sound)
    {
        int n = Math.Min(sound.Spans.Count, 1 << OrdinalBits), dimension = n == 0 ? 0 : sound.Values.Length / sound.Spans.Count;
        for (int i = 0; i < n; i++)
            yield return ((sound.Id << OrdinalBits) | (long)i, sound.Values[(i * dimension)..((i + 1) * dimension)]);
    }

    /// <summary>The smaller score is the less; of equal scores the larger id.</summary>
    private sealed class Worst : IComparer<Hit>
    {
        public static Worst First { get; } = new();

        public int Compare(Hit a, Hit b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Id.CompareTo(a.Id);
    }
}
