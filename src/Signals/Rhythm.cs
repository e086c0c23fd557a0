using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>How the onset curve of a sound is made (librosa.onset.onset_strength).</summary>
public sealed record OnsetOptions
{
    /// <summary>Samples per second, in hertz.</summary>
    public int SampleRate { get; init; } = 22_050;

    /// <summary>Length of the transform, in samples.</summary>
    public int FftSize { get; init; } = 2048;

    /// <summary>Samples between frames.</summary>
    public int HopSamples { get; init; } = 512;

    /// <summary>Mel bands that are compared.</summary>
    public int Bands { get; init; } = 128;

    /// <summary>Where the lowest band begins.</summary>
    public double LowHertz { get; init; }

    /// <summary>Null is half the sample rate.</summary>
    public double? HighHertz { get; init; }

    /// <summary>Frames between what is compared.</summary>
    public int Lag { get; init; } = 1;

    /// <summary>Bands over which the earlier frame's maximum is taken (SuperFlux), odd or even, 1 for none.</summary>
    public int MaximumBands { get; init; } = 1;

    /// <summary>The median over the bands rather than the mean.</summary>
    public bool Median { get; init; }

    /// <summary>Take out the slowly varying part.</summary>
    public bool Detrend { get; init; }
}

/// <summary>Onsets and tempo, as librosa defines them.</summary>
public static class Rhythm
{
    /// <summary>One value a frame: the rise of a mel spectrogram in decibels.</summary>
    public static float[] OnsetStrength(ReadOnlySpan<float> wave, OnsetOptions options, CancellationToken token = default)
    {
        var stft = new StftOptions { FftSize = options.FftSize, HopSamples = options.HopSamples, Padding = Padding.Zeros };
        var bank = new MelBankOptions
        {
            SampleRate = options.SampleRate,
            FftSize = options.FftSize,
            Bands = options.Bands,
            LowHertz = options.LowHertz,
            HighHertz = options.HighHertz,
        };
        return OnsetStrength(Decibels.FromPower(new MelSpectrogram(stft, bank).Run(wave, token)), options);
    }

    /// <summary>The same of a mel spectrogram in decibels, [bands, frames].</summary>
    public static float[] OnsetStrength(FeatureMap decibels, OnsetOptions options)
    {
        int lag = options.Lag, frames = decibels.Frames, shift = lag + (options.FftSize / (2 * options.HopSamples));
        if (lag < 1 || options.MaximumBands < 1)
        {
            throw new OptionsException($"[onset] A lag and a width of 1 or more are expected: found {lag} and {options.MaximumBands}.");
        }
        float[] strength = new float[frames], rises = new float[decibels.Rows];
        for (int t = lag; t < frames && t - lag + shift < frames; t++)
        {
            for (int band = 0; band < rises.Length; band++)
            {
                rises[band] = Math.Max(0, decibels[band, t] - Highest(decibels, band, t - lag, options.MaximumBands));
            }
            strength[t - lag + shift] = options.Median ? Statistics.Median(rises) : Reductions.Mean(rises);
        }
        if (options.Detrend)
        {
            double before = 0, state = 0;
            for (int t = 0; t < frames; t++)
            {
                (state, before) = (strength[t] - before + (0.99 * state), strength[t]);
                strength[t] = (float)state;
            }
        }
        return strength;
    }

    /// <summary>
    /// Local autocorrelation of an onset curve: [windowFrames lags, frames], each frame divided by its largest. The ends run out to zero in a
    /// straight line.
    /// </summary>
    public static FeatureMap Tempogram(ReadOnlySpan<float> strength, int windowFrames = 384)
    {
        if (windowFrames < 1 || strength.Length < 1)
        {
            throw new ShapeException($"[tempogram] A window and an onset curve of 1 or more frames are expected: found {windowFrames} and "
                + $"{strength.Length}.");
        }
        int pad = windowFrames / 2, frames = strength.Length;
        double[] curve = new double[frames + (2 * pad)], window = Windows.Create(WindowShape.Hann, windowFrames);
        for (int i = 0; i < curve.Length; i++)
        {
            int at = i - pad;
            curve[i] = at < 0 ? strength[0] * (double)i / pad : at >= frames ? strength[^1] * (double)(curve.Length - 1 - i) / pad : strength[at];
        }
        // Through a transform of twice the length, so that no lag wraps around.
        int size = 1;
        while (size < 2 * windowFrames)
        {
            size *= 2;
        }
        var fft = Fft.Of(size);
        double[] frame = new double[size], spectrum = new double[2 * fft.Bins];
        var map = new FeatureMap(windowFrames, frames);
        for (int t = 0; t < frames; t++)
        {
            Array.Clear(frame);
            for (int i = 0; i < windowFrames && t + i < curve.Length; i++)
            {
                frame[i] = curve[t + i] * window[i];
            }
            fft.ForwardReal(frame, spectrum);
            for (int k = 0; k < spectrum.Length; k += 2)
            {
                (spectrum[k], spectrum[k + 1]) = ((spectrum[k] * spectrum[k]) + (spectrum[k + 1] * spectrum[k + 1]), 0);
            }
            fft.InverseReal(spectrum, frame);
            double largest = 0;
            for (int lag = 0; lag < windowFrames; lag++)
            {
                largest = Math.Max(largest, Math.Abs(frame[lag]));
            }
            for (int lag = 0; lag < windowFrames; lag++)
            {
                map[lag, t] = (float)(largest > 1.17549435e-38 ? frame[lag] / largest : frame[lag]);
            }
        }
        return map;
    }

    /// <summary>Beats a minute of each lag of a tempogram; lag 0 is infinite.</summary>
    public static double[] TempoOfLags(int lags, int sampleRate, int hopSamples) =>
        [.. Enumerable.Range(0, lags).Select(lag => lag == 0 ? double.PositiveInfinity : 60.0 * sampleRate / ((double)hopSamples * lag))];

    /// <summary>
    /// The tempo in beats a minute, from the mean over time of the tempogram (librosa.feature.tempo): the lag of the largest
    /// ln(1 + 1e6 x) with a normal prior over log2 of the tempo.
    /// </summary>
    public static double Tempo(ReadOnlySpan<float> strength, int sampleRate, int hopSamples, double startTempo = 120, double spread = 1,
        double windowSeconds = 8, double? maximum = 320) =>
        Tempo(Tempogram(strength, TempoWindow(windowSeconds, sampleRate, hopSamples)).Means(), sampleRate, hopSamples, startTempo, spread, maximum);

    /// <summary>The same, frame by frame.</summary>
    public static double[] Tempos(ReadOnlySpan<float> strength, int sampleRate, int hopSamples, double startTempo = 120, double spread = 1,
        double windowSeconds = 8, double? maximum = 320)
    {
        FeatureMap tempogram = Tempogram(strength, TempoWindow(windowSeconds, sampleRate, hopSamples));
        return [.. Enumerable.Range(0, tempogram.Frames).Select(t => Tempo(tempogram.Frame(t), sampleRate, hopSamples, startTempo, spread, maximum))];
    }

    /// <summary>Frames of so many seconds, rounded down.</summary>
    public static int TempoWindow(double seconds, int sampleRate, int hopSamples) => Math.Max(2, (int)(seconds * sampleRate) / hopSamples);

    private static double Tempo(float[] strengths, int sampleRate, int hopSamples, double startTempo, double spread, double? maximum)
    {
        double[] tempos = TempoOfLags(strengths.Length, sampleRate, hopSamples);
        double best = double.NegativeInfinity, tempo = tempos[^1];
        for (int lag = 1; lag < tempos.Length; lag++)
        {
            double away = (DoubleFunctions.Log2(tempos[lag]) - DoubleFunctions.Log2(startTempo)) / spread;
            double score = DoubleFunctions.Log1p(1e6 * strengths[lag]) - (0.5 * away * away);
            if (tempos[lag] < (maximum ?? double.PositiveInfinity) && score > best)
            {
                (best, tempo) = (score, tempos[lag]);
            }
        }
        return tempo;
    }

    /// <summary>
    /// The largest of so many bands around one; an even width reaches one further down, and the ends mirror, which adds nothing to a maximum.
    /// </summary>
    private static float Highest(FeatureMap map, int band, int frame, int width)
    {
        int low = Math.Max(0, band - (width / 2)), high = Math.Min(map.Rows - 1, band + ((width - 1) / 2));
        float highest = map[low, frame];
        for (int b = low + 1; b <= high; b++)
        {
            highest = Math.Max(highest, map[b, frame]);
        }
        return highest;
    }
}
