using System.Globalization;

namespace Euterpe.Models.MuqMulan;

/// <summary>
/// Upstream's clips: they follow each other without overlap; the last one, if the sound ends within it, is filled up with the start of the sound,
/// once. So a sound shorter than half a clip gives a clip of twice its length, and every other clip is whole.
/// </summary>
internal sealed class MulanClips(int samples)
{
    // Both grow with what comes: a configuration that speaks of hours costs nothing.
    private readonly List<float> start = [];
    private readonly List<float> current = [];
    private long total;

    /// <summary>What the network hears of a sound from sample <paramref name="Start"/> on, and how many of the sound's samples it covers.</summary>
    internal readonly record struct Clip(long Start, int Covered, float[] Samples);

    public static string Rule(int seconds) => string.Create(CultureInfo.InvariantCulture,
        $"clips of {seconds} s without overlap, the last filled up with the start of the sound once, normalized mean");

    /// <summary>All clips of a whole sound.</summary>
    public static List<Clip> Of(ReadOnlySpan<float> wave, int samples)
    {
        var clips = new List<Clip>();
        var cutter = new MulanClips(samples);
        while (wave.Length > 0)
        {
            wave = wave[cutter.Add(wave, out Clip? clip)..];
            if (clip is not null)
                clips.Add(clip.Value);
        }

        if (cutter.Finish() is { } last)
            clips.Add(last);
        return clips;
    }

    /// <summary>Takes samples until they are used up or a clip is full.</summary>
    /// <returns>How many samples were taken.</returns>
    public int Add(ReadOnlySpan<float> block, out Clip? clip)
    {
        int taken = Math.Min(block.Length, samples - current.Count);
        current.AddRange(block[..taken]);
        if (total < samples)
            start.AddRange(block[..taken]);
        total += taken;
        clip = null;
        if (current.Count == samples)
        {
            clip = new Clip(total - samples, samples, [.. current]);
            current.Clear();
        }

        return taken;
    }

    /// <summary>The last clip, if there is one more.</summary>
    public Clip? Finish()
    {
        if (current.Count == 0)
            return null;
        return new Clip(total - current.Count, current.Count, [.. current, .. start.Take(samples - current.Count)]);
    }
}
