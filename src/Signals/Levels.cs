using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>Frames of the sound itself: level, crossings of zero, silence; as librosa defines them.</summary>
public static class Levels
{
    /// <summary>Root mean square of frames centred at multiples of the hop, with silence beyond the ends.</summary>
    public static float[] RootMeanSquare(ReadOnlySpan<float> wave, int frameLength = 2048, int hopSamples = 512)
    {
        int frames = Frames(wave.Length, frameLength, hopSamples);
        float[] levels = new float[frames];
        for (int t = 0; t < frames; t++)
        {
            int from = (t * hopSamples) - (frameLength / 2), to = Math.Min(wave.Length, from + frameLength);
            from = Math.Max(0, from);
            double sum = 0;
            for (int i = from; i < to; i++)
            {
                sum += (double)wave[i] * wave[i];
            }
            levels[t] = (float)Math.Sqrt(sum / frameLength);
        }
        return levels;
    }

    /// <summary>
    /// The share of samples whose sign is not that of the sample before; magnitudes up to 1e-10 count as positive. The ends are repeated.
    /// </summary>
    public static float[] ZeroCrossingRate(ReadOnlySpan<float> wave, int frameLength = 2048, int hopSamples = 512)
    {
        int frames = Frames(wave.Length, frameLength, hopSamples);
        float[] rates = new float[frames];
        for (int t = 0; t < frames; t++)
        {
            int from = (t * hopSamples) - (frameLength / 2), crossings = 0;
            for (int i = from + 1; i < from + frameLength; i++)
            {
                crossings += Negative(wave[Math.Clamp(i, 0, wave.Length - 1)]) != Negative(wave[Math.Clamp(i - 1, 0, wave.Length - 1)]) ? 1 : 0;
            }
            rates[t] = (float)((double)crossings / frameLength);
        }
        return rates;
    }

    /// <summary>Intervals [start, end) in samples that are louder than so many decibels below the loudest frame (librosa.effects.split).</summary>
    public static (int Start, int End)[] Split(ReadOnlySpan<float> wave, double topDecibels = 60, int frameLength = 2048, int hopSamples = 512)
    {
        bool[] loud = Loud(wave, topDecibels, frameLength, hopSamples);
        var intervals = new List<(int, int)>();
        for (int t = 0; t < loud.Length; t++)
        {
            int start = t;
            while (t < loud.Length && loud[t])
            {
                t++;
            }
            if (t > start)
            {
                intervals.Add((Math.Min(start * hopSamples, wave.Length), Math.Min(t * hopSamples, wave.Length)));
            }
        }
        return [.. intervals];
    }

    /// <summary>From the first to the last loud frame; (0, 0) where all is silence (librosa.effects.trim).</summary>
    public static (int Start, int End) Trim(ReadOnlySpan<float> wave, double topDecibels = 60, int frameLength = 2048, int hopSamples = 512)
    {
        bool[] loud = Loud(wave, topDecibels, frameLength, hopSamples);
        int first = Array.IndexOf(loud, true), last = Array.LastIndexOf(loud, true);
        return first < 0 ? (0, 0) : (first * hopSamples, Math.Min(wave.Length, (last + 1) * hopSamples));
    }

    /// <summary>y[i] = x[i] - c x[i - 1]; before the first sample lies 2 x[0] - x[1], added as it is (librosa's initial state).</summary>
    public static float[] Preemphasis(ReadOnlySpan<float> wave, double coefficient = 0.97)
    {
        float[] result = new float[wave.Length];
        for (int i = 0; i < wave.Length; i++)
        {
            double before = i > 0 ? -coefficient * wave[i - 1] : (2.0 * wave[0]) - (wave.Length > 1 ? wave[1] : wave[0]);
            result[i] = (float)(wave[i] + before);
        }
        return result;
    }

    /// <summary>What <see cref="Preemphasis"/> undoes.</summary>
    public static float[] Deemphasis(ReadOnlySpan<float> wave, double coefficient = 0.97)
    {
        float[] result = new float[wave.Length];
        double state = 0, extra = wave.Length > 1 ? (((2 - coefficient) * wave[0]) - wave[1]) / (3 - coefficient) : 0;
        for (int i = 0; i < wave.Length; i++, extra *= coefficient)
        {
            state = wave[i] + (coefficient * state);
            result[i] = (float)(state - extra);
        }
        return result;
    }

    /// <summary>sign(x) ln(1 + mu |x|) / ln(1 + mu).</summary>
    public static float[] MuCompress(ReadOnlySpan<float> wave, double mu = 255)
    {
        float[] result = new float[wave.Length];
        double full = DoubleFunctions.Log1p(mu);
        for (int i = 0; i < wave.Length; i++)
        {
            result[i] = (float)(Math.Sign(wave[i]) * DoubleFunctions.Log1p(mu * Math.Abs((double)wave[i])) / full);
        }
        return result;
    }

    /// <summary>
    /// The level, -(mu + 1) / 2 to (mu + 1) / 2 - 1, whose upper edge on an even grid over -1..1 is the first not below the compressed value.
    /// </summary>
    public static int[] MuLevels(ReadOnlySpan<float> wave, int mu = 255)
    {
        float[] compressed = MuCompress(wave, mu);
        int[] levels = new int[wave.Length];
        for (int i = 0; i < levels.Length; i++)
        {
            int edge = Math.Clamp((int)Math.Ceiling((compressed[i] + 1.0) * mu / 2), 0, mu + 1);
            while (edge > 0 && -1 + (2.0 / mu * (edge - 1)) >= compressed[i])
            {
                edge--;
            }
            while (edge <= mu && -1 + (2.0 / mu * edge) < compressed[i])
            {
                edge++;
            }
            levels[i] = edge - ((mu + 1) / 2);
        }
        return levels;
    }

    private static bool[] Loud(ReadOnlySpan<float> wave, double topDecibels, int frameLength, int hopSamples)
    {
        float[] levels = RootMeanSquare(wave, frameLength, hopSamples);
        float largest = Reductions.Max(levels);
        LogScale decibels = LogScale.AmplitudeDecibels(largest);
        decibels.Apply(levels, levels);
        return [.. levels.Select(level => level > -topDecibels)];
    }

    private static bool Negative(float x) => x < -1e-10f;

    private static int Frames(int samples, int frameLength, int hopSamples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(frameLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hopSamples);
        int padded = samples + (2 * (frameLength / 2));
        return samples < 1 || padded < frameLength
            ? throw new ShapeException($"[levels] A frame spans {frameLength} samples, the sound has {samples}.")
            : 1 + ((padded - frameLength) / hopSamples);
    }
}
