using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>
/// The short-time Fourier transform of librosa, torch and transformers, and back. Each frame is a function of its own samples alone, so a sound gives
/// the same bits whole and in blocks.
/// </summary>
public sealed class Stft
{
    private readonly FrameSequence _frames;

    /// <summary>Plans the transform. Impossible options are an <see cref="OptionsException"/>.</summary>
    public Stft(StftOptions options)
    {
        Options = options;
        _frames = new FrameSequence(options);
    }

    /// <summary>What it was made from.</summary>
    public StftOptions Options { get; }

    /// <summary>Rows of the result, FftSize / 2 + 1.</summary>
    public int Bins => (Options.FftSize / 2) + 1;

    /// <summary>Frames of a sound of so many samples.</summary>
    public int Frames(int samples) => checked((int)_frames.Count(samples));

    /// <summary>re² + im² of each bin.</summary>
    public FeatureMap Power(ReadOnlySpan<float> wave, CancellationToken token = default) => Run(wave, FrameOutput.Power, token);

    /// <summary>The root of re² + im² of each bin, [bins, frames].</summary>
    public FeatureMap Magnitude(ReadOnlySpan<float> wave, CancellationToken token = default) => Run(wave, FrameOutput.Magnitude, token);

    /// <summary>[bins, frames, 2], real and imaginary parts in turn.</summary>
    public float[] Complex(ReadOnlySpan<float> wave, CancellationToken token = default)
    {
        FeatureMap rows = Run(wave, FrameOutput.Complex, token);
        float[] pairs = new float[rows.Values.Length];
        for (int row = 0; row < rows.Rows; row++)
        {
            ReadOnlySpan<float> line = rows.Row(row);
            for (int t = 0; t < line.Length; t++)
            {
                pairs[(2 * ((row / 2 * rows.Frames) + t)) + (row % 2)] = line[t];
            }
        }
        return pairs;
    }

    /// <summary>
    /// The sound of a spectrogram [bins, frames, 2]: windowed inverse frames, overlapped and added, divided by the summed squared window where that
    /// is not tiny. Without a length, what follows the last whole hop is left out, as upstream does.
    /// </summary>
    public float[] Inverse(ReadOnlySpan<float> spectrum, int frames, int? length = null)
    {
        int n = Options.FftSize, hop = Options.HopSamples, pad = Options.PadSamples;
        if (spectrum.Length != 2L * Bins * frames || frames < 1 || Options.Place != WindowPlace.Centre)
        {
            throw new ShapeException($"[istft] {Bins} bins of one or more frames with a centred window are expected, found {spectrum.Length} "
                + $"numbers.");
        }
        var fft = Fft.Of(n);
        double[] window = Windows.Centred(Windows.Of(Options), n);
        double scale = Options.Scale switch
        {
            SpectrumScale.Window => Math.Sqrt(Reductions.SumOfSquares(window)),
            SpectrumScale.FrameLength => Math.Sqrt(n),
            _ => 1,
        };
        double[] sum = new double[n + ((long)hop * (frames - 1))], weight = new double[sum.Length], frame = new double[2 * Bins],
            time = new double[n];
        for (int t = 0; t < frames; t++)
        {
            for (int k = 0; k < Bins; k++)
            {
                int at = 2 * ((k * frames) + t);
                (frame[2 * k], frame[(2 * k) + 1]) = (spectrum[at] * scale, spectrum[at + 1] * scale);
            }
            fft.InverseReal(frame, time);
            for (int i = 0; i < n; i++)
            {
                sum[(t * hop) + i] += time[i] * window[i];
                weight[(t * hop) + i] += window[i] * window[i];
            }
        }
        float[] wave = new float[length ?? Math.Max(0, sum.Length - (2 * pad))];
        for (int i = 0; i < wave.Length && pad + i < sum.Length; i++)
        {
            double w = weight[pad + i];
            wave[i] = (float)(w > 1.1754943508222875e-38 ? sum[pad + i] / w : sum[pad + i]);
        }
        return wave;
    }

    private FeatureMap Run(ReadOnlySpan<float> wave, FrameOutput output, CancellationToken token)
    {
        FrameTransform transform = _frames.Transform;
        int frames = Frames(wave.Length), rows = transform.Rows(output);
        if (frames == 0)
        {
            throw new ShapeException($"[stft] A frame spans {Options.FrameLength} samples, the sound has {wave.Length}. Hint: pad it.");
        }
        var map = new FeatureMap(rows, frames);
        float[] result = new float[rows * FrameTransform.Lanes], edge = [];
        FrameScratch scratch = transform.CreateScratch();
        for (int t = 0; t < frames; t += FrameTransform.Lanes)
        {
            token.ThrowIfCancellationRequested();
            int count = Math.Min(FrameTransform.Lanes, frames - t);
            transform.Run(_frames.Samples(wave, 0, wave.Length, t, count, ref edge), Options.HopSamples, count, output, result, scratch);
            for (int row = 0; row < rows; row++)
            {
                result.AsSpan(row * FrameTransform.Lanes, count).CopyTo(map.Row(row)[t..]);
            }
        }
        return map;
    }
}
