using System.Diagnostics;
using Euterpe.Signals.Files;
using Euterpe.Testing;

namespace Euterpe.Signals.Tests.Files;

/// <summary>A temporary folder in which FFmpeg makes files of every format.</summary>
public sealed class EncodedSounds : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("euterpe-encoded-").FullName;

    public string this[string name] => Path.Combine(Folder, name);

    /// <summary>A tune of a triangle wave over a little noise, 16 bit.</summary>
    public string Wave(string name, int rate = 44_100, int channels = 2, int frames = 30_000, SampleFormat format = SampleFormat.Pcm16, uint seed = 1)
    {
        float[] tone = [.. Enumerable.Range(0, frames).Select(i => (((i % 100) - 50) / 120f) + (Sounds.At(i, seed) / 64))];
        Wav.Write(this[name], new Waveform(rate, [.. Enumerable.Range(0, channels).Select(_ => tone)]), format);
        return this[name];
    }

    public string Encode(string source, string name, params string[] options)
    {
        Ffmpeg(["-i", "file:" + source, .. options, "file:" + this[name]]);
        return this[name];
    }

    /// <summary>The same packets in a new file, with other tags.</summary>
    public string Retag(string source, string name, params string[] options)
    {
        Ffmpeg(["-i", "file:" + source, "-map", "0:a:0", "-c", "copy", .. options, "file:" + this[name]]);
        return this[name];
    }

    public static string Ffmpeg(params string[] arguments) => Run("ffmpeg", ["-nostdin", "-v", "error", "-y", .. arguments]);

    public static string Run(string program, params string[] arguments)
    {
        Fixture.SkipUnless(AudioFile.FfmpegBuild() is not null, "FFmpeg is not installed.");
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}");
        return output;
    }

    /// <summary>What the program `ffmpeg` itself says that the packets hash to.</summary>
    public static string StreamHash(string path) => Ffmpeg("-i", "file:" + path, "-map", "0:a:0", "-c", "copy", "-f", "streamhash", "-hash", "sha256", "-").Split('=')[1].Trim();

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
