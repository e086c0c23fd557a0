using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Search.Sql;

namespace Euterpe.Search.Exchange;

/// <summary>What an export and an import agree on: names of files and keys, and their bounds. docs/catalogue.md describes the format.</summary>
internal static class ExchangeFormat
{
    public const string Name = "euterpe-catalogue";
    public const int Version = 1;
    public const string Manifest = "catalogue.json";

    /// <summary>No file grows beyond it by more than one row; readers refuse files of more than <see cref="LargestPart"/>.</summary>
    public const long PartBytes = 256L << 20;
    public const long LargestPart = 1L << 30;
    public const int LongestLine = 1 << 20;
    public const int LongestText = 32_768;

    public const string Tracks = "tracks", Failures = "failures", Vectors = "vectors", Segments = "segments";

    public static byte[] Line(Track track, bool canonical) => Object(json =>
    {
        json.WriteString("path", track.Path);
        json.WriteNumber("size", track.Stamp.Size);
        if (!canonical)
            json.WriteNumber("modified", track.Stamp.Modified);
        json.WriteString("file", track.FileSha256);
        json.WriteString("sound", track.Sound);
        json.WriteNumber("seconds", track.Facts.Seconds);
        json.WriteNumber("rate", track.Facts.SampleRate);
        json.WriteNumber("channels", track.Facts.Channels);
        json.WriteNumber("frames", track.Facts.Frames);
        if (track.Facts.DecodedSha256.Length > 0)
            json.WriteString("decoded", track.Facts.DecodedSha256);
        if (track.Absent)
            json.WriteBoolean("absent", true);
        if (!track.Identified)
            json.WriteBoolean("identified", false);
        if (!canonical && track.TagsRevision != 0)
            json.WriteNumber("tagsRevision", track.TagsRevision);
        Text("title", track.Tags.Title);
        Text("artist", track.Tags.Artist);
        Text("album", track.Tags.Album);
        Text("albumArtist", track.Tags.AlbumArtist);
        Text("genre", track.Tags.Genre);
        Number("year", track.Tags.Year);
        Number("trackNumber", track.Tags.TrackNumber);
        Text("musicBrainzRecording", track.Tags.MusicBrainzRecording);
        Text("musicBrainzRelease", track.Tags.MusicBrainzRelease);
        Text("musicBrainzArtist", track.Tags.MusicBrainzArtist);

        void Text(string name, string? value)
        {
            if (value is not null)
                json.WriteString(name, value);
        }

        void Number(string name, int? value)
        {
            if (value is { } number)
                json.WriteNumber(name, number);
        }
    });

    public static byte[] Line(Failure failure, bool canonical) => Object(json =>
    {
        json.WriteString("path", failure.Path);
        json.WriteNumber("size", failure.Stamp.Size);
        if (!canonical)
            json.WriteNumber("modified", failure.Stamp.Modified);
        json.WriteString("reason", failure.Reason);
        if (canonical)
            return;
        json.WriteString("sentence", failure.Sentence);
        json.WriteString("program", failure.Program);
        json.WriteString("decoder", failure.Decoder);
    });

    public static Track ReadTrack(Fields f)
    {
        var track = new Track(f.Text("path"), new FileStamp(f.Whole("size", 0), f.Whole("modified", long.MinValue, optional: true)), f.Sha("file"), f.Sha("sound"),
            new SoundFacts(f.Number("seconds"), (int)f.Whole("rate", 0, int.MaxValue), (int)f.Whole("channels", 0, int.MaxValue), f.Whole("frames", 0),
                f.Has("decoded") ? f.Sha("decoded") : ""), f.Flag("absent", false))
        {
            Identified = f.Flag("identified", true),
            TagsRevision = (int)f.Whole("tagsRevision", 0, int.MaxValue, optional: true),
            Tags = new TrackTags
            {
                Title = f.TextOrNull("title"),
                Artist = f.TextOrNull("artist"),
                Album = f.TextOrNull("album"),
                AlbumArtist = f.TextOrNull("albumArtist"),
                Genre = f.TextOrNull("genre"),
                Year = f.Has("year") ? (int)f.Whole("year", int.MinValue, int.MaxValue) : null,
                TrackNumber = f.Has("trackNumber") ? (int)f.Whole("trackNumber", int.MinValue, int.MaxValue) : null,
                MusicBrainzRecording = f.TextOrNull("musicBrainzRecording"),
                MusicBrainzRelease = f.TextOrNull("musicBrainzRelease"),
                MusicBrainzArtist = f.TextOrNull("musicBrainzArtist"),
            },
        };
        f.Finish();
        return track;
    }

    public static Failure ReadFailure(Fields f)
    {
        var failure = new Failure(f.Text("path"), new FileStamp(f.Whole("size", 0), f.Whole("modified", long.MinValue, optional: true)), f.Text("reason"),
            f.TextOrNull("sentence") ?? "", f.TextOrNull("program") ?? "", f.TextOrNull("decoder") ?? "");
        f.Finish();
        return failure;
    }

    private static byte[] Object(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }
}

/// <summary>The keys of one JSON object, each asked for once and checked; what nobody asked for is an error.</summary>
internal sealed class Fields(JsonElement json, string where)
{
    private int asked;

    public bool Has(string name) => json.TryGetProperty(name, out _);

    public string Text(string name) => TextOrNull(name) is { } text ? text : throw Wrong(name, "a text");

    public string? TextOrNull(string name)
    {
        if (!Find(name, out JsonElement value))
            return null;
        string? text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text is { Length: <= ExchangeFormat.LongestText } && text == StoredText.Clean(text) ? text
            : throw Wrong(name, $"a text of up to {ExchangeFormat.LongestText} characters without NUL");
    }

    public string Sha(string name)
    {
        string text = TextOrNull(name) ?? "";
        return text.Length == 64 && text.All(char.IsAsciiHexDigitLower) ? text : throw Wrong(name, "64 hexadecimal digits in lower case");
    }

    public long Whole(string name, long least, long most = long.MaxValue, bool optional = false)
    {
        if (!Find(name, out JsonElement value))
            return optional ? 0 : throw Wrong(name, "a whole number");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= least && number <= most ? number
            : throw Wrong(name, $"a whole number from {least} to {most}");
    }

    public double Number(string name) =>
        Find(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number) && number >= 0
            ? number : throw Wrong(name, "a number from 0");

    public bool Flag(string name, bool usual)
    {
        if (!Find(name, out JsonElement value))
            return usual;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, "true or false");
    }

    public IEnumerable<Fields> Objects(string name)
    {
        if (!Find(name, out JsonElement value))
            return [];
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Object)
            ? value.EnumerateArray().Select((item, i) => new Fields(item, $"{where}, {name} {i}")) : throw Wrong(name, "a list of objects");
    }

    public IReadOnlyList<string> Texts(string name)
    {
        if (!Find(name, out JsonElement value))
            return [];
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => StoredText.Clean(item.GetString()!))] : throw Wrong(name, "a list of texts");
    }

    public IReadOnlyList<KeyValuePair<string, string>> Pairs(string name)
    {
        if (!Find(name, out JsonElement value))
            return [];
        return value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(item => item.Value.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateObject().Select(item => KeyValuePair.Create(StoredText.Clean(item.Name), StoredText.Clean(item.Value.GetString()!)))]
            : throw Wrong(name, "an object of texts");
    }

    /// <summary>Every key that is there must have been asked for.</summary>
    public void Finish()
    {
        if (json.EnumerateObject().Count() != asked)
        {
            throw new FileFormatException($"[import] {where}: it has keys that this program does not know, among {FileText.Shown(string.Join(", ", json.EnumerateObject().Select(p => p.Name)), 400)}. "
                + "Hint: import it with the Euterpe that exported it, or a newer one.");
        }
    }

    public FileFormatException Wrong(string name, string expected) => new(
        $"[import] {where}: {name} must be {expected}: found {(json.TryGetProperty(name, out JsonElement value) ? FileText.Shown(value.GetRawText()) : "none")}.");

    private bool Find(string name, out JsonElement value)
    {
        bool found = json.TryGetProperty(name, out value);
        asked += found ? 1 : 0;
        return found;
    }
}
