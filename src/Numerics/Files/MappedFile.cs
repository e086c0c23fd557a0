using System.IO.MemoryMappedFiles;

namespace Euterpe.Numerics.Files;

/// <summary>
/// A whole file as read-only memory; the system reads pages when they are touched, and may drop them again.
/// The file must not be cut while it is mapped.
/// </summary>
[Experimental("EUTERPE001")]
public sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private byte* _data;

    private MappedFile(string path, long length)
    {
        Path = path;
        Length = length;
        if (length == 0)
        {
            return;
        }
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
        if (stream.Length < length)
        {
            throw new FileFormatException(
                $"[file] {System.IO.Path.GetFileName(path)} shrank from {length} to {stream.Length} bytes while it was opened.");
        }
        _file = MemoryMappedFile.CreateFromFile(stream, null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* data = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref data);
        _data = data + _view.PointerOffset;
    }

    public string Path { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Maps a regular file. Pipes and devices say that they are empty, and are empty here: nothing waits for them.</summary>
    public static MappedFile Open(string path)
    {
        var info = new FileInfo(path);
        FileSystemInfo final = info.LinkTarget is null ? info : info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
        return final is FileInfo { Exists: true } file ? new MappedFile(path, file.Length)
            : Directory.Exists(path) ? throw new FileFormatException($"[file] {path} is a folder; a file was expected.")
            : throw new FileNotFoundException($"[file] {path} does not exist.", path);
    }

    /// <summary>Part of the file, up to 2 GiB.</summary>
    public ReadOnlySpan<byte> Span(long start, long count)
    {
        if (start < 0 || count < 0 || start > Length - count)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"[file] Bytes {start} to {start + count} are not within the file's {Length}.");
        }
        ObjectDisposedException.ThrowIf(_data is null && Length > 0, this);
        return new ReadOnlySpan<byte>(_data + start, checked((int)count));
    }

    /// <summary>The address of a byte; valid until Dispose. Whoever keeps it keeps this object.</summary>
    public byte* Address(long start)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)start, (ulong)Length, nameof(start));
        ObjectDisposedException.ThrowIf(_data is null && Length > 0, this);
        return _data + start;
    }

    public void Dispose()
    {
        if (_data is not null)
        {
            _data = null;
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file!.Dispose();
        }
    }
}
