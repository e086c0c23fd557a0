namespace Euterpe.Signals.Tests;

/// <summary>Deterministic test sounds from an integer hash: no library's random numbers, no transcendental functions.</summary>
internal static class Sounds
{
    /// <summary>Uniform in -1..1, on a grid of 2^-23.</summary>
    public static float At(long index, uint seed = 1)
    {
        ulong x = (ulong)index + (seed * 0x9E3779B97F4A7C15UL);
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return (((x ^ (x >> 31)) >> 40) / 8388608f) - 1f;
    }

    public static float[] Noise(int count, uint seed = 1)
    {
        float[] samples = new float[count];
        for (int i = 0; i < count; i++)
        {
            samples[i] = At(i, seed);
        }
        return samples;
    }

    /// <summary>Values that a PCM of so many bits holds exactly.</summary>
    public static Waveform OnGrid(int rate, int channels, int length, int bits)
    {
        double scale = 1L << (bits - 1);
        return new Waveform(rate, [.. Enumerable.Range(0, channels).Select(c =>
            Noise(length, (uint)c + 7).Select(x => (float)(Math.Floor(x * scale) / scale)).ToArray())]);
    }

    /// <summary>A whole number from 0 to below count.</summary>
    public static int Pick(long index, int count, uint seed) => Math.Min(count - 1, (int)((At(index, seed) + 1) / 2 * count));
}
