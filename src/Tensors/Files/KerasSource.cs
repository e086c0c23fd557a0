using System.IO.Compression;
using System.Text;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files;

/// <summary>
/// The weights of a Keras model: .keras (a zip with model.weights.h5, config.json and metadata.json) or a bare .h5. Names are the paths of its HDF5
/// part, as Keras's own tools list them; config.json and metadata.json are metadata, as text.
/// </summary>
internal sealed unsafe class KerasSource : ITensorSource
{
    private const string WeightsName = "model.weights.h5";

    /// <summary>What a compressed part may grow to beyond the file's own size.</summary>
    private const long BeyondFile = 64 << 20;

    private const long LargestText = 4 << 20;

    private readonly MappedFile? file;
    private readonly NativeBuffer? memory;
    private readonly byte* data;

    private KerasSource(string path, MappedFile? file, NativeBuffer? memory, Dictionary<string, string> metadata)
    {
        (Path, this.file, this.memory, Metadata) = (path, file, memory, metadata);
        data = memory is not null ? (byte*)memory.Pointer : file!.Address(0);
        Entries = Hdf5File.Read(data, memory?.Length ?? file!.Length, System.IO.Path.GetFileName(path));
    }

    public string Path { get; }

    public string Format => memory is null ? "HDF5" : "Keras";

    public IReadOnlyList<CheckpointEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Whether the first bytes are those of an HDF5 file.</summary>
    public static bool IsHdf5(ReadOnlySpan<byte> start) => start.StartsWith(Hdf5File.Magic);

    public static KerasSource Open(string path)
    {
        bool bare;
        using (MappedFile start = MappedFile.Open(path))
            bare = IsHdf5(start.Span(0, Math.Min(start.Length, 8)));
        if (bare)
        {
            MappedFile mapped = MappedFile.Open(path);
            return Guarded(mapped, null, () => new KerasSource(path, mapped, null, []));
        }

        (NativeBuffer weights, Dictionary<string, string> metadata) = Unpack(path);
        return Guarded(null, weights, () => new KerasSource(path, null, weights, metadata));
    }

    public byte* Address(CheckpointEntry entry) => data + entry.Start;

    public void Dispose()
    {
        file?.Dispose();
        memory?.Dispose();
    }

    private static KerasSource Guarded(MappedFile? file, NativeBuffer? memory, Func<KerasSource> open)
    {
        try
        {
            return open();
        }
        catch
        {
            file?.Dispose();
            memory?.Dispose();
            throw;
        }
    }

    private static (NativeBuffer Weights, Dictionary<string, string> Metadata) Unpack(string path)
    {
        string name = System.IO.Path.GetFileName(path);
        NativeBuffer? weights = null;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (ZipArchiveEntry entry in zip.Entries)
            {
                if (entry.FullName == WeightsName && weights is null)
                    weights = Unpack(entry, stream.Length + BeyondFile, name);
                else if (entry.FullName is "config.json" or "metadata.json" && !metadata.ContainsKey(entry.FullName))
                {
                    using NativeBuffer text = Unpack(entry, LargestText, name);
                    metadata.Add(entry.FullName, Encoding.UTF8.GetString(text.Span<byte>(0, (int)text.Length)));
                }
                else if (entry.FullName == WeightsName || metadata.ContainsKey(entry.FullName))
                    throw new FileFormatException($"[keras] {name}: {FileText.Shown(entry.FullName)} must stand there once: found it twice.");
            }

            return (weights ?? throw new FileFormatException($"[keras] {name}: {WeightsName} was expected in it."), metadata);
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException or ArgumentException or IOException or OverflowException)
        {
            weights?.Dispose();
            throw new FileFormatException($"[keras] {name} is not a whole zip file: {FileText.Reason(error)}", error);
        }
        catch
        {
            weights?.Dispose();
            throw;
        }
    }

    private static NativeBuffer Unpack(ZipArchiveEntry entry, long most, string name)
    {
        // Deflate grows 1,032 times at the most; what the directory says is allocated only if it can be true.
        if (entry.IsEncrypted || entry.Length < 0 || entry.Length > most || entry.Length / 1032 > entry.CompressedLength + 64)
        {
            throw new FileFormatException($"[keras] {name}: {FileText.Shown(entry.FullName)} is {(entry.IsEncrypted ? "encrypted"
                : $"said to grow from {entry.CompressedLength} to {entry.Length} bytes; up to {most} are read")}.");
        }

        var buffer = new NativeBuffer(entry.Length);
        try
        {
            using Stream stream = entry.Open();
            long read = 0;
            while (read < entry.Length)
            {
                int got = stream.Read(buffer.Span<byte>(read, (int)Math.Min(entry.Length - read, 1 << 20)));
                if (got == 0)
                    break;
                read += got;
            }

            if (read == entry.Length && stream.ReadByte() < 0)
                return buffer;
            string found = read < entry.Length ? $"{read}" : "more";
            throw new FileFormatException($"[keras] {name}: {FileText.Shown(entry.FullName)} must unpack to {entry.Length} bytes: found {found}.");
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }
}
