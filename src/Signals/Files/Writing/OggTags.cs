using System.Buffers.Binary;

namespace Euterpe.Signals.Files.Writing;

/// <summary>
/// Ogg (RFC 3533) with one stream of Vorbis or Opus: its second packet holds the comments. The pages of the packets in front of the sound are laid
/// out anew; those behind them keep everything but their number and checksum.
/// </summary>
internal sealed class OggTags : TagFile
{
    private const int Head = 27, MostSegments = 255, Continued = 1, First = 2;

    private static readonly uint[] Remainders = Table();

    private readonly byte[] first;
    private readonly uint serial;
    private readonly byte[] mark;
    private readonly VorbisComments comments;
    private readonly List<byte[]> others = [];
    private readonly long sound;
    private readonly uint number;

    public OggTags(FileStream file, string name)
        : base(file, name)
    {
        (byte[] head, byte[] body) = Page();
        first = [.. head, .. body];
        serial = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(14));
        bool opus = body.AsSpan().StartsWith("OpusHead"u8), vorbis = body.AsSpan().StartsWith("\u0001vorbis"u8);
        if (!opus && !vorbis)
            throw Refused("it is Ogg, and neither Vorbis nor Opus.");
        mark = opus ? "OpusTags"u8.ToArray() : "\u0003vorbis"u8.ToArray();
        List<byte[]> packets = Packets(opus ? 1 : 2, out number);
        sound = File.Position;
        try
        {
            comments = packets[0].AsSpan().StartsWith(mark) ? new VorbisComments(packets[0].AsSpan(mark.Length)) : throw new InvalidDataException();
        }
        catch (InvalidDataException)
        {
            throw Refused("its comments are damaged.");
        }

        others.AddRange(packets[1..]);
    }

    public override string? Get(string tag) => comments.Get(tag);

    public override void Set(string tag, string value) => comments.Set(tag, value);

    protected override void Write(Stream to, CancellationToken token)
    {
        to.Write(first);
        uint next = Lay(to, [[.. mark, .. comments.ToBytes()], .. others]);
        if (next == number)
        {
            Copy(sound, File.Length - sound, to, token);
            return;
        }

        File.Position = sound;
        bool ours = true;
        while (File.Position < File.Length)
        {
            token.ThrowIfCancellationRequested();
            (byte[] head, byte[] body) = Page();
            // Another stream that follows this one (a chain) has numbers of its own.
            ours &= (head[5] & First) == 0 && BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(14)) == serial;
            if (ours)
            {
                Span<byte> place = head.AsSpan(18);
                BinaryPrimitives.WriteUInt32LittleEndian(place, unchecked(BinaryPrimitives.ReadUInt32LittleEndian(place) + next - number));
                Seal(head, body);
            }

            to.Write(head);
            to.Write(body);
        }
    }

    /// <summary>Packets that fill pages of their own, as both formats demand of those in front of the sound.</summary>
    private List<byte[]> Packets(int count, out uint next)
    {
        var packets = new List<byte[]>();
        using var packet = new MemoryStream();
        next = 1;
        while (packets.Count < count)
        {
            (byte[] head, byte[] body) = Page();
            if ((head[5] & First) != 0 || BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(14)) != serial)
                throw Refused("it holds several streams at once.");
            next = unchecked(BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(18)) + 1);
            int at = 0;
            for (int i = Head; i < head.Length; i++)
            {
                if (packets.Count == count || packet.Length > MostBytes)
                    throw Refused("the packets in front of its sound do not end with a page.");
                packet.Write(body, at, head[i]);
                at += head[i];
                if (head[i] < 255)
                {
                    packets.Add(packet.ToArray());
                    packet.SetLength(0);
                }
            }
        }

        return packets;
    }

    /// <summary>Writes packets on pages of their own, from number 1; returns the number of the next page.</summary>
    private uint Lay(Stream to, IReadOnlyList<byte[]> packets)
    {
        byte[] lacing = [.. packets.SelectMany(packet => Enumerable.Repeat((byte)255, packet.Length / 255).Append((byte)(packet.Length % 255)))];
        byte[] all = [.. packets.SelectMany(packet => packet)];
        uint page = 1;
        for (int at = 0, segment = 0; segment < lacing.Length; page++)
        {
            byte[] part = lacing[segment..Math.Min(segment + MostSegments, lacing.Length)];
            byte[] head = new byte[Head + part.Length], body = all[at..(at + part.Sum(length => length))];
            "OggS"u8.CopyTo(head);
            head[5] = (byte)(segment > 0 && lacing[segment - 1] == 255 ? Continued : 0);
            // No time has passed; -1 where no packet ends.
            BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(6), part.Any(length => length < 255) ? 0 : -1);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(14), serial);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(18), page);
            head[26] = (byte)part.Length;
            part.CopyTo(head, Head);
            Seal(head, body);
            to.Write(head);
            to.Write(body);
            at += body.Length;
            segment += part.Length;
        }

        return page;
    }

    private (byte[] Head, byte[] Body) Page()
    {
        byte[] head = Read(Math.Min(Head, File.Length - File.Position), "a page's head");
        if (head.Length < Head || !head.AsSpan().StartsWith("OggS"u8) || head[4] != 0)
            throw Refused("something lies between its pages that is none.");
        byte[] lacing = Read(head[26], "a page's table");
        return ([.. head, .. lacing], Read(lacing.Sum(length => length), "a page"));
    }

    /// <summary>The checksum of a page, with itself as zero.</summary>
    private static void Seal(byte[] head, byte[] body)
    {
        head.AsSpan(22, 4).Clear();
        uint sum = 0;
        foreach (byte value in head)
            sum = (sum << 8) ^ Remainders[(sum >> 24) ^ value];
        foreach (byte value in body)
            sum = (sum << 8) ^ Remainders[(sum >> 24) ^ value];
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(22), sum);
    }

    private static uint[] Table()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i << 24;
            for (int bit = 0; bit < 8; bit++)
                value = (value << 1) ^ ((value & 0x80000000) != 0 ? 0x04C11DB7u : 0);
            table[i] = value;
        }

        return table;
    }
}
