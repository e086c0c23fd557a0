using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Tensors;

namespace Euterpe.Models.Muq;

/// <summary>
/// From samples at 24 kHz to the mel in dB that the stem and Mel-RVQ take: torchaudio's MelSpectrogram (2,048 samples, HTK, no norm) and
/// AmplitudeToDB without a limit, the last frame dropped.
/// </summary>
internal sealed class MuqFrontEnd
{
    /// <summary>Hand-kept: it changes when the bits from samples to features do.</summary>
    public const int Revision = 2;

    // Frames are centred and the sound is mirrored at its ends: it must be longer than half a frame.
    private const int Shortest = 1025;

    private readonly MelSpectrogram mel;
    private readonly MuqConfig config;

    public MuqFrontEnd(MuqConfig config)
    {
        this.config = config;
        var stft = new StftOptions { FftSize = 2048, HopSamples = config.HopLength, SinglePrecision = true };
        var bank = new MelBankOptions
        {
            SampleRate = MuqConfig.SampleRate,
            FftSize = 2048,
            Bands = MuqConfig.Bands,
            Scale = MelScale.Htk,
            Norm = BandNorm.None,
            SinglePrecision = true,
        };
        mel = new MelSpectrogram(stft, bank, 2, LogScale.PowerDecibels());
    }

    /// <summary>How many mel frames so many samples give.</summary>
    public int Frames(int samples) => samples / config.HopLength;

    /// <summary>Decibels, [bands, frames]. A sound of fewer than 1,025 samples, which upstream cannot hear, is followed by silence.</summary>
    public FeatureMap Decibels(ReadOnlySpan<float> wave, CancellationToken token = default)
    {
        int frames = Frames(wave.Length);
        if (frames == 0)
            throw new ShapeException($"[muq] A sound has {config.HopLength} samples or more: found {wave.Length}.");
        if (wave.Length < Shortest)
        {
            var filled = new float[Shortest];
            wave.CopyTo(filled);
            wave = filled;
        }

        FeatureMap map = mel.Run(wave, token);
        var kept = new FeatureMap(map.Rows, frames);
        for (int band = 0; band < map.Rows; band++)
            map.Row(band)[..frames].CopyTo(kept.Row(band));
        return kept;
    }

    /// <summary>Decibels less the mean, over the deviation of the training set: [frames, bands].</summary>
    public Tensor Features(Workspace w, ReadOnlySpan<float> wave)
    {
        FeatureMap map = Decibels(wave, w.Token);
        Tensor features = w.Allocate(map.Frames, map.Rows);
        float mean = (float)config.Mean, deviation = (float)config.Deviation;
        Span<float> to = features.Span;
        for (int band = 0; band < map.Rows; band++)
        {
            ReadOnlySpan<float> row = map.Row(band);
            for (int t = 0; t < row.Length; t++)
                to[(t * map.Rows) + band] = (row[t] - mean) / deviation;
        }

        return features;
    }
}
