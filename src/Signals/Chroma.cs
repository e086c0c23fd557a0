using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>A bank that folds the bins of a transform into pitch classes.</summary>
public sealed record ChromaOptions
{
    /// <summary>Samples per second, in hertz.</summary>
    public int SampleRate { get; init; } = 22_050;

    /// <summary>Length of the transform; its bins are 0 to FftSize / 2.</summary>
    public int FftSize { get; init; } = 2048;

    /// <summary>Classes an octave: 12, or a multiple for finer ones.</summary>
    public int Classes { get; init; } = 12;

    /// <summary>How far the sound is tuned from A = 440 Hz, in parts of a class.</summary>
    public double Tuning { get; init; }

    /// <summary>Centre of the weighting over octaves, in octaves above A0.</summary>
    public double CentreOctave { get; init; } = 5;

    /// <summary>Its half width in octaves; null weighs all alike.</summary>
    public double? OctaveWidth { get; init; } = 2;

    /// <summary>The first class is C, else A.</summary>
    public bool StartsAtC { get; init; } = true;
}

/// <summary>The bank itself, as a matrix.</summary>
public static class ChromaBank
{
    /// <summary>[classes, FftSize / 2 + 1] in double precision (librosa.filters.chroma, transformers' chroma_filter_bank).</summary>
    public static double[] Weights(ChromaOptions options)
    {
        int n = options.FftSize, classes = options.Classes, bins = (n / 2) + 1;
        if (n < 2 || classes < 1 || options.SampleRate < 1)
        {
            throw new OptionsException($"[chroma] A rate and classes of 1 or more and a transform of 2 or more are expected: found "
                + $"{options.SampleRate} Hz, "
                + $"{classes} classes, {n}.");
        }
        double[] place = new double[n];
        for (int k = 1; k < n; k++)
        {
            place[k] = classes * Pitch.Octaves((double)options.SampleRate * k / n, options.Tuning, classes);
        }
        place[0] = place[1] - (1.5 * classes);
        int half = (int)Math.Round(classes / 2.0, MidpointRounding.ToEven), roll = options.StartsAtC ? 3 * (classes / 12) : 0;
        double[] weights = new double[classes * bins], column = new double[classes];
        for (int k = 0; k < bins; k++)
        {
            double width = k < n - 1 ? Math.Max(place[k + 1] - place[k], 1) : 1;
            for (int c = 0; c < classes; c++)
            {
                double distance = place[k] - c + half + (10 * classes);
                distance = distance - (classes * Math.Floor(distance / classes)) - half;
                double scaled = 2 * distance / width;
                column[c] = DoubleFunctions.Exp(-0.5 * scaled * scaled);
            }
            double norm = Math.Sqrt(Reductions.SumOfSquares(column)), octave = 1;
            if (options.OctaveWidth is double octaves)
            {
                double away = ((place[k] / classes) - options.CentreOctave) / octaves;
                octave = DoubleFunctions.Exp(-0.5 * away * away);
            }
            for (int c = 0; c < classes; c++)
            {
                weights[((c - roll + classes) % classes * bins) + k] = column[c] / norm * octave;
            }
        }
        return weights;
    }
}

/// <summary>Pitch classes over time, and how the sound is tuned.</summary>
public static class Chroma
{
    /// <summary>
    /// [classes, frames] of a power spectrogram; a null Tuning in the call is estimated from it, on a grid of 0.01 (librosa.feature.chroma_stft).
    /// </summary>
    public static FeatureMap Of(FeatureMap power, ChromaOptions options, bool estimateTuning = true, BandNorm norm = BandNorm.Max)
    {
        if (power.Rows != (options.FftSize / 2) + 1)
        {
            throw new ShapeException($"[chroma] The bank takes {(options.FftSize / 2) + 1} bins, the spectrogram has {power.Rows}.");
        }
        options = estimateTuning ? options with { Tuning = Tuning.Estimate(power, options.SampleRate, options.FftSize, options.Classes) } : options;
        float[] bank = [.. ChromaBank.Weights(options).Select(w => (float)w)];
        var chroma = new FeatureMap(options.Classes, power.Frames);
        for (int c = 0; c < options.Classes; c++)
        {
            for (int k = 0; k < power.Rows; k++)
            {
                Elementwise.Axpy(bank[(c * power.Rows) + k], power.Row(k), chroma.Row(c));
            }
        }
        return Normalized(chroma, norm);
    }

    /// <summary>Each frame divided by its norm, where that is not tiny; in place.</summary>
    public static FeatureMap Normalized(FeatureMap map, BandNorm norm)
    {
        for (int t = 0; t < map.Frames && norm != BandNorm.None; t++)
        {
            float[] frame = map.Frame(t);
            float divisor = norm switch
            {
                BandNorm.Max => Reductions.MaxAbs(frame),
                BandNorm.L1 => Reductions.Sum([.. frame.Select(Math.Abs)]),
                BandNorm.L2 => MathF.Sqrt(Reductions.SumOfSquares(frame)),
                _ => throw new OptionsException($"[chroma] The norm {norm} is not one of a frame."),
            };
            for (int row = 0; row < map.Rows && divisor > 1.17549435e-38f; row++)
            {
                map[row, t] /= divisor;
            }
        }
        return map;
    }

    /// <summary>Six tonal centroids (fifths, minor thirds, major thirds) of chroma with 12 classes or a multiple (librosa.feature.tonnetz).</summary>
    public static FeatureMap Tonnetz(FeatureMap chroma)
    {
        FeatureMap share = Normalized(new FeatureMap(chroma.Rows, chroma.Frames, [.. chroma.Values]), BandNorm.L1);
        var tonnetz = new FeatureMap(6, chroma.Frames);
        ReadOnlySpan<double> scale = [7.0 / 6, 7.0 / 6, 3.0 / 2, 3.0 / 2, 2.0 / 3, 2.0 / 3];
        for (int row = 0; row < 6; row++)
        {
            for (int t = 0; t < share.Frames; t++)
            {
                double sum = 0;
                for (int c = 0; c < share.Rows; c++)
                {
                    double angle = (scale[row] * 12 * c / share.Rows) - (row % 2 == 0 ? 0.5 : 0);
                    sum += DoubleFunctions.Cos(Math.PI * angle) * share[c, t];
                }
                tonnetz[row, t] = (float)(sum * (row < 4 ? 1 : 0.5));
            }
        }
        return tonnetz;
    }
}

/// <summary>How far a sound is tuned from A = 440 Hz.</summary>
public static class Tuning
{
    /// <summary>
    /// In parts of a step, on a grid of resolution from -0.5 on: the fullest bin of the histogram of peaks (150 Hz to 4 kHz, a tenth of their frame's
    /// maximum or more, of median strength or more). librosa.estimate_tuning.
    /// </summary>
    public static double Estimate(FeatureMap spectrum, int sampleRate, int fftSize, int stepsPerOctave = 12, double resolution = 0.01)
    {
        var peaks = new List<(double Hertz, float Strength)>();
        int bins = spectrum.Rows;
        for (int t = 0; t < spectrum.Frames; t++)
        {
            float[] s = spectrum.Frame(t);
            float least = 0.1f * Reductions.Max(s);
            for (int k = 1; k < bins - 1; k++)
            {
                double hertz = (double)sampleRate * k / fftSize;
                if (hertz < 150 || hertz >= Math.Min(4000, sampleRate / 2.0) || !(s[k] > least))
                {
                    continue;
                }
                float below = s[k - 1] > least ? s[k - 1] : 0, above = s[k + 1] > least ? s[k + 1] : 0;
                if (s[k] > below && s[k] >= above)
                {
                    float a = s[k + 1] + s[k - 1] - (2 * s[k]), b = (s[k + 1] - s[k - 1]) / 2;
                    float shift = Math.Abs(b) >= Math.Abs(a) ? 0 : -b / a;
                    peaks.Add(((k + shift) * (double)sampleRate / fftSize, s[k] + (0.5f * b * shift)));
                }
            }
        }
        float median = Statistics.Median([.. peaks.Select(peak => peak.Strength)]);
        int steps = (int)Math.Ceiling(1 / resolution);
        int[] counts = new int[steps];
        foreach ((double hertz, float strength) in peaks.Where(peak => peak.Hertz > 0 && peak.Strength >= median))
        {
            double place = stepsPerOctave * Pitch.Octaves(hertz), rest = place - Math.Floor(place);
            rest -= rest >= 0.5 ? 1 : 0;
            counts[Math.Clamp((int)Math.Floor((rest + 0.5) * steps), 0, steps - 1)]++;
        }
        int fullest = Array.IndexOf(counts, counts.Max());
        return peaks.Count == 0 ? 0 : -0.5 + ((double)fullest / steps);
    }
}

/// <summary>Order statistics.</summary>
public static class Statistics
{
    /// <summary>The middle value, or the mean of the two middle ones; 0 of nothing.</summary>
    public static float Median(ReadOnlySpan<float> values)
    {
        float[] sorted = values.ToArray();
        Array.Sort(sorted);
        int n = sorted.Length;
        return n == 0 ? 0 : n % 2 == 1 ? sorted[n / 2] : (sorted[(n / 2) - 1] + sorted[n / 2]) / 2;
    }

    /// <summary>The value below which so much (0 to 1) of the others lie, straight between neighbours (numpy's default).</summary>
    public static float Quantile(ReadOnlySpan<float> values, double share)
    {
        if (values.Length == 0 || !(share >= 0 && share <= 1))
        {
            throw new ArgumentException($"[quantile] One or more values and a share of 0 to 1 are expected: found {values.Length} and {share}.");
        }
        float[] sorted = values.ToArray();
        Array.Sort(sorted);
        double place = share * (sorted.Length - 1);
        int left = (int)place;
        return left + 1 >= sorted.Length ? sorted[^1] : (float)(sorted[left] + ((place - left) * ((double)sorted[left + 1] - sorted[left])));
    }
}
