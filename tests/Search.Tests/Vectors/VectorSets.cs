using Euterpe.Numerics;
using Euterpe.Search.Vectors;

namespace Euterpe.Search.Tests.Vectors;

/// <summary>Vectors to search in, the same everywhere, and the search that needs no index.</summary>
internal static class VectorSets
{
    /// <summary>Clusters with noise, of length 1: closer to embeddings than plain noise is. Rows are numbered from first on.</summary>
    public static float[] Clusters(int rows, int dimension, int clusters, ulong seed = 1, float noise = 0.6f, int first = 0)
    {
        var random = new Philox(seed, "clusters");
        float[] centres = new float[clusters * dimension], x = new float[rows * dimension];
        for (int c = 0; c < clusters; c++)
            random.FillNormal(c, 0, centres.AsSpan(c * dimension, dimension));
        for (int r = 0; r < rows; r++)
        {
            Span<float> row = x.AsSpan(r * dimension, dimension);
            random.FillNormal(first + r, 1, row);
            int c = random.Integer(first + r, 2, 0, clusters);
            double square = 0;
            for (int k = 0; k < dimension; k++)
            {
                row[k] = centres[(c * dimension) + k] + (noise * row[k]);
                square += row[k] * row[k];
            }

            for (int k = 0; k < dimension; k++)
                row[k] = (float)(row[k] / Math.Sqrt(square));
        }

        return x;
    }

    /// <summary>All exact scores, sorted.</summary>
    public static Hit[] BruteForce(float[] rows, long[] ids, ReadOnlySpan<float> query, int count, Func<long, bool>? wanted = null)
    {
        float[] scores = new float[ids.Length];
        DotRows.Reference(query, rows, scores);
        return [.. ids.Zip(scores, (id, score) => new Hit(id, score)).Where(hit => wanted?.Invoke(hit.Id) ?? true)
            .OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Id).Take(count)];
    }

    public static long[] Ids(int count) => [.. Enumerable.Range(0, count).Select(i => 3L + (7L * i))];
}

/// <summary>A folder that is gone when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("euterpe-vectors-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
