using System.Diagnostics;
using Euterpe.Numerics;
using Euterpe.Signals.Files;
using Euterpe.Testing;

namespace Euterpe.Signals.Tests.Files;

public sealed class AudioFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("euterpe-audio-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void AudioFile_reads_WAV_by_content_whatever_its_name()
    {
        Waveform sound = Sounds.OnGrid(22_050, 2, 5_000, 16);
        string path = Path.Combine(_folder, "song.mp3");
        Wav.Write(path, sound);
        using AudioFile file = AudioFile.Open(path);
        Assert.Equal((22_050, 2, (long?)5_000, AudioFile.WavDecoder), (file.SampleRate, file.Channels, file.FrameCount, file.Decoder));
        Close.Same(sound.Channel(1), Waveform.ReadAll(file).Channel(1));
    }

    [SkippableTheory]
    [InlineData("flac", 2)]
    [InlineData("aiff", 1)]
    [InlineData("wv", 6)]
    [InlineData("caf", 2)]
    public void AudioFile_decodes_lossless_formats_exactly(string ending, int channels)
    {
        Waveform sound = Sounds.OnGrid(32_000, channels, 40_000, 16);
        string path = Encode(sound, $"a b'\"%03d {ending}.bin", "-f", ending == "wv" ? "wv" : ending);
        using AudioFile file = AudioFile.Open(path);
        Assert.Equal((32_000, channels), (file.SampleRate, file.Channels));
        Assert.StartsWith("ffmpeg version", file.Decoder);
        Waveform back = Waveform.ReadAll(file);
        Assert.Null(file.Complaint);
        for (int c = 0; c < channels; c++)
        {
            Close.Same(sound.Channel(c), back.Channel(c), $"{ending}, channel {c}");
        }
    }

    [SkippableTheory]
    [InlineData("mp3", "libmp3lame")]
    [InlineData("ogg", "libvorbis")]
    [InlineData("opus", "libopus")]
    [InlineData("ipod", "aac")]
    public void AudioFile_decodes_lossy_formats_the_same_each_time(string container, string codec)
    {
        float[] tone = [.. Enumerable.Range(0, 48_000).Select(i => ((i % 100) - 50) / 100f)];
        string path = Encode(new Waveform(48_000, tone), "tone." + container, "-c:a", codec, "-f", container);
        Waveform first = AudioFile.Read(path), second = AudioFile.Read(path);
        Assert.Equal(48_000, first.SampleRate);
        Assert.InRange(first.Length, 46_000, 52_000);
        Close.Same(first.Channel(0), second.Channel(0), container);
        Assert.True(first.Channel(0).ToArray().Max() > 0.3f);
    }

    [SkippableTheory]
    [InlineData("notes.mp3", "this is a text, not a sound, however long it may go on")]
    [InlineData("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")]
    [InlineData("list.ffconcat", "ffconcat version 1.0\nfile /etc/passwd\n")]
    [InlineData("fake.flac", "fLaC\0\0\0\u0022 and nothing more")]
    public void AudioFile_refuses_what_is_no_sound_in_one_line(string name, string content)
    {
        NeedFfmpeg();
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        FileFormatException problem = Assert.Throws<FileFormatException>(() => AudioFile.Read(path));
        Assert.StartsWith($"[audio] {name}: ", problem.Message);
        Assert.DoesNotContain('\n', problem.Message);
        Assert.DoesNotContain(_folder, problem.Message);
    }

    [Fact]
    public void AudioFile_names_what_is_missing()
    {
        string empty = Path.Combine(_folder, "empty.mp3"), text = Path.Combine(_folder, "a.mp3");
        File.WriteAllBytes(empty, []);
        File.WriteAllText(text, "x");
        Assert.Equal("[audio] empty.mp3: the file is empty.", Assert.Throws<FileFormatException>(() => AudioFile.Open(empty)).Message);
        Assert.Throws<FileNotFoundException>(() => AudioFile.Open(Path.Combine(_folder, "none.wav")));
        Assert.Contains("folder", Assert.Throws<FileFormatException>(() => AudioFile.Open(_folder)).Message);
        var without = new AudioFileOptions { Decoder = "no-such-decoder" };
        FileNotFoundException missing = Assert.Throws<FileNotFoundException>(() => AudioFile.Open(text, without));
        Assert.StartsWith("[audio] a.mp3: FFmpeg is not installed", missing.Message);
        Assert.Null(AudioFile.FfmpegBuild(without));
    }

    [Fact]
    public void AudioFile_does_not_believe_an_absurd_rate()
    {
        string path = Path.Combine(_folder, "rate.wav");
        foreach (int rate in new[] { 1, 2_000_000_000 })
        {
            Wav.Write(path, new Waveform(rate, [0.5f, 0.25f]), SampleFormat.Pcm8);
            Assert.Contains("is not believed", Assert.Throws<FileFormatException>(() => AudioFile.Open(path)).Message);
        }
    }

    [SkippableFact]
    public void AudioFile_never_resamples_a_chain_of_rates()
    {
        float[] tone = [.. Enumerable.Range(0, 30_000).Select(i => ((i % 100) - 50) / 100f)];
        string first = Encode(new Waveform(48_000, tone), "first.ogg", "-c:a", "libvorbis", "-f", "ogg");
        string second = Encode(new Waveform(22_050, tone), "second.ogg", "-c:a", "libvorbis", "-f", "ogg");
        string chain = Path.Combine(_folder, "chain.ogg");
        File.WriteAllBytes(chain, [.. File.ReadAllBytes(first), .. File.ReadAllBytes(second)]);
        int length = AudioFile.Read(first).Length;
        try
        {
            // Either the part of the first rate, or an error: never the second part at a rate that is not its own.
            Assert.InRange(AudioFile.Read(chain).Length, length - 4_096, length + 4_096);
        }
        catch (FileFormatException problem)
        {
            Assert.StartsWith("[audio] chain.ogg: ", problem.Message);
        }
    }

    [SkippableFact]
    public void AudioFile_stops_when_cancelled_disposed_or_too_long()
    {
        string path = Encode(Sounds.OnGrid(8_000, 1, 800_000, 16), "long.flac", "-f", "flac");
        float[] block = new float[1_000];
        using (AudioFile file = AudioFile.Open(path))
        {
            Assert.True(file.Read(block) > 0);
        }
        using (var source = new CancellationTokenSource())
        using (AudioFile file = AudioFile.Open(path, null, source.Token))
        {
            source.Cancel();
            Assert.ThrowsAny<OperationCanceledException>(() =>
            {
                while (file.Read(block, source.Token) > 0)
                {
                }
            });
        }
        var options = new AudioFileOptions { LongestSound = TimeSpan.FromSeconds(3) };
        Assert.Contains("longer than 3 s", Assert.Throws<FileFormatException>(() => AudioFile.Read(path, options)).Message);
    }

    [SkippableFact]
    public void AudioFile_says_when_the_decoder_stalls()
    {
        Fixture.SkipUnless(File.Exists("/bin/sleep"), "No /bin/sleep here.");
        string script = Path.Combine(_folder, "stuck"), path = Path.Combine(_folder, "x.mp3");
        File.WriteAllText(script, "#!/bin/sh\nexec /bin/sleep 100\n");
        File.WriteAllText(path, "x");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        var options = new AudioFileOptions { Decoder = script, Stall = TimeSpan.FromMilliseconds(200) };
        Assert.Contains("gave nothing", Assert.Throws<FileFormatException>(() => AudioFile.Open(path, options)).Message);
        using var source = new CancellationTokenSource(200);
        Assert.ThrowsAny<OperationCanceledException>(() => AudioFile.Open(path, options with { Stall = TimeSpan.FromSeconds(60) }, source.Token));
    }

    [SkippableFact]
    public void AudioFile_survives_mutated_files()
    {
        byte[] flac = File.ReadAllBytes(Encode(Sounds.OnGrid(8_000, 1, 2_000, 8), "seed.flac", "-f", "flac"));
        string path = Path.Combine(_folder, "mutant.flac");
        for (int i = 0; i < 16; i++)
        {
            byte[] bytes = [.. flac];
            for (int k = 0; k < 5; k++)
            {
                bytes[Sounds.Pick((8 * i) + k, k == 0 ? 60 : bytes.Length, 8)] ^= (byte)(1 << (i % 8));
            }
            File.WriteAllBytes(path, bytes);
            try
            {
                Assert.InRange(AudioFile.Read(path).Length, 0, 1_000_000);
            }
            catch (FileFormatException problem)
            {
                Assert.DoesNotContain('\n', problem.Message);
            }
        }
    }

    private static void NeedFfmpeg() => Fixture.SkipUnless(AudioFile.FfmpegBuild() is not null, "FFmpeg is not installed.");

    private string Encode(Waveform sound, string name, params string[] options)
    {
        NeedFfmpeg();
        string wav = Path.Combine(_folder, "source.wav"), path = Path.Combine(_folder, name);
        Wav.Write(wav, sound);
        using Process process = Process.Start("ffmpeg", ["-nostdin", "-v", "error", "-y", "-i", wav, "-sample_fmt",
            options.Any(option => option is "libmp3lame" or "libvorbis" or "aac") ? "fltp" : options.Contains("wv") ? "s16p" : "s16",
            .. options, "file:" + path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return path;
    }
}
