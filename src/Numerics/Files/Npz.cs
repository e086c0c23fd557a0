using System.IO.Compression;

namespace Euterpe.Numerics.Files;

/// <summary>
/// numpy's npz: a zip file of npy files. Arrays are read one by one, when asked for; an entry that says it grows beyond what deflate can
/// (1,032 times), or beyond the given limit, is refused before anything is unpacked.
/// </summary>
[Experimental("EUTERPE001")]
public sealed class Npz : IDisposable
{
    private const int MostEntries = 65_536;

    private readonly ZipArchive _zip;
    private readonly string _file;
    private readonly long _largestArray;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    private Npz(Stream stream, string file, long largestArray)
    {
        _file = file;
        _largestArray = largestArray;
        try
        {
            _zip = new ZipArchive(stream, ZipArchiveMode.Read);
            foreach (ZipArchiveEntry entry in _zip.Entries)
            {
                string name = entry.FullName.EndsWith(".npy", StringComparison.Ordinal) ? entry.FullName[..^4] : entry.FullName;
                if (!_entries.TryAdd(name, entry))
                {
                    throw Error($"the name {FileText.Shown(name)} must stand there once: found it twice.");
                }
                if (_entries.Count > MostEntries)
                {
                    throw Error($"at most {MostEntries} arrays are read: found more.");
                }
            }
        }
        catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException or ArgumentException)
        {
            stream.Dispose();
            throw new FileFormatException($"[npz] {file} is not a whole zip file: {error.Message}", error);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The arrays' names, without ".npy".</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <param name="path">The file.</param>
    /// <param name="largestArray">No array may unpack to more bytes than this.</param>
    public static Npz Open(string path, long largestArray = 1L << 30) =>
        new(new FileStream(path, FileMode.Open, FileAccess.Read), Path.GetFileName(path), largestArray);

    public bool Has(string name) => _entries.ContainsKey(name);

    public NpyArray Read(string name)
    {
        if (!_entries.TryGetValue(name, out ZipArchiveEntry? entry))
        {
            throw new KeyNotFoundException($"[npz] {_file} has no array {FileText.Shown(name)}.");
        }
        if (entry.IsEncrypted || entry.Length > _largestArray || entry.Length / 1032 > entry.CompressedLength + 64)
        {
            string claim = entry.IsEncrypted ? "encrypted" : $"said to grow from {entry.CompressedLength} to {entry.Length} bytes";
            throw Error($"{FileText.Shown(name)} is {claim}: up to {_largestArray} bytes, and 1,032 times its size, are read.");
        }
        try
        {
            using Stream stream = entry.Open();
            NpyArray array = Npy.Read(stream, $"{_file}/{entry.Name}", entry.Length);
            return stream.ReadByte() < 0 ? array : throw Error($"bytes follow after the array {FileText.Shown(name)}.");
        }
        catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException)
        {
            throw new FileFormatException($"[npz] {_file}: {FileText.Shown(name)} cannot be unpacked: {error.Message}", error);
        }
    }

    /// <summary>Writes arrays as numpy.savez does (or savez_compressed), with fixed times: the same arrays give the same bytes.</summary>
    public static void Write(string path, IEnumerable<(string Name, NpyArray Array)> arrays, bool compress = false) =>
        AtomicFile.Write(path, stream =>
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string name, NpyArray array) in arrays)
        {
            ZipArchiveEntry entry = zip.CreateEntry(name + ".npy", compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
            entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
            using Stream data = entry.Open();
            Npy.Write(data, array.Type, array.Bytes, array.Shape);
        }
    });

    public void Dispose() => _zip.Dispose();

    private FileFormatException Error(string problem) => new($"[npz] {_file}: {problem}");
}
