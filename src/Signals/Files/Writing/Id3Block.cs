using System.Buffers.Binary;
using System.Text;

namespace Euterpe.Signals.Files.Writing;

/// <summary>An ID3v2 tag (2.2, 2.3, 2.4; id3.org) as frames, of which those that are not changed keep their bytes and order.</summary>
internal sealed class Id3Block
{
    public const int HeaderBytes = 10;

    private const int Unsynchronised = 0x80, Extended = 0x40, Footer = 0x10, Padding = 1024;

    private readonly byte version;
    private readonly byte flags;
    private readonly List<(string Id, byte[] Bytes)> frames = [];

    /// <summary>An empty tag of version 2.3, which everything reads.</summary>
    public Id3Block() => version = 3;

    /// <param name="tag">Header and all that it says belongs to it.</param>
    /// <exception cref="InvalidDataException">What it holds cannot be kept as it is; the message says what.</exception>
    public Id3Block(ReadOnlySpan<byte> tag)
    {
        (version, flags) = (tag[3], tag[5]);
        if (version is < 2 or > 4)
            throw new InvalidDataException($"an ID3 tag of version 2.{version}");
        if ((flags & (Extended | Footer)) != 0)
            throw new InvalidDataException(version == 2 ? "a compressed ID3 tag" : "an ID3 tag with an extended header or a footer");
        ReadOnlySpan<byte> body = tag[HeaderBytes..];
        if (version < 4 && (flags & Unsynchronised) != 0)
        {
            // The frames are the same without it; no reader of today takes them for the beginning of sound.
            body = Resynchronised(body);
            flags &= Unsynchronised ^ 0xFF;
        }

        while (body.Length >= HeadOfFrame && body[0] != 0)
        {
            string id = Encoding.Latin1.GetString(body[..IdBytes]);
            long size = version switch
            {
                2 => (body[3] << 16) | (body[4] << 8) | body[5],
                3 => BinaryPrimitives.ReadUInt32BigEndian(body[4..]),
                _ => SyncSafe(body[4..]),
            };
            if (!id.All(char.IsAsciiLetterOrDigit) || size > body.Length - HeadOfFrame)
                throw new InvalidDataException("an ID3 tag whose frames do not add up");
            int whole = HeadOfFrame + (int)size;
            frames.Add((id, body[..whole].ToArray()));
            body = body[whole..];
        }

        if (body.IndexOfAnyExcept((byte)0) >= 0)
            throw new InvalidDataException("an ID3 tag whose frames do not add up");
    }

    private int IdBytes => version == 2 ? 3 : 4;

    private int HeadOfFrame => version == 2 ? 6 : HeaderBytes;

    /// <summary>The size that a header states, its own ten bytes not counted.</summary>
    public static int SyncSafe(ReadOnlySpan<byte> bytes) =>
        (bytes[0] & 0x7F) << 21 | (bytes[1] & 0x7F) << 14 | (bytes[2] & 0x7F) << 7 | (bytes[3] & 0x7F);

    public string? Get(string tag)
    {
        string[] values = [.. frames.Where(frame => Is(frame, tag)).Select(frame => ValueOf(frame, tag))];
        return values.Length == 0 ? null : string.Join("; ", values);
    }

    public void Set(string tag, string value)
    {
        int at = frames.FindIndex(frame => Is(frame, tag));
        frames.RemoveAll(frame => Is(frame, tag));
        string id = IdOf(tag);
        string[] texts = IsUser(id) ? [tag.ToUpperInvariant(), value] : [value];
        bool latin = texts.All(text => text.All(c => c is >= ' ' and <= '~'));
        // 2.4: UTF-8. Before it: ASCII as Latin-1, else UTF-16 with its mark.
        byte kind = (byte)(version == 4 ? 3 : latin ? 0 : 1);
        var content = new List<byte> { kind };
        for (int i = 0; i < texts.Length; i++)
        {
            if (i > 0)
                content.AddRange(kind == 1 ? new byte[2] : new byte[1]);
            if (kind == 1)
                content.AddRange([0xFF, 0xFE]);
            content.AddRange(kind == 1 ? Encoding.Unicode.GetBytes(texts[i]) : Encoding.UTF8.GetBytes(texts[i]));
        }

        byte[] frame = new byte[HeadOfFrame + content.Count];
        Encoding.Latin1.GetBytes(id, frame);
        if (version == 2)
            (frame[3], frame[4], frame[5]) = ((byte)(content.Count >> 16), (byte)(content.Count >> 8), (byte)content.Count);
        else if (version == 3)
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), content.Count);
        else
            PutSyncSafe(frame.AsSpan(4), content.Count);
        content.CopyTo(frame, HeadOfFrame);
        frames.Insert(at < 0 ? frames.Count : at, (id, frame));
    }

    /// <summary>The whole tag, with room for the next change: as large as it was where that is enough.</summary>
    public byte[] ToBytes(int before)
    {
        int length = HeaderBytes + frames.Sum(frame => frame.Bytes.Length);
        int all = length <= before ? before : length + Padding;
        byte[] tag = new byte[all];
        "ID3"u8.CopyTo(tag);
        (tag[3], tag[5]) = (version, flags);
        PutSyncSafe(tag.AsSpan(6), all - HeaderBytes);
        int at = HeaderBytes;
        foreach ((_, byte[] bytes) in frames)
        {
            bytes.CopyTo(tag, at);
            at += bytes.Length;
        }

        return tag;
    }

    private string IdOf(string tag) => (tag, version) switch
    {
        ("genre", 2) => "TCO",
        ("genre", _) => "TCON",
        ("mood", > 2) => "TMOO",
        (_, 2) => "TXX",
        _ => "TXXX",
    };

    private static bool IsUser(string id) => id is "TXX" or "TXXX";

    private bool Is((string Id, byte[] Bytes) frame, string tag) =>
        frame.Id == IdOf(tag) && (!IsUser(frame.Id) || Texts(frame)[0].Equals(tag, StringComparison.OrdinalIgnoreCase));

    private string ValueOf((string Id, byte[] Bytes) frame, string tag)
    {
        string[] texts = Texts(frame)[(IsUser(IdOf(tag)) ? 1 : 0)..];
        return string.Join("; ", texts.Where(text => text.Length > 0));
    }

    /// <summary>The texts of a frame; several are separated by zeros.</summary>
    private string[] Texts((string Id, byte[] Bytes) frame)
    {
        ReadOnlySpan<byte> content = frame.Bytes.AsSpan(HeadOfFrame);
        if (content.IsEmpty)
            return [""];
        ReadOnlySpan<byte> text = content[1..];
        string all = content[0] switch
        {
            0 => Encoding.Latin1.GetString(text),
            1 when text.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) => Encoding.BigEndianUnicode.GetString(text),
            1 => Encoding.Unicode.GetString(text),
            2 => Encoding.BigEndianUnicode.GetString(text),
            _ => Encoding.UTF8.GetString(text),
        };
        return all.TrimEnd('\0').Replace("\uFEFF", "", StringComparison.Ordinal).Split('\0');
    }

    private static byte[] Resynchronised(ReadOnlySpan<byte> bytes)
    {
        var plain = new List<byte>(bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            plain.Add(bytes[i]);
            if (bytes[i] == 0xFF && i + 1 < bytes.Length && bytes[i + 1] == 0)
                i++;
        }

        return [.. plain];
    }

    private static void PutSyncSafe(Span<byte> to, int value)
    {
        for (int i = 0; i < 4; i++)
            to[i] = (byte)(value >> (21 - (7 * i)) & 0x7F);
    }
}
