using Euterpe.Numerics;

namespace Euterpe.Search;

/// <summary>The exact search that reads every vector of a space from the catalogue: the definition that faster indexes are measured by.</summary>
public static class VectorScan
{
    private const int BlockRows = 1024;

    /// <summary>
    /// The <paramref name="count"/> present tracks whose vectors have the largest dot product with <paramref name="query"/> (cosine: vectors have unit length),
    /// in descending order of score, equal scores in the ordinal order of their paths. Bounded memory.
    /// </summary>
    /// <exception cref="ShapeException">The query has another length than the vectors of the space.</exception>
    public static IReadOnlyList<Match> Nearest(
        this ICatalogue catalogue, ReadOnlySpan<float> query, string key, int count, string? exceptPath = null, CancellationToken token = default)
    {
        float[] wanted = query.ToArray();
        var best = new TopList(count);
        var seconds = new Dictionary<string, double>();
        foreach (StoredVector[] block in catalogue.Vectors(key).Chunk(BlockRows))
        {
            token.ThrowIfCancellationRequested();
            if (block[0].Values.Length != wanted.Length)
            {
                throw new ShapeException(
                    $"[search] The query must have as many numbers as the vectors of the catalogue: {wanted.Length} and {block[0].Values.Length}.");
            }

            var rows = new float[block.Length * wanted.Length];
            for (int i = 0; i < block.Length; i++)
                block[i].Values.CopyTo(rows, i * wanted.Length);
            var scores = new float[block.Length];
            DotRows.Multiply(wanted, rows, scores);
            long[] close = [.. Enumerable.Range(0, block.Length).Where(i => best.Wants(scores[i])).Select(i => block[i].Id)];
            IReadOnlyDictionary<long, IReadOnlyList<Track>> tracks = catalogue.TracksOf(close);
            for (int i = 0; i < block.Length; i++)
            {
                if (!best.Wants(scores[i]) || !tracks.TryGetValue(block[i].Id, out IReadOnlyList<Track>? files))
                    continue;
                foreach (Track track in files)
                {
                    if (track.Path == exceptPath)
                        continue;
                    best.Add(scores[i], track.Path, block[i].Id);
                    seconds[track.Path] = track.Facts.Seconds;
                }
            }
        }

        return [.. best.Best.Select(b => new Match(b.Name, b.Score, seconds[b.Name]))];
    }
}
