using System.Text.Json;
using Euterpe.Models.Conformer;

namespace Euterpe.Models.Muq;

/// <summary>What makes target tokens of a MuQ.</summary>
internal enum MuqTarget
{
    /// <summary>A fixed random projection and one codebook.</summary>
    RandomProjection,

    /// <summary>Mel-RVQ: a trained residual quantizer of the mel.</summary>
    Residual,

    /// <summary>One trained codebook.</summary>
    Single,
}

/// <summary>config.json of a MuQ: upstream's key names, its defaults, and a refusal by name of what is not implemented.</summary>
/// <param name="LabelRate">Tokens per second: 25 or 50.</param>
/// <param name="CodebookSize">Width of the head: 1024 for each codebook of Mel-RVQ.</param>
/// <param name="CodebookDim">Of the random projection.</param>
/// <param name="HopLength">Samples between mel frames.</param>
/// <param name="ConvDim">Channels of the stem.</param>
/// <param name="Mean">Of the mel in dB.</param>
/// <param name="Deviation">Of the mel in dB.</param>
/// <param name="Target">What makes target tokens.</param>
/// <param name="Codebooks">Of Mel-RVQ.</param>
/// <param name="QuantizerLayers">Linear layers around each codebook of Mel-RVQ.</param>
/// <param name="Reconstructs">Whether a head for the mel is in the file.</param>
/// <param name="LastEps">Added to the variance by the norm after the last block.</param>
/// <param name="Conformer">The encoder.</param>
internal sealed record MuqConfig(
    int LabelRate, int CodebookSize, int CodebookDim, int HopLength, int ConvDim, double Mean, double Deviation, MuqTarget Target, int Codebooks,
    int QuantizerLayers, bool Reconstructs, float LastEps, ConformerConfig Conformer)
{
    public const int SampleRate = 24000, Bands = 128;

    /// <summary>Mel frames of a token.</summary>
    public int Fold => 100 / LabelRate;

    public int Samples => HopLength * Fold;

    /// <summary>Keys of the file that do not change what is computed here; shown by Inspect.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>There is no model_type: these keys stand together in no other configuration.</summary>
    public static bool Recognises(JsonElement config) =>
        config.TryGetProperty("w2v2_config", out _) && config.TryGetProperty("encoder_dim", out _) && config.TryGetProperty("conv_dim", out _);

    public static MuqConfig Read(ConfigObject o)
    {
        int label = o.Int("label_rate", 25, 1, 100), hidden = o.Int("encoder_dim", 1024, 1, 1 << 16), layers = o.Int("encoder_depth", 12, 1, 1024);
        if (label is not (25 or 50))
            o.Refuse("label_rate", "upstream's strides are known for 25 and 50 tokens a second");
        if (o.Int("n_mels", Bands) != Bands)
            o.Refuse("n_mels", $"upstream's mel has {Bands} bands whatever is said here");
        string[] features = o.Texts("features");
        if (features.Length > 0 && !features.SequenceEqual(["melspec_2048"]))
            o.Refuse("features", "only melspec_2048 is implemented");
        ConfigObject stat = o.Object("stat");
        double mean = stat.Number("melspec_2048_mean", double.NaN, -1000, 1000), deviation = stat.Number("melspec_2048_std", double.NaN, 1e-6, 1e6);
        if (double.IsNaN(mean) || double.IsNaN(deviation))
            o.Refuse("stat", "melspec_2048_mean and melspec_2048_std are needed");
        bool residual = o.Flag("use_rvq_target", false), single = o.Flag("use_vq_target", false);
        if (o.Flag("use_encodec_target", false))
            o.Refuse("use_encodec_target", "the file would hold an EnCodec beside the model, which is not implemented");
        ConfigObject inner = o.Object("w2v2_config");
        var config = new MuqConfig(
            label,
            o.Int("codebook_size", 4096, 1, 1 << 20),
            o.Int("codebook_dim", 16, 1, 1 << 12),
            o.Int("hop_length", 240, 1, 1 << 16),
            o.Int("conv_dim", 512, 1, 1 << 14),
            mean,
            deviation,
            residual ? MuqTarget.Residual : single ? MuqTarget.Single : MuqTarget.RandomProjection,
            o.Int("rvq_n_codebooks", 8, 1, 256),
            o.Int("rvq_multi_layer_num", 1, 1, 64),
            o.Number("recon_loss_ratio", 0, double.MinValue, double.MaxValue) > 0,
            (float)inner.Number("layer_norm_eps", 1e-5, 0, 1),
            Encoder(inner, hidden, layers));
        if (residual && config.CodebookSize / 1024 > config.Codebooks)
            o.Refuse("codebook_size", $"tokens come from {config.CodebookSize / 1024} codebooks of 1024, and there are {config.Codebooks}");
        o.Pass("num_codebooks", "mask_hop", "mask_prob", "is_flash", "rvq_ckpt_path", "resume_checkpoint");
        return config with { Unread = o.Finish("muq") };
    }

    // transformers writes all keys of its base classes; those that a Wav2Vec2-Conformer encoder does not look at say nothing here.
    private static ConformerConfig Encoder(ConfigObject o, int hidden, int layers)
    {
        o.PassAll();
        return ConformerConfig.Read(o, hidden, layers, intermediate: 3072, positions: "relative", causal: false);
    }
}
