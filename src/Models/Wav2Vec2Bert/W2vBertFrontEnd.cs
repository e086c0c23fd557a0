using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Tensors;

namespace Euterpe.Models.Wav2Vec2Bert;

/// <summary>
/// preprocessor_config.json (upstream's SeamlessM4TFeatureExtractor) and what it does: Kaldi's filter bank of 16-bit samples (Povey window of 400,
/// 160 apart, mean removed, pre-emphasis 0.97), each band to mean 0 and variance 1 over the sound, and as many frames side by side as
/// <paramref name="Stride"/> says. Follows transformers' models/seamless_m4t/feature_extraction_seamless_m4t.py (4.57).
/// </summary>
internal sealed record W2vBertPreprocessor(int SamplingRate, int Bands, int Stride, float PaddingValue)
{
    /// <summary>Hand-kept: it changes when the bits from samples to features do.</summary>
    public const int Revision = 1;

    public const int FrameSamples = 400, HopSamples = 160;

    // Upstream's, which is added to the variance.
    private const double Epsilon = 1e-7;

    private readonly Lazy<MelSpectrogram> mel = new(() => Mel(SamplingRate, Bands));

    public static W2vBertPreprocessor Read(ConfigObject o, W2vBertConfig model)
    {
        var config = new W2vBertPreprocessor(
            o.Int("sampling_rate", 16000, 1000, 768000), o.Int("num_mel_bins", 80, 1, 4096), o.Int("stride", 2, 2, 64),
            (float)o.Number("padding_value", 0, -1e6, 1e6));
        if (config.Bands * config.Stride != model.InputDim)
            o.Refuse("num_mel_bins", $"times stride {config.Stride} is not feature_projection_input_dim, {model.InputDim}");
        if (o.Text("padding_side", "right") != "right")
            o.Refuse("padding_side", "only right is implemented");
        o.Pass("feature_extractor_type", "feature_size", "return_attention_mask", "processor_class");
        o.Finish("w2v-bert");
        return config;
    }

    /// <summary>Stacked frames of one sound by itself: only whole ones, [frames, stride * bands].</summary>
    public Tensor Features(Workspace w, ReadOnlySpan<float> wave)
    {
        FeatureMap map = Normalized(wave, w.Token);
        Tensor features = w.Allocate(map.Frames / Stride, Stride * Bands);
        Write(map, features.Span);
        return features;
    }

    /// <summary>
    /// Upstream's padded way: all sounds filled up to the length of the longest (an even number of frames) with the padding value; a stacked frame
    /// counts as sound if its second frame is.
    /// </summary>
    /// <returns>[batch * frames, stride * bands], one flag for each, and the number of frames.</returns>
    public (Tensor Features, bool[] Mask, int Frames) PaddedFeatures(Workspace w, IReadOnlyList<float[]> waves)
    {
        FeatureMap[] maps = [.. waves.Select(wave => Normalized(wave, w.Token))];
        int longest = maps.Max(map => map.Frames), frames = (longest + (longest % 2)) / Stride, width = Stride * Bands;
        Tensor features = w.Allocate(maps.Length * frames, width);
        features.Span.Fill(PaddingValue);
        var mask = new bool[maps.Length * frames];
        for (int i = 0; i < maps.Length; i++)
        {
            Write(maps[i], features.Span.Slice(i * frames * width, frames * width));
            for (int t = 0; t < frames; t++)
                mask[(i * frames) + t] = (t * Stride) + 1 < maps[i].Frames;
        }

        return (features, mask, frames);
    }

    private static MelSpectrogram Mel(int rate, int bands) => new(
        new StftOptions
        {
            FftSize = 512,
            HopSamples = HopSamples,
            WindowSamples = FrameSamples,
            Window = WindowShape.Povey,
            PeriodicWindow = false,
            Place = WindowPlace.Start,
            Centered = false,
            RemoveMean = true,
            Preemphasis = 0.97,
        },
        new MelBankOptions
        {
            SampleRate = rate,
            FftSize = 512,
            Bands = bands,
            LowHertz = 20,
            HighHertz = rate / 2,
            Scale = MelScale.Kaldi,
            Norm = BandNorm.None,
            TriangularInMels = true,
        },
        2,
        LogScale.Natural(1.192092955078125e-07));

    /// <summary>Each band over the whole sound less its mean, over its standard deviation (of a sample: n - 1).</summary>
    private FeatureMap Normalized(ReadOnlySpan<float> wave, CancellationToken token)
    {
        var scaled = new float[wave.Length];
        for (int i = 0; i < scaled.Length; i++)
            scaled[i] = wave[i] * 32768;
        FeatureMap map = mel.Value.Run(scaled, token);
        if (map.Frames < Stride)
            throw new ShapeException($"[w2v-bert] A sound has {FrameSamples + ((Stride - 1) * HopSamples)} samples or more: found {wave.Length}.");
        for (int band = 0; band < map.Rows; band++)
        {
            Span<float> row = map.Row(band);
            double sum = 0, squares = 0;
            foreach (float value in row)
                sum += value;
            double mean = sum / row.Length;
            foreach (float value in row)
                squares += (value - mean) * (value - mean);
            double deviation = Math.Sqrt((squares / (row.Length - 1)) + Epsilon);
            for (int t = 0; t < row.Length; t++)
                row[t] = (float)((row[t] - mean) / deviation);
        }

        return map;
    }

    /// <summary>[bands, frames] as [frames, bands], as far as the target has room.</summary>
    private static void Write(FeatureMap map, Span<float> to)
    {
        int frames = Math.Min(map.Frames, to.Length / map.Rows);
        for (int band = 0; band < map.Rows; band++)
        {
            ReadOnlySpan<float> row = map.Row(band);
            for (int t = 0; t < frames; t++)
                to[(t * map.Rows) + band] = row[t];
        }
    }
}
