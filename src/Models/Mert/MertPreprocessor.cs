namespace Euterpe.Models.Mert;

/// <summary>
/// preprocessor_config.json (upstream's Wav2Vec2FeatureExtractor) and what it does: a sound minus its mean over its standard deviation where
/// <paramref name="DoNormalize"/> says so. Follows transformers' models/wav2vec2/feature_extraction_wav2vec2.py (4.57).
/// </summary>
internal sealed record MertPreprocessor(int SamplingRate, bool DoNormalize, float PaddingValue = 0, bool ReturnAttentionMask = true)
{
    // Upstream's, which is added to the variance.
    private const float Epsilon = 1e-7f;

    public static MertPreprocessor Read(ConfigObject o, MertConfig model)
    {
        var config = new MertPreprocessor(
            o.Int("sampling_rate", 16000, 1000, 768000),
            o.Flag("do_normalize", true),
            (float)o.Number("padding_value", 0, -1e6, 1e6),
            o.Flag("return_attention_mask", false));
        if (o.Int("feature_size", 1) != 1)
            o.Refuse("feature_size", "a sound has one feature: its samples");
        if (o.Text("padding_side", "right") != "right")
            o.Refuse("padding_side", "only right is implemented");
        if (model.SampleRate is { } rate && rate != config.SamplingRate)
            o.Refuse("sampling_rate", $"sample_rate is {rate} in config.json");
        o.Finish("mert");
        return config;
    }

    /// <summary>What the network gets of one sound.</summary>
    public void Prepare(ReadOnlySpan<float> wave, Span<float> into)
    {
        if (!DoNormalize)
        {
            wave.CopyTo(into);
            return;
        }

        double sum = 0;
        foreach (float sample in wave)
            sum += sample;
        float mean = (float)(sum / wave.Length);
        double squares = 0;
        foreach (float sample in wave)
        {
            double d = (double)sample - mean;
            squares += d * d;
        }

        float scale = MathF.Sqrt((float)(squares / wave.Length) + Epsilon);
        for (int i = 0; i < wave.Length; i++)
            into[i] = (wave[i] - mean) / scale;
    }

    /// <summary>
    /// As upstream pads: rows as long as the longest sound, filled up with <see cref="PaddingValue"/>, and which samples are real. Without a mask
    /// upstream normalises the filled row as a whole.
    /// </summary>
    public (float[] InputValues, bool[] AttentionMask, int Length) UpstreamPadded(IReadOnlyList<float[]> waves)
    {
        int length = waves.Max(wave => wave.Length);
        var values = new float[waves.Count * length];
        var mask = new bool[values.Length];
        for (int i = 0; i < waves.Count; i++)
        {
            Span<float> row = values.AsSpan(i * length, length);
            Span<float> real = row[..waves[i].Length];
            mask.AsSpan(i * length, real.Length).Fill(true);
            row[real.Length..].Fill(PaddingValue);
            waves[i].CopyTo(real);
            if (ReturnAttentionMask)
                Prepare(waves[i], real);
            else if (DoNormalize)
                Prepare(row.ToArray(), row);
        }

        return (values, mask, length);
    }
}
