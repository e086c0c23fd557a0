using System.Buffers.Binary;
using System.Text;

namespace Euterpe.Signals.Files.Writing;

/// <summary>
/// WAV (RIFF) and AIFF (IFF): chunks one after another. Loops, cues, broadcast data and whatever else there is stays as it is. WAV keeps a genre in
/// <c>LIST INFO</c>, and in the chunk <c>id3 </c> where there is one; AIFF in the chunk <c>ID3 </c>.
/// </summary>
internal sealed class ChunkTags : TagFile
{
    private const int Head = 12, ChunkHead = 8;

    private readonly bool wav;
    private readonly byte[] form;
    private readonly List<Chunk> chunks = [];

    public ChunkTags(FileStream file, string name)
        : base(file, name)
    {
        byte[] head = Read(Head, "the head");
        wav = head.AsSpan().StartsWith("RIFF"u8);
        form = head[8..];
        long stated = Number(head.AsSpan(4)) + ChunkHead, end = File.Length;
        if (stated != end && stated + (stated & 1) != end)
            throw Refused($"its head says that it has {stated:N0} bytes, and it has {end:N0}. A file of unknown or wrong length is not changed.");
        while (File.Position < Math.Min(stated, end))
        {
            byte[] chunk = Read(Math.Min(ChunkHead, end - File.Position), "a chunk's head");
            long length = chunk.Length < ChunkHead ? long.MaxValue : Number(chunk.AsSpan(4)), start = File.Position;
            if (length > end - start)
                throw Refused("a chunk leads beyond the end of the file.");
            chunks.Add(Open(Encoding.Latin1.GetString(chunk.AsSpan(0, 4)), start, length));
            // An odd chunk is followed by a byte that is not counted; some writers forget it at the end.
            File.Position = Math.Min(start + length + (length & 1), end);
        }
    }

    public override string? Get(string tag) =>
        chunks.Select(chunk => chunk.Id3?.Get(tag) ?? chunk.Info?.Get(tag)).FirstOrDefault(value => value is not null);

    public override void Set(string tag, string value)
    {
        if (wav && tag != "genre" && !chunks.Any(chunk => chunk.Id3 is not null))
            throw Refused($"a WAV file has no place for a {tag}, unless it has an ID3 tag.");
        if (!wav && !chunks.Any(chunk => chunk.Id3 is not null))
            chunks.Add(new Chunk("ID3 ", 0, 0) { Id3 = new Id3Block() });
        if (wav && !chunks.Any(chunk => chunk.Info is not null || chunk.Id3 is not null))
            chunks.Add(new Chunk("LIST", 0, 0) { Info = new InfoList([]) });
        foreach (Chunk chunk in chunks)
        {
            chunk.Id3?.Set(tag, value);
            if (tag == "genre")
                chunk.Info?.Set(value);
        }
    }

    protected override void Write(Stream to, CancellationToken token)
    {
        (Chunk Chunk, byte[]? Content)[] all = [.. chunks.Select(chunk => (chunk, chunk.Id3?.ToBytes((int)chunk.Length) ?? chunk.Info?.ToBytes()))];
        long length = form.Length + all.Sum(each => ChunkHead + Even(each.Content?.Length ?? each.Chunk.Length));
        if (length > uint.MaxValue)
            throw Refused("it would become larger than 4 GiB, the most that such a file can have.");
        Span<byte> head = stackalloc byte[ChunkHead];
        Put(head, wav ? "RIFF" : "FORM", length);
        to.Write(head);
        to.Write(form);
        foreach ((Chunk chunk, byte[]? content) in all)
        {
            Put(head, chunk.Name, content?.Length ?? chunk.Length);
            to.Write(head);
            if (content is null)
                Copy(chunk.Start, chunk.Length, to, token);
            else
                to.Write(content);
            if (((content?.Length ?? chunk.Length) & 1) != 0)
                to.WriteByte(0);
        }
    }

    private static long Even(long length) => length + (length & 1);

    private Chunk Open(string name, long start, long length)
    {
        try
        {
            if (wav && name == "LIST" && length >= 4 && length < MostBytes)
            {
                byte[] list = Read(length, "the list");
                return new Chunk(name, start, length) { Info = list.AsSpan().StartsWith("INFO"u8) ? new InfoList(list.AsSpan(4)) : null };
            }

            if (name is "id3 " or "ID3 " && length >= Id3Block.HeaderBytes)
            {
                byte[] tag = Read(length, "the ID3 tag");
                int whole = Id3Block.HeaderBytes + Id3Block.SyncSafe(tag.AsSpan(6));
                if (!tag.AsSpan().StartsWith("ID3"u8) || whole > tag.Length || tag.AsSpan(whole).IndexOfAnyExcept((byte)0) >= 0)
                    throw new InvalidDataException("an ID3 tag that does not add up");
                return new Chunk(name, start, length) { Id3 = new Id3Block(tag.AsSpan(0, whole)) };
            }
        }
        catch (InvalidDataException e)
        {
            throw Refused($"it has {e.Message}, which would not be kept as it is.");
        }

        return new Chunk(name, start, length);
    }

    private long Number(ReadOnlySpan<byte> bytes) =>
        wav ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);

    private void Put(Span<byte> head, string name, long length)
    {
        Encoding.Latin1.GetBytes(name, head);
        if (wav)
            BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)length);
        else
            BinaryPrimitives.WriteUInt32BigEndian(head[4..], (uint)length);
    }

    private sealed record Chunk(string Name, long Start, long Length)
    {
        public Id3Block? Id3 { get; init; }

        public InfoList? Info { get; init; }
    }

    /// <summary>Texts of four-letter names, each ended by a zero; the genre's is <c>IGNR</c>.</summary>
    private sealed class InfoList
    {
        private const string Genre = "IGNR";

        private readonly List<(string Name, byte[] Text)> texts = [];

        public InfoList(ReadOnlySpan<byte> content)
        {
            while (content.Length >= ChunkHead)
            {
                string name = Encoding.Latin1.GetString(content[..4]);
                uint length = BinaryPrimitives.ReadUInt32LittleEndian(content[4..]);
                if (length > content.Length - ChunkHead)
                    throw new InvalidDataException("a list of texts that does not add up");
                texts.Add((name, content.Slice(ChunkHead, (int)length).ToArray()));
                content = content[(int)Math.Min(content.Length, ChunkHead + Even(length))..];
            }
        }

        public string? Get(string tag) =>
            tag == "genre" && texts.Find(each => each.Name == Genre).Text is { } text && Text(text).TrimEnd('\0').Trim() is { Length: > 0 } value
                ? value : null;

        public void Set(string value)
        {
            int at = texts.FindIndex(each => each.Name == Genre);
            texts.RemoveAll(each => each.Name == Genre);
            texts.Insert(at < 0 ? texts.Count : at, (Genre, Encoding.UTF8.GetBytes(value + "\0")));
        }

        public byte[] ToBytes()
        {
            using var bytes = new MemoryStream();
            bytes.Write("INFO"u8);
            Span<byte> head = stackalloc byte[ChunkHead];
            foreach ((string name, byte[] text) in texts)
            {
                Encoding.Latin1.GetBytes(name, head);
                BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)text.Length);
                bytes.Write(head);
                bytes.Write(text);
                if ((text.Length & 1) != 0)
                    bytes.WriteByte(0);
            }

            return bytes.ToArray();
        }
    }
}
