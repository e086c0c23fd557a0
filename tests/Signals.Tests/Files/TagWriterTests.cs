using System.Diagnostics;
using System.Text;
using Euterpe.Signals.Files;
using Euterpe.Testing;

namespace Euterpe.Signals.Tests.Files;

/// <summary>Tags are written into files that FFmpeg made, read back by FFmpeg, and everything else keeps its bytes.</summary>
public sealed class TagWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a.flac", "")]
    [InlineData("a.mp3", "-id3v2_version 3")]
    [InlineData("a.mp3", "-id3v2_version 0 -write_xing 0 -map_metadata -1 -bitexact")]
    [InlineData("a.ogg", "-c:a libvorbis")]
    [InlineData("a.opus", "-c:a libopus")]
    [InlineData("a.wav", "")]
    [InlineData("a.wav", "-map_metadata -1 -bitexact")]
    [InlineData("a.aiff", "-write_id3v2 1")]
    [InlineData("a.aiff", "")]
    [InlineData("a.m4a", "-movflags faststart")]
    [InlineData("a.m4a", "-map_metadata -1 -bitexact -movflags faststart")]
    public void A_genre_is_written_and_all_else_stays(string name, string options)
    {
        string path = Make(name, options);
        AudioIdentity before = AudioFile.Identify(path);
        bool places = name == "a.m4a"; // whose index says where its sound lies
        string decoded = places ? Ffmpeg($"-i {path} -map 0:a:0 -f hash -hash sha256 -") : "";
        Assert.Equal([new TagWritten("genre", "drum and bass", true)], Write(path, "drum and bass"));
        AudioIdentity after = AudioFile.Identify(path);
        Assert.Equal(before with { Tags = before.Tags with { Genre = "drum and bass" } }, after);
        Assert.Equal(decoded, places ? Ffmpeg($"-i {path} -map 0:a:0 -f hash -hash sha256 -") : "");

        // What is there stays, unless it is to be replaced; the same value changes nothing.
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal([new TagWritten("genre", "drum and bass", false)], Write(path, "dub"));
        Assert.Equal([new TagWritten("genre", "drum and bass", false)], Write(path, "drum and bass", overwrite: true));
        Assert.Equal(bytes, File.ReadAllBytes(path));
        Assert.True(Write(path, "Música électronique – 電子", overwrite: true)[0].Changed);
        if (!name.EndsWith(".wav", StringComparison.Ordinal) || options.Length == 0)
            Assert.Equal("Música électronique – 電子", AudioFile.Identify(path).Tags.Genre);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Cover_pictures_chapters_and_other_tags_keep_their_bytes()
    {
        Ffmpeg($"-f lavfi -i color=red:size=600x600 -frames:v 1 {folder.File("cover.png")}");
        foreach ((string name, string options) in (ReadOnlySpan<(string, string)>)
            [("c.flac", "-c:v copy -disposition:v attached_pic"), ("c.mp3", "-c:v copy"), ("c.m4a", "-c:v copy -disposition:v attached_pic")])
        {
            string path = folder.File(name);
            Ffmpeg($"-f lavfi -i sine=duration=1 -i {folder.File("cover.png")} -map 0 -map 1 -metadata title=Hi -metadata MUSICBRAINZ_TRACKID=9d4f {options} {path}");
            string before = Ffmpeg($"-i {path} -map 0 -c copy -f streamhash -"), tags = Ffmpeg($"-i {path} -f ffmetadata -");
            Assert.True(Write(path, "ska")[0].Changed);
            Assert.Equal(before, Ffmpeg($"-i {path} -map 0 -c copy -f streamhash -"));
            Assert.Equal(tags, Ffmpeg($"-i {path} -f ffmetadata -").Replace("genre=ska\n", "", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void Cue_points_and_unknown_chunks_of_a_wav_keep_their_bytes()
    {
        string path = folder.File("a.wav");
        Wav.Write(path, new Waveform(44100, new float[101]), SampleFormat.Pcm8);
        byte[] plain = File.ReadAllBytes(path);
        byte[] more = [.. "cue "u8, 4, 0, 0, 0, 1, 2, 3, 4, .. "odd!"u8, 3, 0, 0, 0, 9, 8, 7, 0];
        byte[] padded = (plain.Length & 1) == 1 ? [.. plain, 0] : plain;
        byte[] all = [.. padded, .. more];
        BitConverter.TryWriteBytes(all.AsSpan(4), all.Length - 8);
        File.WriteAllBytes(path, all);
        Write(path, "dub");
        byte[] found = File.ReadAllBytes(path);
        Assert.Equal(all[8..], found[8..all.Length]);
        Assert.Equal("LIST", Encoding.ASCII.GetString(found, all.Length, 4));
        Assert.Equal(found.Length - 8, BitConverter.ToInt32(found, 4));
        Assert.Equal("dub", AudioFile.Identify(path).Tags.Genre);
        Assert.Contains("no place for a mood", Refusal(path, "mood"), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_values_of_other_tags_stay_several()
    {
        string path = Make("a.flac", "");
        byte[] bytes = File.ReadAllBytes(path);
        // A second artist, as no rewriting by FFmpeg would leave it.
        "artist=A"u8.CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf("title=Hi"u8)));
        File.WriteAllBytes(path, bytes);
        Write(path, "ska");
        byte[] after = File.ReadAllBytes(path);
        Assert.True(after.AsSpan().IndexOf("artist=A"u8) > 0 && after.AsSpan().IndexOf("artist=Me"u8) > 0);
        Write(path, "slow and sad", tag: "mood");
        Assert.Equal([new TagWritten("mood", "slow and sad", false)], Write(path, "x", tag: "mood"));
    }

    [Theory]
    [InlineData("a.mp3", "mood")]
    [InlineData("a.aiff", "mood")]
    [InlineData("a.mp3", "instrument")]
    [InlineData("a.opus", "instrument")]
    [InlineData("a.m4a", "instrument")]
    public void Other_tags_are_written_where_the_kind_of_file_has_a_place(string name, string tag)
    {
        string path = Make(name, name.EndsWith("ogg", StringComparison.Ordinal) ? "-c:a libvorbis" : "");
        Assert.True(Write(path, "calm; warm", tag: tag)[0].Changed);
        Assert.Equal([new TagWritten(tag, "calm; warm", false)], Write(path, "x", tag: tag));
    }

    [Fact]
    public void What_would_not_stay_whole_is_refused_and_left_alone()
    {
        string mp3 = Make("a.mp3", "-id3v2_version 4");
        byte[] good = File.ReadAllBytes(mp3);
        Assert.Contains("an ID3 tag of version 2.5", Changed(bytes => bytes[3] = 5), StringComparison.Ordinal);
        Assert.Contains("extended header", Changed(bytes => bytes[5] = 0x40), StringComparison.Ordinal);
        Assert.Contains("do not add up", Changed(bytes => bytes[10 + 7] = 0x7F), StringComparison.Ordinal);
        byte[] ape = [.. "APETAGEX"u8, .. BitConverter.GetBytes(2000), .. BitConverter.GetBytes(32 + 18), .. BitConverter.GetBytes(1), .. new byte[12]];
        File.WriteAllBytes(mp3, [.. good, .. BitConverter.GetBytes(4), .. new byte[4], .. "genre\0dub!"u8, .. ape]);
        Assert.Equal("dub!", Write(mp3, "ska")[0].Value);
        Assert.Contains("APE tag", Assert.Throws<NotSupportedException>(() => Write(mp3, "ska", overwrite: true)).Message, StringComparison.Ordinal);

        Assert.Contains("are not written", Refusal(Make("a.mka", "")), StringComparison.Ordinal);
        Assert.Contains("no MPEG audio", Refusal(Text("b.mp3", "ID3\u0003\0\0\0\0\0\0 and text that is no sound")), StringComparison.Ordinal);
        Assert.Contains("fragments", Refusal(Make("b.m4a", "-movflags frag_keyframe+empty_moov")), StringComparison.Ordinal);
        Assert.Contains("neither Vorbis nor Opus", Refusal(Make("b.oga", "-c:a flac")), StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => Write(folder.File("none.mp3"), "x"));
        Assert.Throws<ArgumentException>(() => Write(mp3, "two\nlines"));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.partial"));

        string Changed(Action<byte[]> change)
        {
            byte[] bytes = [.. good];
            change(bytes);
            File.WriteAllBytes(mp3, bytes);
            string message = Refusal(mp3);
            Assert.Equal(bytes, File.ReadAllBytes(mp3));
            return message;
        }
    }

    /// <summary>Damage anywhere in the first bytes is refused or harmless: never a crash, never another sound.</summary>
    [Theory]
    [InlineData("a.flac", "")]
    [InlineData("a.mp3", "")]
    [InlineData("a.ogg", "-c:a libvorbis")]
    [InlineData("a.m4a", "-movflags faststart")]
    [InlineData("a.wav", "")]
    [InlineData("a.aiff", "-write_id3v2 1")]
    public void Damaged_files_are_refused_or_keep_their_sound(string name, string options)
    {
        string path = Make(name, options);
        byte[] good = File.ReadAllBytes(path);
        for (int at = 0; at < Math.Min(good.Length, 200); at += 3)
        {
            byte[] bytes = [.. good];
            bytes[at] ^= 0xFF;
            File.WriteAllBytes(path, bytes);
            try
            {
                using var file = Signals.Files.Writing.TagFile.Open(path);
                file.Set("genre", "dub");
                file.Write(path + ".new", default);
            }
            catch (NotSupportedException)
            {
            }

            File.Delete(path + ".new");
            File.WriteAllBytes(path, good[..at]);
            Exception? cut = Record.Exception(() => Signals.Files.Writing.TagFile.Open(path).Dispose());
            Assert.True(cut is NotSupportedException || (cut is null && name == "a.mp3"), $"{at}: {cut}"); // sound that ends early is still sound
        }
    }

    [Fact]
    public void Mode_and_links_are_kept()
    {
        if (OperatingSystem.IsWindows())
            return;
        string path = Make("a.flac", ""), link = folder.File("link.flac");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(link, path);
        Write(link, "dub");
        Assert.NotNull(new FileInfo(link).LinkTarget);
        Assert.Equal("dub", AudioFile.Identify(path).Tags.Genre);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        Assert.Throws<UnauthorizedAccessException>(() => Write(path, "ska", overwrite: true));
    }

    private static IReadOnlyList<TagWritten> Write(string path, string value, bool overwrite = false, string tag = "genre") =>
        TagWriter.Write(path, [KeyValuePair.Create(tag, value)], overwrite);

    private static string Refusal(string path, string tag = "genre") => Assert.Throws<NotSupportedException>(() => Write(path, "dub", tag: tag)).Message;

    private string Text(string name, string text)
    {
        File.WriteAllText(folder.File(name), text, Encoding.Latin1);
        return folder.File(name);
    }

    private string Make(string name, string options)
    {
        string path = folder.File(name);
        Ffmpeg($"-f lavfi -i sine=duration=0.5 -metadata title=Hi -metadata artist=Me -metadata album=Long {options} {path}");
        return path;
    }

    private static string Ffmpeg(string arguments)
    {
        var start = new ProcessStartInfo("ffmpeg", $"-nostdin -v error -y {arguments}") { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"ffmpeg {arguments}: {error.Result}");
        return output;
    }
}
