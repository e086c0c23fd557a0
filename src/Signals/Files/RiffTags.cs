using System.Buffers.Binary;
using System.Text;

namespace Euterpe.Signals.Files;

/// <summary>
/// The tags of a WAV file: the chunks <c>LIST</c> of type <c>INFO</c> and <c>id3 </c>, before and after the samples. Damage among them is passed over: they are
/// never a reason not to hear the sound.
/// </summary>
internal sealed class RiffTags
{
    // What is longer is cover art and the like: texts stand at the beginning.
    private const int MostBytes = 4 << 20, MostChunks = 1_000;

    private readonly TagFields _info = new(), _id3 = new();

    public static bool IsTag(string chunk) => chunk is "LIST" or "id3 " or "ID3 ";

    /// <summary>An ID3 tag is richer than INFO, which has no album artist and no identifiers: its fields come first.</summary>
    public AudioTags ToTags()
    {
        AudioTags a = _id3.ToTags(), b = _info.ToTags();
        return new AudioTags(a.Title ?? b.Title, a.Artist ?? b.Artist, a.Album ?? b.Album, a.AlbumArtist ?? b.AlbumArtist, a.Genre ?? b.Genre, a.Year ?? b.Year,
            a.TrackNumber ?? b.TrackNumber, a.MusicBrainzRecording ?? b.MusicBrainzRecording, a.MusicBrainzRelease ?? b.MusicBrainzRelease,
            a.MusicBrainzArtist ?? b.MusicBrainzArtist);
    }

    /// <summary>Reads a chunk's content of at most <paramref name="size"/> bytes; returns how many were taken from the stream.</summary>
    public int Read(Stream stream, string chunk, long size)
    {
        byte[] bytes = new byte[(int)Math.Min(Math.Min(size, MostBytes), Math.Max(0, stream.Length - stream.Position))];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> content = bytes.AsSpan(0, read);
        if (chunk != "LIST")
        {
            Id3.Read(content, _id3);
        }
        else if (content.StartsWith("INFO"u8))
        {
            Info(content[4..]);
        }
        return read;
    }

    /// <summary>Walks the chunks from the stream's position, which stands <paramref name="padding"/> bytes before the next one.</summary>
    public void ReadAfter(Stream stream, long padding)
    {
        Span<byte> head = stackalloc byte[8];
        long next = stream.Position + padding;
        for (int i = 0; i < MostChunks && next + head.Length <= stream.Length; i++)
        {
            stream.Position = next;
            if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length)
            {
                return;
            }
            string chunk = Encoding.Latin1.GetString(head[..4]);
            long size = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (IsTag(chunk))
            {
                Read(stream, chunk, size);
            }
            next += head.Length + size + (size & 1);
        }
    }

    private void Info(ReadOnlySpan<byte> content)
    {
        while (content.Length >= 8)
        {
            long size = BinaryPrimitives.ReadUInt32LittleEndian(content[4..]);
            ReadOnlySpan<byte> name = content[..4], value = content[8..];
            value = value[..(int)Math.Min(size, value.Length)];
            int end = value.IndexOf((byte)0);
            _info.Add(name, end < 0 ? value : value[..end]);
            content = content[(int)Math.Min(8 + size + (size & 1), content.Length)..];
        }
    }
}
