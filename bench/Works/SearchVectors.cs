using System.Runtime.InteropServices;
using Euterpe.Numerics;
using Euterpe.Search.Vectors;

namespace Euterpe.Bench.Works;

/// <summary>The vectors of the searches: made by the peer's script, once, and read by both sides.</summary>
internal sealed class SearchVectors
{
    public const int Dimension = 512;
    public const int Queries = 256;
    public const int Count = 10;

    private SearchVectors(int rows, PeerProcess peer, VectorIndex index, float[] queries)
    {
        Rows = rows;
        Peer = peer;
        Index = index;
        Query = queries;
    }

    public int Rows { get; }

    public PeerProcess Peer { get; }

    public VectorIndex Index { get; }

    public float[] Query { get; }

    /// <summary>The nearest of each query, for the peer to measure its recall.</summary>
    public static string TruthPath(int rows) => Places.Cache($"search-{rows}.truth");

    public static SearchVectors Open(Session session, int rows)
    {
        string vectors = Places.Cache($"search-{rows}.f32"), queries = Places.Cache($"search-{rows}.queries.f32");
        string folder = Places.Cache($"search-{rows}.index");
        PeerProcess peer = session.Start(
            "/usr/bin/python3", Places.Script("faiss_search.py"), $"{rows}", $"{Dimension}", vectors, queries, TruthPath(rows));
        VectorIndex index = session.Use(VectorIndex.Open(folder, "bench", Dimension));
        Fill(index, vectors, rows);
        return new SearchVectors(rows, peer, index, MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(queries)).ToArray());
    }

    public ReadOnlySpan<float> At(int query) => Query.AsSpan(query * Dimension, Dimension);

    /// <summary>Compares the exact search with the definition, row by row, for some queries, and its batch with single queries for all.</summary>
    public IReadOnlyList<IReadOnlyList<Hit>> CheckExact()
    {
        const int Whole = 3;
        IReadOnlyList<IReadOnlyList<Hit>> many = Index.Exact.NearestOfMany(Query, Count);
        for (int q = 0; q < Queries; q++)
            Require(many[q], Index.Exact.Nearest(At(q), Count), $"query {q}: the batch and the single search differ");
        for (int q = 0; q < Whole; q++)
        {
            float[] scores = new float[Rows];
            float score = 0;
            using FileStream file = File.OpenRead(Places.Cache($"search-{Rows}.f32"));
            float[] row = new float[Dimension];
            for (int r = 0; r < Rows; r++)
            {
                file.ReadExactly(MemoryMarshal.AsBytes(row.AsSpan()));
                DotRows.Reference(At(q), row, new Span<float>(ref score));
                scores[r] = score;
            }

            Hit[] expected = [.. scores.Select((s, r) => new Hit(r, s)).OrderByDescending(h => h.Score).ThenBy(h => h.Id).Take(Count)];
            Require(expected, many[q], $"query {q}: the search and the definition differ");
        }

        return many;
    }

    private static void Require(IReadOnlyList<Hit> expected, IReadOnlyList<Hit> found, string what)
    {
        if (!expected.SequenceEqual(found))
            throw new BenchException($"our search is wrong, {what}: {string.Join(' ', found)}; expected {string.Join(' ', expected)}.");
    }

    private static void Fill(VectorIndex index, string path, int rows)
    {
        const int Part = 16_384;
        using FileStream file = File.OpenRead(path);
        file.Position = index.Count * Dimension * sizeof(float);
        while (index.Count < rows)
        {
            int first = (int)index.Count, n = Math.Min(Part, rows - first);
            float[] part = new float[n * Dimension];
            file.ReadExactly(MemoryMarshal.AsBytes(part.AsSpan()));
            index.Append([.. Enumerable.Range(first, n).Select(i => (long)i)], part);
        }
    }
}
