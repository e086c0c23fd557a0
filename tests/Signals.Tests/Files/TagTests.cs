using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Euterpe.Signals.Files;
using Euterpe.Testing;

namespace Euterpe.Signals.Tests.Files;

public sealed class TagTests : IDisposable
{
    private const string Recording = "b1a9c0e9-d987-4042-ae91-78d6a3267d69", Release = "0da580f2-6768-498f-af9d-2becaddf15e0";

    private readonly EncodedSounds sounds = new();

    public void Dispose() => sounds.Dispose();

    [SkippableTheory]
    [InlineData("mp3", "-c:a libmp3lame -id3v2_version 3", true)]
    [InlineData("mp3", "-c:a libmp3lame -id3v2_version 4", true)]
    [InlineData("flac", "-c:a flac", true)]
    [InlineData("ogg", "-c:a libvorbis", true)]
    [InlineData("opus", "-c:a libopus", true)]
    [InlineData("m4a", "-c:a aac -movflags +use_metadata_tags", true)]
    [InlineData("m4a", "-c:a aac", false)]
    [InlineData("wv", "-c:a wavpack", true)]
    [InlineData("mka", "-c:a flac", true)]
    [InlineData("wma", "-c:a wmav2", true)]
    [InlineData("tta", "-c:a tta", true)]
    [InlineData("aiff", "-write_id3v2 1", true)]
    [InlineData("wav", "-c:a pcm_s16le", null)]
    public void Tags_of_every_format_have_the_same_names(string ending, string codec, bool? identifiers)
    {
        const string Title = "Ti=tle; #1 \\ über", Artist = "Björk & 坂本龍一", Album = "[Al=bum]";
        string[] tags =
        [
            "title=" + Title, "artist=" + Artist, "album=" + Album, "album_artist=Various Artists", "genre=Jazz", "date=1994-05-01", "track=3/12",
            "MusicBrainz Album Id=" + Release, $"MUSICBRAINZ_TRACKID={Recording.ToUpperInvariant()}",
        ];
        string path = sounds.Encode(sounds.Wave("source.wav"), "a." + ending, [.. codec.Split(' '), .. tags.SelectMany(tag => new[] { "-metadata", tag })]);
        // MP4 keeps identifiers only in a form of FFmpeg's own; RIFF INFO has neither them nor an album artist.
        string? albumArtist = identifiers is null ? null : "Various Artists";
        var expected = new AudioTags(Title, Artist, Album, albumArtist, "Jazz", 1994, 3, identifiers is true ? Recording : null, identifiers is true ? Release : null);
        Assert.Equal(expected, AudioFile.Identify(path).Tags);
        using JsonDocument probe = JsonDocument.Parse(EncodedSounds.Run("ffprobe", "-v", "error", "-show_entries", "format_tags:stream_tags", "-of", "json", path));
        JsonElement root = probe.RootElement;
        IEnumerable<JsonProperty> seen = new[] { root.GetProperty("format"), root.GetProperty("streams")[0] }
            .SelectMany(part => part.TryGetProperty("tags", out JsonElement all) ? all.EnumerateObject() : Enumerable.Empty<JsonProperty>());
        Assert.Contains(seen, tag => tag.Name.Equals("title", StringComparison.OrdinalIgnoreCase) && tag.Value.GetString() == Title);
    }

    [SkippableFact]
    public void Tags_of_ID3v1_alone_are_read()
    {
        string path = sounds.Encode(sounds.Wave("source.wav"), "a.mp3", "-c:a", "libmp3lame", "-id3v2_version", "0", "-map_metadata", "-1");
        byte[] bytes = File.ReadAllBytes(path), tag = new byte[128];
        Encoding.Latin1.GetBytes("TAGMotörhead").CopyTo(tag, 0);
        Encoding.Latin1.GetBytes("Ärtist").CopyTo(tag, 33);
        Encoding.Latin1.GetBytes("1979").CopyTo(tag, 93);
        (tag[126], tag[127]) = (7, 9);
        File.WriteAllBytes(path, [.. bytes, .. tag]);
        AudioIdentity with = AudioFile.Identify(path);
        Assert.Equal(new AudioTags("Motörhead", "Ärtist", Genre: "Metal", Year: 1979, TrackNumber: 7), with.Tags);
        File.WriteAllBytes(path, bytes);
        Assert.Equal(new AudioIdentity(with.PacketsSha256, AudioTags.None), AudioFile.Identify(path));
    }

    [SkippableFact]
    public void Tags_cannot_pretend_to_be_what_they_are_not()
    {
        string hostile = "x\n0,a,SHA256=" + new string('0', 64) + "\n;FFMETADATA1\nartist=Forged\n[mp3 @ 0x1] [error] forged\n\\\nalbum=Forged\u0007\0"[..^1];
        string path = sounds.Encode(sounds.Wave("source.wav"), "a.flac", "-c:a", "flac", "-metadata", "title=" + hostile, "-metadata", "album=" + new string('ä', 40_000));
        using AudioFile file = AudioFile.Open(path, new AudioFileOptions { Identify = true });
        while (file.Read(new float[20_000]) > 0)
        {
        }
        Assert.Equal(EncodedSounds.StreamHash(path), file.PacketsSha256);
        Assert.Equal(new string('ä', 500), file.Tags.Album);
        Assert.Null(file.Tags.Artist);
        Assert.DoesNotContain(file.Tags.Title!, char.IsControl);
        Assert.StartsWith("x 0,a,SHA256=000", file.Tags.Title);
        Assert.Null(file.Complaint);
    }

    [Theory]
    [InlineData("1994", 1994)]
    [InlineData("1994-05-01", 1994)]
    [InlineData("19940501", 1994)]
    [InlineData("01.05.1994", 1994)]
    [InlineData("(c) 2003 Somebody", 2003)]
    [InlineData("94", null)]
    [InlineData("0000", null)]
    [InlineData("99999", null)]
    [InlineData("３００３", null)]
    public void Years_are_found_in_dates(string text, int? year) => Assert.Equal(year, Of(("date", text)).Year);

    [Theory]
    [InlineData("3", 3)]
    [InlineData(" 03/12", 3)]
    [InlineData("0", null)]
    [InlineData("A1", null)]
    [InlineData("12345", null)]
    [InlineData("-1", null)]
    public void Track_numbers_are_read(string text, int? number) => Assert.Equal(number, Of(("TRACKNUMBER", text)).TrackNumber);

    [SkippableFact]
    public void The_recording_that_Picard_writes_into_MP3_is_read()
    {
        string path = sounds.Encode(sounds.Wave("source.wav"), "a.mp3", "-c:a", "libmp3lame", "-id3v2_version", "0");
        byte[] tag = Id3(4, Frame(4, "TIT2", [3, .. "One"u8]), Frame(4, "UFID", [.. "http://musicbrainz.org\0"u8, .. Encoding.ASCII.GetBytes(Recording)]));
        File.WriteAllBytes(path, [.. tag, .. File.ReadAllBytes(path)]);
        Assert.Equal(new AudioTags("One", MusicBrainzRecording: Recording), AudioFile.Identify(path).Tags);
    }

    [SkippableTheory]
    [InlineData("flac")]
    [InlineData("ogg")]
    public void Several_Vorbis_comments_of_one_name_are_joined(string ending)
    {
        string path = sounds.Encode(sounds.Wave("source.wav"), "a.flac", "-c:a", "flac", "-metadata", "artist=First", "-metadata", "XRTIST=Second");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().IndexOf("XRTIST="u8)] = (byte)'A';
        File.WriteAllBytes(path, bytes);
        if (ending == "ogg")
        {
            path = sounds.Retag(path, "a.ogg", "-f", "ogg");
        }
        Assert.Equal(["First", "Second"], AudioFile.Identify(path).Tags.Artist!.Split(';').Order());
    }

    [Fact]
    public void The_usual_name_wins_and_what_does_not_fit_hides_nothing()
    {
        AudioTags tags = Of(("YEAR", "1980"), ("Date", "soon"), ("ORIGINALDATE", "1960"), ("Artist", " \u0001 "), ("ARTISTS", "Several"), ("Artist", "First"), ("artist", "Second"),
            ("MusicBrainz Artist Id", $"no; {Release.ToUpperInvariant()};{Recording}"), ("musicbrainz_trackid", "b1a9c0e9"));
        Assert.Equal(new AudioTags(Artist: "First", Year: 1980, MusicBrainzArtist: Release), tags);
    }

    [Fact]
    public void Texts_are_valid_short_and_without_control_characters()
    {
        string cut = string.Concat(Enumerable.Repeat("\U0001D11E", 400));
        Assert.Equal(500, Of(("title", cut)).Title!.Length);
        Assert.Equal("a  b", Of(("title", "\uFEFFa\r\nb\u0000")).Title);
        Assert.Equal("a\uFFFDb", Of(("title", "a\uD800b")).Title);
        Assert.Null(Of(("title", "\u2028\t")).Title);
        var fields = new TagFields();
        fields.Add("title"u8, "Don\u0092t \u00FC"u8.ToArray().Where(b => b is not (0xC2 or 0xC3)).Select(b => b == 0xBC ? (byte)0xFC : b).ToArray());
        Assert.Equal("Don’t ü", fields.ToTags().Title);
    }

    [Fact]
    public void Tags_of_WAV_are_read_from_INFO_and_ID3()
    {
        string path = sounds.Wave("a.wav", 8_000, 1, 1_001, SampleFormat.Pcm8);
        byte[] wav = File.ReadAllBytes(path);
        byte[] info = Chunk("LIST", [.. "INFO"u8, .. Chunk("INAM", "Name\0"u8), .. Chunk("IART", Encoding.Latin1.GetBytes("Ärt\0")), .. Chunk("ICRD", "2001"u8), .. Chunk("IPRT", "4"u8)]);
        byte[] id3 = Chunk("id3 ", Id3(3, Frame(3, "TIT2", [1, 0xFF, 0xFE, .. Encoding.Unicode.GetBytes("Näme")]), Frame(3, "TCON", [0, .. "(17)"u8]),
            Frame(3, "UFID", [.. "http://musicbrainz.org\0"u8, .. Encoding.ASCII.GetBytes(Recording)]),
            Frame(3, "TXXX", [0, .. "MusicBrainz Album Id\0"u8, .. Encoding.ASCII.GetBytes(Release)])));
        var expected = new AudioTags("Näme", "Ärt", Genre: "Rock", Year: 2001, TrackNumber: 4, MusicBrainzRecording: Recording, MusicBrainzRelease: Release);
        foreach (byte[] bytes in (byte[][])[[.. wav[..36], .. info, .. id3, .. wav[36..]], [.. wav, .. info, .. id3], [.. wav[..36], .. id3, .. wav[36..], .. info]])
        {
            Assert.Equal("data", Encoding.ASCII.GetString(wav, 36, 4));
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
            File.WriteAllBytes(path, bytes);
            Assert.Equal(expected, AudioFile.Identify(path).Tags);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void ID3_of_every_version_is_read_and_no_damage_ends_in_more_than_missing_tags(int version)
    {
        byte[] tag = version == 2
            ? Id3(2, Frame(2, "TT2", [0, .. "One"u8]), Frame(2, "TP1", [1, 0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("Two")]), Frame(2, "TYE", [0, .. "1999"u8]))
            : Id3(version, Frame(version, "TIT2", [3, .. "One"u8]), Frame(version, "TPE1", [2, .. Encoding.BigEndianUnicode.GetBytes("Two")]), Frame(version, "TYER", [0, .. "1999"u8]));
        Assert.Equal(new AudioTags("One", "Two", Year: 1999), Of(tag));
        for (int i = 0; i < 3_000; i++)
        {
            byte[] broken = [.. tag];
            for (int k = 0; k < 3; k++)
            {
                broken[Sounds.Pick((3 * i) + k, broken.Length, 5)] = (byte)Sounds.Pick((3 * i) + k, 256, 6);
            }
            Assert.NotNull(Of(broken[..Sounds.Pick(i, broken.Length + 1, 7)]));
        }

        static AudioTags Of(byte[] bytes)
        {
            var fields = new TagFields();
            Signals.Files.Id3.Read(bytes, fields);
            return fields.ToTags();
        }
    }

    private static AudioTags Of(params (string Name, string Value)[] tags)
    {
        var fields = new TagFields();
        foreach ((string name, string value) in tags)
        {
            fields.Add(name, value);
        }
        return fields.ToTags();
    }

    private static byte[] Chunk(string id, ReadOnlySpan<byte> content)
    {
        byte[] chunk = new byte[8 + content.Length + (content.Length & 1)];
        Encoding.ASCII.GetBytes(id, chunk);
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(4), content.Length);
        content.CopyTo(chunk.AsSpan(8));
        return chunk;
    }

    private static byte[] Frame(int version, string id, byte[] content)
    {
        int size = content.Length;
        byte[] sizes = version switch
        {
            2 => [(byte)(size >> 16), (byte)(size >> 8), (byte)size],
            3 => [(byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size, 0, 0],
            _ => [0, 0, (byte)(size >> 7), (byte)(size & 0x7F), 0, 0],
        };
        return [.. Encoding.ASCII.GetBytes(id), .. sizes, .. content];
    }

    private static byte[] Id3(int version, params byte[][] frames)
    {
        int size = frames.Sum(f => f.Length) + 16;
        Assert.True(size < 1 << 14);
        return [.. "ID3"u8, (byte)version, 0, 0, 0, 0, (byte)(size >> 7), (byte)(size & 0x7F), .. frames.SelectMany(f => f), .. new byte[16]];
    }
}
