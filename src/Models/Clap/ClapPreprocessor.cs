namespace Euterpe.Models.Clap;

/// <summary>What is done to a sound shorter than a window.</summary>
internal enum ClapPadding
{
    /// <summary>As many whole repetitions as fit, then zeros.</summary>
    RepeatPad,

    /// <summary>Repeated and cut.</summary>
    Repeat,

    /// <summary>Zeros.</summary>
    Pad,
}

/// <summary>preprocessor_config.json of a CLAP (upstream's ClapFeatureExtractor): its key names and defaults.</summary>
/// <param name="Fusion">truncation is fusion: four mels a sound and triangles of HTK, not normalized; otherwise (rand_trunc) one mel and Slaney's
/// triangles.</param>
internal sealed record ClapPreprocessor(
    int FeatureSize, int SamplingRate, int HopLength, int WindowSamples, int FftWindowSize, double FrequencyMin, double FrequencyMax, bool Fusion,
        ClapPadding Padding)
{
    /// <summary>Frames of a whole window.</summary>
    public int WindowFrames => (WindowSamples / HopLength) + 1;

    /// <summary>What the published checkpoints use; upstream's class defaults differ (frequency_min 0, fusion).</summary>
    public static ClapPreprocessor Published(bool fusion) => new(64, 48000, 480, 480000, 1024, 50, 14000, fusion, ClapPadding.RepeatPad);

    public static ClapPreprocessor Read(ConfigObject o, ClapAudioConfig model)
    {
        int rate = o.Int("sampling_rate", 48000, 1000, 768000);
        double seconds = o.Number("max_length_s", 10, 0.1, 600);
        int samples = (int)(seconds * rate);
        string truncation = o.Text("truncation", "fusion"), padding = o.Text("padding", "repeatpad");
        var config = new ClapPreprocessor(
            o.Int("feature_size", 64, 1, 4096),
            rate,
            o.Int("hop_length", 480, 1, 1 << 16),
            o.Int("nb_max_samples", samples, 1, 1 << 26),
            o.Int("fft_window_size", 1024, 2, 1 << 16),
            o.Number("frequency_min", 0, 0, rate),
            o.Number("frequency_max", 14000, 0, rate),
            truncation == "fusion",
            padding switch { "repeat" => ClapPadding.Repeat, "pad" => ClapPadding.Pad, _ => ClapPadding.RepeatPad });
        if (truncation is not ("fusion" or "rand_trunc"))
            o.Refuse("truncation", "fusion and rand_trunc are implemented");
        if (padding is not ("repeatpad" or "repeat" or "pad"))
            o.Refuse("padding", "repeatpad, repeat and pad are implemented");
        if (config.Fusion != model.EnableFusion)
            o.Refuse("truncation", $"audio_config.enable_fusion is {(model.EnableFusion ? "true" : "false")} in config.json");
        if (config.FeatureSize != model.NumMelBins)
            o.Refuse("feature_size", $"audio_config.num_mel_bins is {model.NumMelBins} in config.json");
        if (config.WindowFrames > model.SpecFrames)
            o.Refuse("hop_length", $"a window has {config.WindowFrames} frames, the model has room for {model.SpecFrames}");
        if (config.WindowSamples <= config.FftWindowSize)
            o.Refuse("fft_window_size", $"a window has {config.WindowSamples} samples");
        if (config.FrequencyMin >= config.FrequencyMax || config.FrequencyMax > rate / 2.0)
            o.Refuse("frequency_max", $"between frequency_min, {config.FrequencyMin}, and half the sampling rate was expected");
        // top_db is stored by upstream and used nowhere; a sound is always padded with zeros, whatever padding_value says.
        o.Finish("clap");
        return config;
    }
}
