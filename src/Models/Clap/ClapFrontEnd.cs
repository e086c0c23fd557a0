using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Tensors;

namespace Euterpe.Models.Clap;

/// <summary>
/// From samples to what the audio tower takes: log-mel in dB of one window, or (fusion) of a whole long sound, shrunk, beside three crops of it.
/// Follows transformers'
/// models/clap/feature_extraction_clap.py. Deviation: where upstream draws at random, the caller says which crops, or gives a seed.
/// </summary>
internal sealed class ClapFrontEnd
{
    private readonly MelSpectrogram mel;

    public ClapFrontEnd(ClapPreprocessor config)
    {
        Config = config;
        var bank = new MelBankOptions
        {
            SampleRate = config.SamplingRate,
            FftSize = config.FftWindowSize,
            Bands = config.FeatureSize,
            LowHertz = config.FrequencyMin,
            HighHertz = config.FrequencyMax,
            // Training with fusion used torchaudio's triangles, without it librosa's.
            Scale = config.Fusion ? MelScale.Htk : MelScale.Slaney,
            Norm = config.Fusion ? BandNorm.None : BandNorm.Slaney,
            WholeNyquist = true,
        };
        var stft = new StftOptions { FftSize = config.FftWindowSize, HopSamples = config.HopLength, Padding = Padding.Reflect };
        mel = new MelSpectrogram(stft, bank, 2, LogScale.PowerDecibels());
    }

    public ClapPreprocessor Config { get; }

    /// <summary>
    /// dB of each frame and mel bin, [frames, bins], of a sound of any length; frames are centred, and the sound is reflected at its ends.
    /// </summary>
    public float[] LogMel(ReadOnlySpan<float> wave, CancellationToken token = default)
    {
        FeatureMap map = mel.Run(wave, token); // [bins, frames]
        var frames = new float[map.Values.Length];
        for (int band = 0; band < map.Rows; band++)
        {
            ReadOnlySpan<float> row = map.Row(band);
            for (int t = 0; t < row.Length; t++)
                frames[(t * map.Rows) + band] = row[t];
        }

        return frames;
    }

    /// <summary>
    /// Features of sounds of at most a window each, filled up as the configuration says: [sounds, 1 or 4, frames, bins] (the four are equal).
    /// </summary>
    public Tensor Features(Workspace w, IReadOnlyList<float[]> waves)
    {
        int frames = Config.WindowFrames, bins = Config.FeatureSize, channels = Config.Fusion ? 4 : 1;
        Tensor features = w.Allocate(waves.Count, channels, frames, bins);
        for (int i = 0; i < waves.Count; i++)
        {
            float[] one = LogMel(Fill(waves[i]), w.Token);
            for (int channel = 0; channel < channels; channel++)
                one.CopyTo(features.Span.Slice(((i * channels) + channel) * frames * bins, frames * bins));
        }

        return features;
    }

    /// <summary>Upstream's way with a sound longer than a window, plain: one window of it. Upstream draws the place; here the seed does.</summary>
    public Tensor RandomCropFeatures(Workspace w, ReadOnlySpan<float> wave, ulong seed)
    {
        int room = wave.Length - Config.WindowSamples;
        int first = room <= 0 ? 0 : new Philox(seed, "clap/random-crop").Integer(0, 0, 0, room + 1);
        return Features(w, [wave.Slice(first, Math.Min(wave.Length, Config.WindowSamples)).ToArray()]);
    }

    /// <summary>Upstream's way with a sound longer than a window, fusion: the whole mel shrunk to a window's frames, and three crops of it.</summary>
    /// <param name="w">Where the result lives.</param>
    /// <param name="wave">Longer than a window, by at least one hop.</param>
    /// <param name="crops">The first frames of the three crops; null for the middle of each third.</param>
    /// <returns>[1, 4, frames, bins].</returns>
    public Tensor FusedFeatures(Workspace w, ReadOnlySpan<float> wave, int[]? crops = null)
    {
        int frames = Config.WindowFrames, bins = Config.FeatureSize;
        float[] whole = LogMel(wave, w.Token);
        int total = whole.Length / bins;
        if (!Config.Fusion || total <= frames)
            throw new ShapeException($"[clap] Fusion needs a model with fusion and a sound of more than {frames} frames: found {total}.");
        crops ??= [.. Thirds(total, frames).Select(third => third.First + (third.Count / 2))];
        Tensor shrunk = Operations.Interpolate(w, Tensor.From(whole, 1, 1, total, bins), [frames, bins], InterpolateMode.Bilinear);
        Tensor features = w.Allocate(1, 4, frames, bins);
        shrunk.Span.CopyTo(features.Span);
        for (int crop = 0; crop < 3; crop++)
        {
            if (crops[crop] < 0 || crops[crop] > total - frames)
                throw new ShapeException($"[clap] A crop begins at frame 0 to {total - frames}: found {crops[crop]}.");
            whole.AsSpan(crops[crop] * bins, frames * bins).CopyTo(features.Span[((crop + 1) * frames * bins)..]);
        }

        return features;
    }

    /// <summary>
    /// Where the front, the middle and the back crop may begin: the possible places in three parts, the first ones longer by one where they do not
    /// divide.
    /// </summary>
    public static (int First, int Count)[] Thirds(int total, int frames)
    {
        int places = total - frames + 1;
        var thirds = new (int First, int Count)[3];
        int first = 0;
        for (int i = 0; i < 3; i++)
        {
            int count = (places / 3) + (i < places % 3 ? 1 : 0);
            // Upstream: where a third holds no place, the beginning.
            thirds[i] = count == 0 ? (0, 1) : (first, count);
            first += count;
        }

        return thirds;
    }

    /// <summary>A window of the whole length.</summary>
    private float[] Fill(float[] wave)
    {
        int samples = Config.WindowSamples;
        if (wave.Length == samples)
            return wave;
        if (wave.Length == 0 || wave.Length > samples)
            throw new ShapeException($"[clap] A window has 1 to {samples} samples: found {wave.Length}.");
        var window = new float[samples];
        int repeats = Config.Padding switch
        {
            ClapPadding.Repeat => (samples / wave.Length) + 1,
            ClapPadding.RepeatPad => samples / wave.Length,
            _ => 1,
        };
        for (int at = 0; repeats > 0 && at < samples; repeats--, at += wave.Length)
            wave.AsSpan(0, Math.Min(wave.Length, samples - at)).CopyTo(window.AsSpan(at));
        return window;
    }
}
