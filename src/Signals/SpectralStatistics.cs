using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>One number a frame about the shape of a magnitude spectrogram, as librosa defines them. Silent frames give 0.</summary>
public static class SpectralStatistics
{
    /// <summary>The mean frequency in hertz, weighted by magnitude.</summary>
    public static float[] Centroid(FeatureMap magnitude, int sampleRate, int fftSize) => Each(magnitude, s => (float)Centre(s, sampleRate, fftSize));

    /// <summary>The p-th root of the weighted mean of |f - centroid|^p, in hertz.</summary>
    public static float[] Bandwidth(FeatureMap magnitude, int sampleRate, int fftSize, double p = 2) => Each(magnitude, s =>
    {
        double centre = Centre(s, sampleRate, fftSize), sum = 0, total = 0;
        for (int k = 0; k < s.Length; k++)
        {
            double away = Math.Abs(((double)sampleRate * k / fftSize) - centre);
            sum += s[k] * (p == 2 ? away * away : DoubleFunctions.Pow(away, p));
            total += s[k];
        }
        return total > 0 ? (float)(p == 2 ? Math.Sqrt(sum / total) : DoubleFunctions.Pow(sum / total, 1 / p)) : 0;
    });

    /// <summary>The frequency, in hertz, at or below which so much of the magnitude lies.</summary>
    public static float[] RollOff(FeatureMap magnitude, int sampleRate, int fftSize, double share = 0.85) => Each(magnitude, s =>
    {
        double total = 0, sum = 0;
        foreach (float value in s)
        {
            total += value;
        }
        for (int k = 0; k < s.Length; k++)
        {
            sum += s[k];
            if (sum >= share * total)
            {
                return (float)((double)sampleRate * k / fftSize);
            }
        }
        return 0;
    });

    /// <summary>Geometric by arithmetic mean of max(floor, magnitude^power): 1 for noise, near 0 for tones.</summary>
    public static float[] Flatness(FeatureMap magnitude, double power = 2, double floor = 1e-10) => Each(magnitude, s =>
    {
        double logs = 0, sum = 0;
        foreach (float value in s)
        {
            double x = Math.Max(floor, power == 2 ? (double)value * value : DoubleFunctions.Pow(value, power));
            (logs, sum) = (logs + DoubleFunctions.Log(x), sum + x);
        }
        return (float)(DoubleFunctions.Exp(logs / s.Length) / (sum / s.Length));
    });

    /// <summary>
    /// Peaks over valleys in octave bands: [bands + 1, frames], in decibels (each side limited to 80 dB below its own maximum) or, linear, as a
    /// difference. The lowest row is what lies below lowHertz.
    /// </summary>
    public static FeatureMap Contrast(FeatureMap magnitude, int sampleRate, int fftSize, int bands = 6, double lowHertz = 200, double quantile = 0.02,
        bool linear = false)
    {
        if (bands < 1 || !(lowHertz > 0) || !(quantile > 0 && quantile < 1) || lowHertz * (1L << Math.Min(bands - 1, 40)) >= sampleRate / 2.0)
        {
            throw new OptionsException($"[contrast] Bands from {lowHertz} Hz, {bands} octaves up, do not lie below half of {sampleRate} Hz "
                + $"(quantile {quantile}).");
        }
        FeatureMap peak = new(bands + 1, magnitude.Frames), valley = new(bands + 1, magnitude.Frames);
        for (int band = 0; band <= bands; band++)
        {
            double low = band == 0 ? 0 : lowHertz * (1L << (band - 1)), high = lowHertz * (1L << band);
            int first = magnitude.Rows, last = -1;
            for (int k = 0; k < magnitude.Rows; k++)
            {
                double hertz = (double)sampleRate * k / fftSize;
                if (hertz >= low && hertz <= high)
                {
                    (first, last) = (Math.Min(first, k), k);
                }
            }
            // Upstream's oddities: a band begins one bin early, the top one goes to the end, the others lose their last bin.
            first = band > 0 ? Math.Max(0, first - 1) : first;
            last = band == bands ? magnitude.Rows - 1 : last;
            int count = last - first + 1, kept = band < bands ? count - 1 : count;
            int few = Math.Min(kept, (int)Math.Max(1, Math.Round(quantile * count, MidpointRounding.ToEven)));
            if (kept < 1)
            {
                throw new OptionsException($"[contrast] No bin lies between {low} and {high} Hz. Hint: a longer transform.");
            }
            for (int t = 0; t < magnitude.Frames; t++)
            {
                float[] sorted = [.. Enumerable.Range(first, kept).Select(k => magnitude[k, t])];
                Array.Sort(sorted);
                valley[band, t] = Reductions.Mean(sorted.AsSpan(0, few));
                peak[band, t] = Reductions.Mean(sorted.AsSpan(kept - few));
            }
        }
        (peak, valley) = linear ? (peak, valley) : (Decibels.FromPower(peak), Decibels.FromPower(valley));
        Elementwise.Subtract(peak.Values, valley.Values, peak.Values);
        return peak;
    }

    /// <summary>Slope and offset [2, frames] of the straight line through a frame's magnitudes over hertz (poly_features, order 1).</summary>
    public static FeatureMap Line(FeatureMap magnitude, int sampleRate, int fftSize)
    {
        var lines = new FeatureMap(2, magnitude.Frames);
        double middle = (magnitude.Rows - 1) / 2.0, step = (double)sampleRate / fftSize;
        double squares = (magnitude.Rows - 1.0) * magnitude.Rows * (magnitude.Rows + 1) / 12;
        for (int t = 0; t < magnitude.Frames; t++)
        {
            double sum = 0, moment = 0;
            for (int k = 0; k < magnitude.Rows; k++)
            {
                (sum, moment) = (sum + magnitude[k, t], moment + ((k - middle) * magnitude[k, t]));
            }
            double slope = squares > 0 ? moment / squares / step : 0;
            (lines[0, t], lines[1, t]) = ((float)slope, (float)((sum / magnitude.Rows) - (slope * middle * step)));
        }
        return lines;
    }

    /// <summary>Root mean square of each frame's sound, from its magnitudes: DC and, for an even transform, Nyquist count half.</summary>
    public static float[] RootMeanSquare(FeatureMap magnitude, int fftSize) => Each(magnitude, s =>
    {
        double sum = 0;
        for (int k = 0; k < s.Length; k++)
        {
            double square = (double)s[k] * s[k];
            sum += k == 0 || (k == s.Length - 1 && fftSize % 2 == 0) ? square / 2 : square;
        }
        return (float)Math.Sqrt(2 * sum / ((double)fftSize * fftSize));
    });

    private static double Centre(float[] s, int sampleRate, int fftSize)
    {
        double sum = 0, total = 0;
        for (int k = 0; k < s.Length; k++)
        {
            (sum, total) = (sum + ((double)sampleRate * k / fftSize * s[k]), total + s[k]);
        }
        return total > 0 ? sum / total : 0;
    }

    private static float[] Each(FeatureMap map, Func<float[], float> of) => [.. Enumerable.Range(0, map.Frames).Select(t => of(map.Frame(t)))];
}
