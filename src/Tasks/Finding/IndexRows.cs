using System.Globalization;
using Euterpe.Numerics.Files;
using Euterpe.Search;
using Euterpe.Search.Vectors;

namespace Euterpe.Tasks.Finding;

/// <summary>The rows in an index on disk.</summary>
internal sealed class IndexRows(ICatalogue catalogue, string key, bool segments, VectorIndex index, bool exact, string samples) : Rows(segments)
{
    // The graph is for few hits; beyond, looking at every row is not slower.
    private const int MostOfGraph = 2000;

    public VectorIndex Index => index;

    public override string Way => !exact && index.Graph is not null ? "graph" : "exact";

    public override bool IsComplete(int count) => exact || count > MostOfGraph || index.Graph is null;

    public override IReadOnlyList<IReadOnlyList<Hit>> Nearest(IReadOnlyList<float[]> queries, int count, CancellationToken token)
    {
        IVectorIndex way = exact || count > MostOfGraph ? index.Exact : index;
        if (queries.Count == 1)
            return [way.Nearest(queries[0], count, null, token)];
        return way.NearestOfMany(queries.SelectMany(q => q).ToArray(), count, null, token);
    }

    public override IReadOnlyList<SampledRow> Sample(int count, CancellationToken token)
    {
        string state = string.Create(CultureInfo.InvariantCulture, $"euterpe-sample 1 {count} {index.Count} {index.LastId} {catalogue.Count(key).Vectors}");
        long[]? ids = Kept(state);
        if (ids is null)
        {
            ids = Choose(catalogue, Ids(token), count);
            Keep(state, ids);
        }

        var rows = new List<SampledRow>(ids.Length);
        foreach (long id in ids)
        {
            if (index.Vectors.RowOf(id) is >= 0 and var row)
                rows.Add(new SampledRow(id, index.Vectors.Vector(row)));
        }

        return rows;
    }

    /// <summary>How many sounds have rows.</summary>
    public long Sounds(CancellationToken token) => Segments ? Ids(token).Select(SoundOf).Aggregate((Last: -1L, Count: 0L), (a, id) => id == a.Last ? a : (id, a.Count + 1)).Count : index.Count;

    public override void Dispose() => index.Dispose();

    private IEnumerable<long> Ids(CancellationToken token)
    {
        for (long row = 0, n = index.Count; row < n; row++)
        {
            if (row % 65_536 == 0)
                token.ThrowIfCancellationRequested();
            yield return index.Vectors.Id(row);
        }
    }

    private long[]? Kept(string state)
    {
        try
        {
            string[] lines = File.Exists(samples) ? File.ReadAllLines(samples) : [];
            return lines.Length > 0 && lines[0] == state && lines[^1] == "end"
                ? Array.ConvertAll(lines[1..^1], line => long.Parse(line, NumberStyles.None, CultureInfo.InvariantCulture))
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private void Keep(string state, long[] ids)
    {
        try
        {
            string text = string.Join('\n', [state, .. ids.Select(id => id.ToString(CultureInfo.InvariantCulture)), "end"]);
            AtomicFile.WriteAllBytes(samples, System.Text.Encoding.ASCII.GetBytes(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is chosen again each time.
        }
    }
}
