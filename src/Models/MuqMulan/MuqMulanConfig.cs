using System.Text.Json;
using Euterpe.Models.Muq;
using Euterpe.Models.Roberta;

namespace Euterpe.Models.MuqMulan;

/// <summary>The transformer that stands on top of a tower.</summary>
internal sealed record MulanTransformerConfig(int Dim, int Depth, int Heads, int DimHead, int FeedForwardMult)
{
    /// <summary>Width of the feed-forward's gated half: two thirds of dim times mult.</summary>
    public int Inner => (int)((long)Dim * FeedForwardMult * 2 / 3);

    public static MulanTransformerConfig Read(ConfigObject o)
    {
        var config = new MulanTransformerConfig(
            o.Int("dim", 768, 1, 1 << 16), o.Int("tf_depth", 8, 0, 256), o.Int("heads", 8, 1, 1024), o.Int("dim_head", 64, 1, 1 << 14),
            o.Int("ff_mult", 4, 1, 256));
        // Upstream hands max_seq_len on and does not use it.
        o.Pass("attn_dropout", "ff_dropout", "max_seq_len");
        return config;
    }
}

/// <summary>config.json of a MuQ-MuLan: upstream's key names, its defaults, and a refusal by name of what is not implemented.</summary>
/// <param name="SampleRate">Hertz.</param>
/// <param name="ClipSeconds">Whole seconds of a clip.</param>
/// <param name="Dimension">Of the common space.</param>
/// <param name="AudioName">The folder or hub name whose config.json describes the MuQ inside.</param>
/// <param name="AudioLayer">Which hidden state of the MuQ is used; negative numbers count from the end.</param>
/// <param name="TextName">The folder or hub name whose config.json and tokenizer belong to the XLM-RoBERTa inside.</param>
/// <param name="Sigmoid">Trained with the sigmoid loss: the scale has a bias.</param>
/// <param name="AudioTop">The transformer over the audio tower.</param>
/// <param name="TextTop">The transformer over the text tower.</param>
/// <param name="Audio">The MuQ inside.</param>
/// <param name="Text">The XLM-RoBERTa inside.</param>
internal sealed record MuqMulanConfig(
    int SampleRate, int ClipSeconds, int Dimension, string AudioName, int AudioLayer, string TextName, bool Sigmoid, MulanTransformerConfig AudioTop,
    MulanTransformerConfig TextTop, MuqConfig Audio, RobertaConfig Text)
{
    public int ClipSamples => SampleRate * ClipSeconds;

    /// <summary>Keys of the files that do not change what is computed here; shown by Inspect.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>There is no model_type: these keys stand together in no other configuration.</summary>
    public static bool Recognises(JsonElement config) =>
        config.TryGetProperty("mulan", out _) && config.TryGetProperty("audio_model", out _) && config.TryGetProperty("text_model", out _);

    /// <param name="o">config.json.</param>
    /// <param name="part">Opens the config.json of a part by the name that it has here.</param>
    public static MuqMulanConfig Read(ConfigObject o, Func<string, ConfigObject> part)
    {
        ConfigObject mulan = o.Object("mulan"), audio = o.Object("audio_model"), text = o.Object("text_model");
        string audioName = audio.Text("name", ""), textName = text.Text("name", "");
        if (!audioName.Contains("muq", StringComparison.OrdinalIgnoreCase))
            audio.Refuse("name", "only a MuQ is implemented as the audio tower");
        if (!textName.Contains("xlm-roberta", StringComparison.Ordinal))
            text.Refuse("name", "only an XLM-RoBERTa is implemented as the text tower");
        if (mulan.Flag("hierarchical_contrastive_loss", false))
            mulan.Refuse("hierarchical_contrastive_loss", "not implemented (upstream fails with it, too)");
        if (mulan.Int("sr", MuqConfig.SampleRate) != MuqConfig.SampleRate)
            mulan.Refuse("sr", $"the MuQ inside hears {MuqConfig.SampleRate} Hz");
        int clip = mulan.Int("clip_secs", 10, 1, 3600), dimension = mulan.Int("dim_latent", 512, 1, 1 << 16);
        bool sigmoid = mulan.Flag("sigmoid_contrastive_loss", false);
        mulan.Pass("decoupled_contrastive_learning", "hierarchical_contrastive_loss_layers", "rank_contrast");
        MulanTransformerConfig audioTop = MulanTransformerConfig.Read(o.Object("audio_transformer"));
        MulanTransformerConfig textTop = MulanTransformerConfig.Read(o.Object("text_transformer"));
        int layer = audio.Int("use_layer_idx", -1, -1025, 1024), audioDim = audio.Int("model_dim", 1024, 1, 1 << 16);
        int textDim = text.Int("model_dim", 768, 1, 1 << 16);
        // Upstream does not hand it on.
        text.Pass("use_layer_idx");
        IReadOnlyList<string> unread = o.Finish("muq-mulan");
        ConfigObject audioFile = part(audioName), textFile = part(textName);
        MuqConfig muq = MuqConfig.Read(audioFile);
        RobertaConfig roberta = RobertaConfig.Read(textFile);
        int states = muq.Conformer.Layers + 1;
        if (audioDim != muq.Conformer.HiddenSize)
            audio.Refuse("model_dim", $"{audioFile.File} has encoder_dim {muq.Conformer.HiddenSize}");
        if (textDim != roberta.HiddenSize)
            text.Refuse("model_dim", $"{textFile.File} has hidden_size {roberta.HiddenSize}");
        if (layer >= states || layer < -states)
            audio.Refuse("use_layer_idx", $"the MuQ inside has the hidden states 0 to {states - 1}");
        o.Finish("muq-mulan");
        return new MuqMulanConfig(MuqConfig.SampleRate, clip, dimension, audioName, layer < 0 ? states + layer : layer, textName, sigmoid, audioTop,
            textTop, muq, roberta)
        {
            Unread = [.. unread, .. muq.Unread.Select(key => audioName + ": " + key), .. roberta.Unread.Select(key => textName + ": " + key)],
        };
    }
}
