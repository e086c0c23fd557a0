using System.Security.Cryptography;
using System.Text;
using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>
/// The index of one space in a folder: what is in it is made from the catalogue and can be made again at any time. Several spaces share a folder.
/// One object serves several threads; <c>Append</c> is for one process at a time.
/// </summary>
/// <remarks>
/// Rows are only added, in the order of their ids. A row whose track is gone stays until the index is made anew; <c>wanted</c> keeps it out of
/// results.
/// A <see cref="FileFormatException"/> from any member means that a file is damaged: <see cref="Delete"/> it and add all vectors again.
/// </remarks>
public sealed partial class VectorIndex : IVectorIndex, IDisposable
{
    private readonly string _key;
    private readonly Lock _gate = new();
    private volatile HnswIndex? _graph;
    private Task? _building;

    private VectorIndex(string folder, string key, VectorFile file)
    {
        Folder = folder;
        _key = key;
        Vectors = file;
        Exact = new FlatIndex(file);
        OpenGraph();
    }

    /// <summary>Where its files lie.</summary>
    public string Folder { get; }

    /// <summary>The rows themselves.</summary>
    public VectorFile Vectors { get; }

    /// <summary>The exact search over all rows.</summary>
    public IVectorIndex Exact { get; }

    /// <inheritdoc/>
    public int Dimension => Vectors.Dimension;

    /// <inheritdoc/>
    public long Count => Vectors.Count;

    /// <summary>The largest id that is in it, -1 when it is empty: the catalogue adds what lies above.</summary>
    public long LastId => Vectors.LastId;

    /// <summary>Opens the index of the space that <paramref name="key"/> names, and makes folder and files when they are not there.</summary>
    /// <exception cref="FileFormatException">It is damaged, or made for another number of numbers: <see cref="Delete"/> and fill it
    /// again.</exception>
    public static VectorIndex Open(string folder, string key, int dimension)
    {
        Directory.CreateDirectory(folder);
        string path = RowsPath(folder, key);
        if (!File.Exists(path))
            VectorWriter.Open(path, key, dimension).Dispose();
        return new VectorIndex(folder, key, VectorFile.Open(path, key, dimension));
    }

    /// <summary>Removes the files of a space; searches that run keep what they read.</summary>
    public static void Delete(string folder, string key)
    {
        if (Directory.Exists(folder))
        {
            File.Delete(RowsPath(folder, key));
            File.Delete(GraphPath(folder, key));
        }
    }

    /// <summary>Takes in what another process has added or built since the opening.</summary>
    public void Refresh()
    {
        Vectors.Refresh();
        OpenGraph();
    }

    /// <summary>Adds rows; when it returns they survive a power cut and searches see them.</summary>
    /// <param name="ids">Ascending, and above <see cref="LastId"/>.</param>
    /// <param name="vectors">[ids, <see cref="Dimension"/>], row-major; finite, at most 1e15 in magnitude.</param>
    /// <exception cref="IOException">Another process is adding rows.</exception>
    public void Append(ReadOnlySpan<long> ids, ReadOnlySpan<float> vectors)
    {
        using (VectorWriter writer = VectorWriter.Open(RowsPath(Folder, _key), _key, Dimension))
            writer.Append(ids, vectors);
        Vectors.Refresh();
    }

    /// <summary>Adds rows as they come, some thousands at a time.</summary>
    /// <exception cref="IOException">Another process is adding rows.</exception>
    public void Append(IEnumerable<(long Id, float[] Vector)> rows, CancellationToken token = default)
    {
        const int Most = 4096;
        using (VectorWriter writer = VectorWriter.Open(RowsPath(Folder, _key), _key, Dimension))
        {
            foreach ((long Id, float[] Vector)[] part in rows.Chunk(Most))
            {
                token.ThrowIfCancellationRequested();
                long[] ids = Array.ConvertAll(part, row => row.Id);
                float[] vectors = new float[part.Length * Dimension];
                for (int i = 0; i < part.Length; i++)
                {
                    if (part[i].Vector.Length != Dimension)
                    {
                        throw new ShapeException(
                            $"[vectors] The vector of id {part[i].Id} has {part[i].Vector.Length} numbers; this space has {Dimension}.");
                    }

                    part[i].Vector.CopyTo(vectors, i * Dimension);
                }

                writer.Append(ids, vectors);
            }
        }

        Vectors.Refresh();
    }

    /// <summary>Through the graph when there is one, else exactly. <see cref="Exact"/> never takes the graph.</summary>
    /// <inheritdoc/>
    public IReadOnlyList<Hit> Nearest(ReadOnlySpan<float> query, int count, Func<long, bool>? wanted = null, CancellationToken token = default)
    {
        while (true)
        {
            IVectorIndex index = (IVectorIndex?)_graph ?? Exact;
            try
            {
                return index.Nearest(query, count, wanted, token);
            }
            catch (ObjectDisposedException) when (index != _graph && index is HnswIndex)
            {
                // A newer graph took its place between the look and the search.
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<Hit>> NearestOfMany(
        ReadOnlySpan<float> queries, int count, Func<long, bool>? wanted = null, CancellationToken token = default)
    {
        while (true)
        {
            IVectorIndex index = (IVectorIndex?)_graph ?? Exact;
            try
            {
                return index.NearestOfMany(queries, count, wanted, token);
            }
            catch (ObjectDisposedException) when (index != _graph && index is HnswIndex)
            {
            }
        }
    }

    /// <summary>Ends it; searches that still run keep what they read.</summary>
    public void Dispose()
    {
        _graph?.Dispose();
        Vectors.Dispose();
    }

    private static string RowsPath(string folder, string key) => Path.Combine(folder, Name(key) + ".rows");

    private static string GraphPath(string folder, string key) => Path.Combine(folder, Name(key) + ".graph");

    private static string Name(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 12));
}
