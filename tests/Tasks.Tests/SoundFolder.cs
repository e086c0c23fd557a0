using Euterpe.Signals;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Tests;

/// <summary>A temporary folder of generated sounds.</summary>
public sealed class SoundFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("euterpe-tasks-").FullName;

    public string Catalogue => Path.Combine(Root, "catalogue.db");

    public string Music => Path.Combine(Root, "music");

    public string this[string name] => Path.Combine(Music, name);

    /// <summary>A decaying mix of a few partials: <paramref name="period"/> in samples sets the pitch.</summary>
    public string Tone(string name, int period, int frames = 4410, int channels = 1, float gain = 0.5f)
    {
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        float[] wave = new float[frames];
        for (int i = 0; i < frames; i++)
        {
            // A triangle and its fast neighbour: no sine is needed to tell pitches apart.
            float slow = Math.Abs((i % period / (float)period) - 0.5f) - 0.25f;
            wave[i] = gain * slow * (1 - (i / (float)frames));
        }

        Wav.Write(path, new Waveform(44100, [.. Enumerable.Range(0, channels).Select(_ => wave)]));
        return path;
    }

    public string Text(string name, string content)
    {
        string path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
