using System.IO.Compression;

namespace Euterpe.Numerics.Files;

/// <summary>Writes numpy's npz, array after array, without compression; the same arrays give the same bytes.</summary>
[Experimental("EUTERPE001")]
public sealed class NpzWriter : IDisposable
{
    // The earliest time that a zip file can hold: what is written does not depend on when.
    private static readonly DateTimeOffset Beginning = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ZipArchive zip;
    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    /// <param name="stream">Stays open when the writer is disposed.</param>
    public NpzWriter(Stream stream)
    {
        zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
    }

    /// <summary>An array in C order whose bytes are copied from a stream that holds exactly as many, from its position on.</summary>
    public void Add(string name, StoredType type, ReadOnlySpan<long> shape, Stream bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        long length = type.Size();
        foreach (long size in shape)
            length = checked(length * size);
        using Stream entry = Open(name);
        entry.Write(NpyHeader.Write(type, shape, fortranOrder: false));
        byte[] block = new byte[1 << 16];
        long copied = 0;
        for (int read; (read = bytes.Read(block)) > 0; copied += read)
            entry.Write(block, 0, read);
        if (copied != length)
            throw new ShapeException($"[npz] {type} of shape {FileText.Shape(shape)} is {length} bytes: found {copied}.");
    }

    /// <summary>An array in C order.</summary>
    public void Add(string name, StoredType type, ReadOnlySpan<long> shape, ReadOnlySpan<byte> bytes)
    {
        using Stream entry = Open(name);
        Npy.Write(entry, type, bytes, shape);
    }

    public void Dispose() => zip.Dispose();

    private Stream Open(string name)
    {
        if (string.IsNullOrEmpty(name) || !names.Add(name))
            throw new ArgumentException($"[npz] Each array needs a name of its own: {name}.", nameof(name));
        ZipArchiveEntry entry = zip.CreateEntry(name + ".npy", CompressionLevel.NoCompression);
        entry.LastWriteTime = Beginning;
        return entry.Open();
    }
}
