using Euterpe.Models.Roberta;

namespace Euterpe.Models.Clap;

/// <summary>config.json of a CLAP: upstream's key names, its defaults, and a refusal by name of what is not implemented.</summary>
internal sealed record ClapConfig(ClapTextConfig Text, ClapAudioConfig Audio, int ProjectionDim)
{
    /// <summary>Keys of the file that do not change what is computed here; shown by Inspect.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    public static ClapConfig Read(ConfigObject file)
    {
        string type = file.Text("model_type", "");
        if (type != "clap")
            file.Refuse("model_type", "clap was expected");
        // Older files carry the sizes of the towers beside the nested objects; upstream reads the nested ones only.
        ClapTextConfig text = ClapTextConfig.Read(file.Object("text_config"));
        ClapAudioConfig audio = ClapAudioConfig.Read(file.Object("audio_config"));
        int projection = file.Int("projection_dim", 512);
        // ClapConfig hands its own projection_dim and projection_hidden_act down to both towers when it is made; a saved file has them in both.
        if (text.ProjectionDim != audio.ProjectionDim)
            file.Refuse("projection_dim",
                $"text_config has {text.ProjectionDim}, audio_config {audio.ProjectionDim}: sounds and words must share a space");
        file.Pass("architectures", "dtype", "torch_dtype", "transformers_version", "initializer_factor", "logit_scale_init_value", "hidden_size",
            "num_hidden_layers", "projection_hidden_act");
        return new ClapConfig(text, audio, projection) { Unread = file.Finish("clap") };
    }
}

/// <summary>The text tower: RoBERTa with a pooler and a projection.</summary>
internal sealed record ClapTextConfig(
    int VocabSize, int HiddenSize, int NumHiddenLayers, int NumAttentionHeads, int IntermediateSize, string HiddenAct, int MaxPositionEmbeddings,
        int TypeVocabSize,
    float LayerNormEps, int PadTokenId, int ProjectionDim, string ProjectionHiddenAct)
{
    /// <summary>Tokens that a text may have: positions begin after the padding id.</summary>
    public int Longest => MaxPositionEmbeddings - PadTokenId - 1;

    /// <summary>What its encoder needs.</summary>
    public RobertaConfig Encoder => new(VocabSize, HiddenSize, NumHiddenLayers, NumAttentionHeads, IntermediateSize, ClapActivation.Of(HiddenAct),
        MaxPositionEmbeddings, TypeVocabSize, LayerNormEps, PadTokenId);

    public static ClapTextConfig Read(ConfigObject o)
    {
        var config = new ClapTextConfig(
            o.Int("vocab_size", 50265, 1, 1 << 24),
            o.Int("hidden_size", 768, 1, 1 << 16),
            o.Int("num_hidden_layers", 12, 1, 1024),
            o.Int("num_attention_heads", 12, 1, 1024),
            o.Int("intermediate_size", 3072, 1, 1 << 18),
            o.Text("hidden_act", "gelu"),
            o.Int("max_position_embeddings", 514, 1, 1 << 20),
            o.Int("type_vocab_size", 1, 1, 1024),
            (float)o.Number("layer_norm_eps", 1e-12, 0, 1),
            o.Int("pad_token_id", 1, 0, 1 << 24),
            o.Int("projection_dim", 512, 1, 1 << 16),
            o.Text("projection_hidden_act", "relu"));
        if (config.HiddenSize % config.NumAttentionHeads != 0)
            o.Refuse("hidden_size", $"not a multiple of num_attention_heads, {config.NumAttentionHeads}");
        if (config.PadTokenId >= config.VocabSize)
            o.Refuse("pad_token_id", $"vocab_size is {config.VocabSize}");
        if (config.MaxPositionEmbeddings <= config.PadTokenId + 1)
            o.Refuse("max_position_embeddings", $"positions begin after pad_token_id, {config.PadTokenId}: none is left");
        if (o.Text("position_embedding_type", "absolute") != "absolute")
            o.Refuse("position_embedding_type", "only absolute is implemented");
        foreach (string key in (string[])["is_decoder", "add_cross_attention"])
        {
            if (o.Flag(key, false))
                o.Refuse(key, "the text tower is implemented as an encoder");
        }

        ClapActivation.Check(o, "hidden_act", config.HiddenAct);
        ClapActivation.Check(o, "projection_hidden_act", config.ProjectionHiddenAct);
        o.Pass("model_type", "attention_probs_dropout_prob", "hidden_dropout_prob", "initializer_factor", "use_cache", "bos_token_id",
            "eos_token_id", "dtype");
        return config;
    }
}

/// <summary>The audio tower: HTSAT, a Swin transformer over a spectrogram folded into a square.</summary>
internal sealed record ClapAudioConfig(
    int WindowSize, int NumMelBins, int SpecSize, string HiddenAct, int[] PatchSize, int[] PatchStride, int HiddenSize, int ProjectionDim,
        int[] Depths, int[] NumAttentionHeads,
    bool EnableFusion, int PatchEmbedInputChannels, int PatchEmbedsHiddenSize, bool EnablePatchLayerNorm, bool QkvBias, double MlpRatio,
        int AffBlockR, float LayerNormEps,
    string ProjectionHiddenAct)
{
    /// <summary>How many strips of the spectrogram are laid on top of each other to make the square.</summary>
    public int FreqRatio => SpecSize / NumMelBins;

    /// <summary>Frames the square has room for; shorter inputs are stretched to it.</summary>
    public int SpecFrames => SpecSize * FreqRatio;

    public int GridHeight => SpecSize / PatchStride[0];

    public int GridWidth => SpecSize / PatchStride[1];

    public int Dim(int stage) => PatchEmbedsHiddenSize << stage;

    public int Inner(int stage) => (int)(MlpRatio * Dim(stage));

    public static ClapAudioConfig Read(ConfigObject o)
    {
        var config = new ClapAudioConfig(
            o.Int("window_size", 8, 1, 64),
            o.Int("num_mel_bins", 64, 1, 4096),
            o.Int("spec_size", 256, 1, 4096),
            o.Text("hidden_act", "gelu"),
            o.Ints("patch_size", [4, 4], repeat: 2, most: 64),
            o.Ints("patch_stride", [4, 4], repeat: 2, most: 64),
            o.Int("hidden_size", 768, 1, 1 << 16),
            o.Int("projection_dim", 512, 1, 1 << 16),
            o.Ints("depths", [2, 2, 6, 2], most: 256, longest: 8),
            o.Ints("num_attention_heads", [4, 8, 16, 32], most: 1024, longest: 8),
            o.Flag("enable_fusion", false),
            o.Int("patch_embed_input_channels", 1, 1, 1024),
            o.Int("patch_embeds_hidden_size", 96, 1, 1 << 14),
            o.Flag("enable_patch_layer_norm", true),
            o.Flag("qkv_bias", true),
            o.Number("mlp_ratio", 4, 0.01, 64),
            o.Int("aff_block_r", 4, 1, 1 << 14),
            (float)o.Number("layer_norm_eps", 1e-5, 0, 1),
            o.Text("projection_hidden_act", "relu"));
        config.Check(o);
        return config;
    }

    private void Check(ConfigObject o)
    {
        if (NumAttentionHeads.Length != Depths.Length)
            o.Refuse("num_attention_heads", $"one number for each of the {Depths.Length} stages of depths was expected");
        for (int i = 0; i < Math.Min(Depths.Length, NumAttentionHeads.Length); i++)
        {
            if (Dim(i) % NumAttentionHeads[i] != 0)
                o.Refuse("num_attention_heads", $"{NumAttentionHeads[i]} heads do not divide the {Dim(i)} channels of stage {i}");
        }

        if (HiddenSize != Dim(Depths.Length - 1))
            o.Refuse("hidden_size", $"the last stage has {Dim(Depths.Length - 1)} channels (patch_embeds_hidden_size doubled at each stage)");
        if (SpecSize % NumMelBins != 0)
            o.Refuse("spec_size", $"only a multiple of num_mel_bins, {NumMelBins}, is implemented");
        for (int side = 0; side < 2; side++)
        {
            int padding = (PatchSize[side] - PatchStride[side]) / 2;
            if (PatchSize[side] < PatchStride[side] || SpecSize % PatchStride[side] != 0
                || (SpecSize + (2 * padding) - PatchSize[side]) / PatchStride[side] + 1 != SpecSize / PatchStride[side])
                o.Refuse("patch_size",
                    $"with patch_stride {PatchStride[side]} the patches do not make the grid of {SpecSize / PatchStride[side]} that is counted on");
        }

        int last = Depths.Length - 1;
        if ((GridHeight >> last) << last != GridHeight || (GridWidth >> last) << last != GridWidth)
            o.Refuse("depths", $"the grid of {GridHeight} x {GridWidth} patches cannot be halved {last} times");
        else if (Math.Min(GridHeight >> last, GridWidth >> last) < WindowSize)
            o.Refuse("window_size",
                $"the last stage is {GridHeight >> last} x {GridWidth >> last}: upstream's position biases do not fit a smaller window");
        else if (Enumerable.Range(0, Depths.Length).Any(i => (GridHeight >> i) % WindowSize != 0 || (GridWidth >> i) % WindowSize != 0))
            o.Refuse("window_size", "a grid that is no multiple of the window is not implemented");
        if ((GridHeight >> last) % FreqRatio != 0)
            o.Refuse("spec_size", $"the {GridHeight >> last} rows of the last stage cannot be dealt out to {FreqRatio} strips");
        if (EnableFusion && 3 * (
            ((SpecSize + ((PatchSize[1] - PatchStride[1]) / 2 * 2) - (3 * PatchSize[1])) / (3 * PatchStride[1])) + 1) > GridWidth)
            o.Refuse("patch_size", "three crops side by side would be wider than the grid");
        if (PatchEmbedInputChannels != 1)
            o.Refuse("patch_embed_input_channels", "only 1 is implemented");
        if (!o.Flag("flatten_patch_embeds", true))
            o.Refuse("flatten_patch_embeds", "only true is implemented");
        string fusion = o.Text("fusion_type", "");
        if (EnableFusion && fusion is not ("" or "aff_2d"))
            o.Refuse("fusion_type", "only aff_2d is implemented");
        if (EnableFusion && AffBlockR > PatchEmbedsHiddenSize)
            o.Refuse("aff_block_r", $"greater than patch_embeds_hidden_size, {PatchEmbedsHiddenSize}");
        ClapActivation.Check(o, "hidden_act", HiddenAct);
        ClapActivation.Check(o, "projection_hidden_act", ProjectionHiddenAct);
        o.Pass("model_type", "attention_probs_dropout_prob", "hidden_dropout_prob", "drop_path_rate", "initializer_factor", "num_classes",
            "num_hidden_layers", "enable_patch_fusion", "dtype");
    }
}
