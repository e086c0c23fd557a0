using System.Buffers;
using System.Text;

namespace Euterpe.Signals.Files.Writing;

/// <summary>
/// The tags of one kind of sound file, to be read and changed. Everything else of the file, known or not, is written as the same bytes in the same
/// order; a file of which that cannot be promised is refused when it is opened.
/// </summary>
internal abstract class TagFile(FileStream file, string name) : IDisposable
{
    /// <summary>The most bytes of tags that are held in memory: cover pictures are among them.</summary>
    protected const int MostBytes = 64 << 20;

    public const string Kinds = "MP3, FLAC, Ogg Vorbis, Opus, WAV, AIFF and M4A";

    protected FileStream File { get; } = file;

    protected string Name { get; } = name;

    /// <summary>Opens a file by what its first bytes say.</summary>
    /// <exception cref="NotSupportedException">Tags of such a file cannot be written without losing something; one line says why.</exception>
    public static TagFile Open(string path)
    {
        string name = Path.GetFileName(path);
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            Span<byte> head = stackalloc byte[16];
            head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            file.Position = 0;
            if (head.StartsWith("fLaC"u8))
                return new FlacTags(file, name);
            if (head.StartsWith("OggS"u8))
                return new OggTags(file, name);
            if (head.StartsWith("ID3"u8) || (head.Length > 1 && head[0] == 0xFF && (head[1] & 0xE6) is 0xE2 or 0xE4))
                return new Mp3Tags(file, name);
            if (head.Length < 12)
                throw Refused(name, "it is too short to be a sound.");
            if ((head.StartsWith("RIFF"u8) && head[8..].StartsWith("WAVE"u8)) || (head.StartsWith("FORM"u8) && head[8..].StartsWith("AIF"u8)))
                return new ChunkTags(file, name);
            if (head[4..].StartsWith("ftyp"u8))
                return new Mp4Tags(file, name);
            throw Refused(name, $"tags of such a file are not written; those of {Kinds} are. Hint: --sidecar");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What the file says now; null where it says nothing.</summary>
    public abstract string? Get(string tag);

    /// <summary>What shall be written, in place of all values of this tag.</summary>
    public abstract void Set(string tag, string value);

    /// <summary>Writes the whole file, with the tags that were set, to a new path.</summary>
    public void Write(string path, CancellationToken token)
    {
        using var to = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        Write(to, token);
        to.Flush(flushToDisk: true);
    }

    public void Dispose() => File.Dispose();

    protected abstract void Write(Stream to, CancellationToken token);

    protected static NotSupportedException Refused(string name, string why) => new($"[tags] {name}: {why}");

    protected NotSupportedException Refused(string why) => Refused(Name, why);

    /// <summary>Bytes of the file; a file that ends before is refused.</summary>
    protected byte[] Read(long length, string what)
    {
        if (length > MostBytes || length > File.Length - File.Position)
        {
            throw Refused($"{what} says that it has {length:N0} bytes, and the file has {File.Length - File.Position:N0} more. "
                + "The file is damaged, or holds too much.");
        }

        var bytes = new byte[length];
        File.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Copies bytes of the file as they are.</summary>
    protected void Copy(long from, long length, Stream to, CancellationToken token)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            File.Position = from;
            for (long left = length; left > 0;)
            {
                token.ThrowIfCancellationRequested();
                int read = File.Read(block, 0, (int)Math.Min(block.Length, left));
                if (read == 0)
                    throw new EndOfStreamException($"[tags] {Name}: the file became shorter while it was read.");
                to.Write(block, 0, read);
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    protected static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
