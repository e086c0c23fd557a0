using System.Globalization;
using System.Text;

namespace Euterpe.Signals.Files;

/// <summary>
/// Gathers named values from a file's tags, however a format spells the names, and keeps what fits a field of <see cref="AudioTags"/>. Where several names say the
/// same, the usual one wins; of equal names the first. Memory is bounded, however much a file says.
/// </summary>
internal sealed class TagFields
{
    public const int MostCharacters = 500, MostNameCharacters = 64;

    // What bytes 0x80 to 0x9F are in Windows-1252, in which tags of old are written.
    private const string Windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    // Names without case and punctuation, the usual one of each field first. FFmpeg gives its own names to what it knows, the rest as they are in the file.
    private static readonly Dictionary<string, (Field Field, int Rank)> Names = Ranked(
        (Field.Title, ["TITLE", "TIT2", "TT2", "INAM", "TRACKTITLE"]),
        (Field.Artist, ["ARTIST", "TPE1", "TP1", "IART", "TRACKARTIST", "AUTHOR", "ARTISTS"]),
        (Field.Album, ["ALBUM", "TALB", "TAL", "IPRD", "WMALBUMTITLE", "ALBUMTITLE"]),
        (Field.AlbumArtist, ["ALBUMARTIST", "TPE2", "TP2", "IAAR", "WMALBUMARTIST"]),
        (Field.Genre, ["GENRE", "TCON", "TCO", "IGNR", "WMGENRE"]),
        (Field.Year, ["DATE", "YEAR", "TDRC", "TYER", "TYE", "ICRD", "WMYEAR", "DATERELEASED", "RELEASEDATE", "TDRL", "DATERECORDED", "ORIGINALDATE", "TDOR", "TORY",
            "ORIGINALYEAR", "WMORIGINALRELEASEYEAR"]),
        (Field.TrackNumber, ["TRACK", "TRACKNUMBER", "TRCK", "TRK", "IPRT", "ITRK", "WMTRACKNUMBER", "PARTNUMBER"]),
        (Field.Recording, ["MUSICBRAINZTRACKID", "MUSICBRAINZRECORDINGID", "UFIDHTTPMUSICBRAINZORG"]),
        (Field.Release, ["MUSICBRAINZALBUMID", "MUSICBRAINZRELEASEID"]),
        (Field.ArtistId, ["MUSICBRAINZARTISTID"]));

    private readonly string?[] texts = new string?[(int)Field.Count];
    private readonly int[] ranks = new int[(int)Field.Count];

    private enum Field
    {
        Title,
        Artist,
        Album,
        AlbumArtist,
        Genre,
        Year,
        TrackNumber,
        Recording,
        Release,
        ArtistId,
        Count,
    }

    /// <summary>Bytes are UTF-8, or else Windows-1252.</summary>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.Length <= MostNameCharacters)
        {
            Add(Decoded(name), Decoded(value));
        }
    }

    public void Add(string name, string value)
    {
        if (name.Length > MostNameCharacters || !Names.TryGetValue(Bare(name), out (Field Field, int Rank) known))
        {
            return;
        }
        int at = (int)known.Field;
        if ((texts[at] is null || known.Rank < ranks[at]) && Fitting(known.Field, value) is string text)
        {
            (texts[at], ranks[at]) = (text, known.Rank);
        }
    }

    public AudioTags ToTags() => new(
        texts[(int)Field.Title], texts[(int)Field.Artist], texts[(int)Field.Album], texts[(int)Field.AlbumArtist], texts[(int)Field.Genre],
        Number(texts[(int)Field.Year]), Number(texts[(int)Field.TrackNumber]),
        texts[(int)Field.Recording], texts[(int)Field.Release], texts[(int)Field.ArtistId]);

    /// <summary>Text of bytes whose encoding nobody states.</summary>
    public static string Decoded(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Latin(bytes);
        }
    }

    /// <summary>Text of bytes that are called Latin-1, which in practice is Windows-1252.</summary>
    public static string Latin(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (byte value in bytes)
        {
            text.Append(value is >= 0x80 and <= 0x9F ? Windows1252[value - 0x80] : (char)value);
        }
        return text.ToString();
    }

    private static Dictionary<string, (Field, int)> Ranked(params (Field Field, string[] Names)[] fields)
    {
        var known = new Dictionary<string, (Field, int)>(StringComparer.Ordinal);
        foreach ((Field field, string[] names) in fields)
        {
            for (int i = 0; i < names.Length; i++)
            {
                known.Add(names[i], (field, i));
            }
        }
        return known;
    }

    private static string Bare(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit).Select(char.ToUpperInvariant));

    private static int? Number(string? text) => text is null ? null : int.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>The value as its field keeps it; null where it does not fit.</summary>
    private static string? Fitting(Field field, string value) => field switch
    {
        Field.Year => Year(value),
        Field.TrackNumber => Track(value),
        Field.Recording or Field.Release or Field.ArtistId => Identifier(value),
        _ => Clean(value),
    };

    private static string? Clean(string value)
    {
        // Looked at no further than could matter: a value of megabytes is cut before it is cleaned.
        var text = new StringBuilder(Math.Min(value.Length, 4 * MostCharacters));
        foreach (Rune rune in value.AsSpan(0, Math.Min(value.Length, 4 * MostCharacters)).EnumerateRunes())
        {
            bool breaks = Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 or 0xFEFF || (rune.Value & 0xFFFE) == 0xFFFE;
            text.Append(breaks ? " " : rune.ToString());
        }
        string clean = text.ToString().Trim();
        if (clean.Length > MostCharacters)
        {
            clean = clean[..(MostCharacters - (char.IsHighSurrogate(clean[MostCharacters - 1]) ? 1 : 0))].Trim();
        }
        return clean.Length == 0 ? null : clean;
    }

    /// <summary>The year of 1994, 1994-05-01, 1994-05-01T12:00Z, 19940501, 01/05/1994 ...: the first run of four digits, or of eight that begin with it.</summary>
    private static string? Year(string value)
    {
        int most = Math.Min(value.Length, 100);
        for (int i = 0; i < most;)
        {
            int start = i;
            while (i < most && char.IsAsciiDigit(value[i]))
            {
                i++;
            }
            if (i - start is 4 or 8 or 14 && value[start] is '1' or '2')
            {
                return value.Substring(start, 4);
            }
            i = Math.Max(i, start + 1);
        }
        return null;
    }

    /// <summary>The number of 3, 03, 3/12.</summary>
    private static string? Track(string value)
    {
        string digits = string.Concat(value.Trim().TakeWhile(char.IsAsciiDigit).Take(10)).TrimStart('0');
        return digits.Length is >= 1 and <= 4 ? digits : null;
    }

    private static string? Identifier(string value)
    {
        string start = value[..Math.Min(value.Length, 400)];
        foreach (string part in start.Split([';', ',', '/', ' ', '\0'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Guid.TryParseExact(part, "D", out Guid identifier) && identifier != Guid.Empty)
            {
                return identifier.ToString("D");
            }
        }
        return null;
    }
}
