using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Euterpe.Signals.Files;

/// <summary>The text frames, and the MusicBrainz identifier, of an ID3v2 tag (2.2, 2.3, 2.4; id3.org), from its bytes. Damage ends the reading, not more.</summary>
internal static class Id3
{
    private const int MostFrames = 2_000, HeaderBytes = 10;

    // Genres by number: ID3v1's 80 and Winamp's.
    private static readonly string[] Genres =
    [
        "Blues", "Classic Rock", "Country", "Dance", "Disco", "Funk", "Grunge", "Hip-Hop", "Jazz", "Metal", "New Age", "Oldies", "Other", "Pop", "R&B", "Rap", "Reggae",
        "Rock", "Techno", "Industrial", "Alternative", "Ska", "Death Metal", "Pranks", "Soundtrack", "Euro-Techno", "Ambient", "Trip-Hop", "Vocal", "Jazz+Funk",
        "Fusion", "Trance", "Classical", "Instrumental", "Acid", "House", "Game", "Sound Clip", "Gospel", "Noise", "AlternRock", "Bass", "Soul", "Punk", "Space",
        "Meditative", "Instrumental Pop", "Instrumental Rock", "Ethnic", "Gothic", "Darkwave", "Techno-Industrial", "Electronic", "Pop-Folk", "Eurodance", "Dream",
        "Southern Rock", "Comedy", "Cult", "Gangsta", "Top 40", "Christian Rap", "Pop/Funk", "Jungle", "Native American", "Cabaret", "New Wave", "Psychedelic", "Rave",
        "Showtunes", "Trailer", "Lo-Fi", "Tribal", "Acid Punk", "Acid Jazz", "Polka", "Retro", "Musical", "Rock & Roll", "Hard Rock", "Folk", "Folk-Rock",
        "National Folk", "Swing", "Fast Fusion", "Bebop", "Latin", "Revival", "Celtic", "Bluegrass", "Avantgarde", "Gothic Rock", "Progressive Rock",
        "Psychedelic Rock", "Symphonic Rock", "Slow Rock", "Big Band", "Chorus", "Easy Listening", "Acoustic", "Humour", "Speech", "Chanson", "Opera", "Chamber Music",
        "Sonata", "Symphony", "Booty Bass", "Primus", "Porn Groove", "Satire", "Slow Jam", "Club", "Tango", "Samba", "Folklore", "Ballad", "Power Ballad",
        "Rhythmic Soul", "Freestyle", "Duet", "Punk Rock", "Drum Solo", "A Cappella", "Euro-House", "Dance Hall",
    ];

    /// <summary>Reads a tag from its first byte; the bytes may end before the tag does.</summary>
    public static void Read(ReadOnlySpan<byte> tag, TagFields fields)
    {
        if (tag.Length < HeaderBytes || !tag.StartsWith("ID3"u8) || tag[3] is < 2 or > 4)
        {
            return;
        }
        int version = tag[3], flags = tag[5];
        ReadOnlySpan<byte> body = tag[HeaderBytes..];
        body = body[..(int)Math.Min(SyncSafe(tag[6..]), body.Length)];
        if (version < 4 && (flags & 0x80) != 0)
        {
            body = Resynchronised(body);
        }
        if (version > 2 && (flags & 0x40) != 0 && body.Length >= 4)
        {
            // The extended header's size counts itself in 2.4, and not in 2.3.
            long size = version == 4 ? SyncSafe(body) : 4L + BinaryPrimitives.ReadUInt32BigEndian(body);
            body = body[(int)Math.Min(size, body.Length)..];
        }
        for (int i = 0; i < MostFrames && !body.IsEmpty && body[0] != 0; i++)
        {
            if (!Frame(ref body, version, flags, fields))
            {
                return;
            }
        }
    }

    private static bool Frame(ref ReadOnlySpan<byte> body, int version, int flags, TagFields fields)
    {
        int idBytes = version == 2 ? 3 : 4, head = version == 2 ? 6 : HeaderBytes;
        if (body.Length < head)
        {
            return false;
        }
        string id = Encoding.Latin1.GetString(body[..idBytes]);
        long size = version switch
        {
            2 => (body[3] << 16) | (body[4] << 8) | body[5],
            3 => BinaryPrimitives.ReadUInt32BigEndian(body[4..]),
            _ => SyncSafe(body[4..]),
        };
        int how = version == 2 ? 0 : body[9];
        ReadOnlySpan<byte> content = body[head..];
        if (size > content.Length)
        {
            return false;
        }
        content = content[..(int)size];
        body = body[(head + (int)size)..];
        // Compressed and encrypted frames are passed over.
        if (version == 3 ? (how & 0xC0) != 0 : version == 4 && (how & 0x0C) != 0)
        {
            return true;
        }
        if (version == 3 && (how & 0x20) != 0)
        {
            content = content[Math.Min(1, content.Length)..];
        }
        if (version == 4)
        {
            int extra = ((how & 0x40) != 0 ? 1 : 0) + ((how & 0x01) != 0 ? 4 : 0);
            content = content[Math.Min(extra, content.Length)..];
            content = (how & 0x02) != 0 || (flags & 0x80) != 0 ? Resynchronised(content) : content;
        }
        Take(id, content, fields);
        return true;
    }

    private static void Take(string id, ReadOnlySpan<byte> content, TagFields fields)
    {
        if (id is "UFID" or "UFI")
        {
            int zero = content.IndexOf((byte)0);
            if (zero > 0)
            {
                fields.Add("UFID" + TagFields.Decoded(content[..zero]), TagFields.Decoded(content[(zero + 1)..]));
            }
        }
        else if (id is "TXXX" or "TXX")
        {
            string[] parts = Text(content).Split('\0', 2);
            if (parts.Length == 2)
            {
                fields.Add(parts[0], Joined(parts[1]));
            }
        }
        else if (id.StartsWith('T'))
        {
            string text = Joined(Text(content));
            fields.Add(id, id is "TCON" or "TCO" ? Genre(text) : text);
        }
    }

    /// <summary>Several values of one frame are separated by zeros.</summary>
    private static string Joined(string text) => string.Join(';', text.Split('\0', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static string Text(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
        {
            return "";
        }
        ReadOnlySpan<byte> text = content[1..];
        switch (content[0])
        {
            case 0:
                return TagFields.Latin(text);
            case 1:
                // Each of several strings has its own mark of byte order: inner ones are taken out with the control characters.
                bool big = text.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]);
                return (big ? Encoding.BigEndianUnicode : Encoding.Unicode).GetString(text).Replace("\uFEFF", "", StringComparison.Ordinal);
            case 2:
                return Encoding.BigEndianUnicode.GetString(text);
            default:
                return TagFields.Decoded(text);
        }
    }

    /// <summary><c>(17)</c>, <c>17</c> and <c>(17)Rock</c> are what 2.2 and 2.3 write for Rock.</summary>
    private static string Genre(string text)
    {
        string number = text, rest = "";
        if (text.StartsWith('(') && text.IndexOf(')', StringComparison.Ordinal) is > 0 and int close)
        {
            (number, rest) = (text[1..close], text[(close + 1)..]);
        }
        return rest.Trim().Length > 0 && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? rest
            : int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int known) && known < Genres.Length ? Genres[known]
            : text;
    }

    public static long SyncSafe(ReadOnlySpan<byte> bytes) =>
        ((bytes[0] & 0x7FL) << 21) | ((bytes[1] & 0x7FL) << 14) | ((bytes[2] & 0x7FL) << 7) | (bytes[3] & 0x7FL);

    /// <summary>Unsynchronisation puts a zero behind each 0xFF.</summary>
    private static byte[] Resynchronised(ReadOnlySpan<byte> bytes)
    {
        byte[] plain = new byte[bytes.Length];
        int count = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            plain[count++] = bytes[i];
            i += bytes[i] == 0xFF && i + 1 < bytes.Length && bytes[i + 1] == 0 ? 1 : 0;
        }
        return plain[..count];
    }
}
