namespace Euterpe.Numerics.Files;

/// <summary>A file is there whole or not at all: it is written under another name in the same folder, brought to the disk, then renamed, and the folder brought to the disk too.</summary>
[Experimental("EUTERPE001")]
public static class AtomicFile
{
    private static int _count;

    /// <summary>Replaces <paramref name="path"/> by what <paramref name="write"/> writes; if that throws, the old file stays.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string target = Path.GetFullPath(path);
        string partial = Path.Combine(Path.GetDirectoryName(target)!,
            $".{Path.GetFileName(target)}.{Environment.ProcessId}-{Interlocked.Increment(ref _count)}.partial");
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(partial, target, overwrite: true);
            FolderSync.Flush(Path.GetDirectoryName(target)!);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    public static void WriteAllBytes(string path, ReadOnlyMemory<byte> bytes) => Write(path, stream => stream.Write(bytes.Span));
}
