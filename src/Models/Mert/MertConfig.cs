using Euterpe.Numerics;

namespace Euterpe.Models.Mert;

/// <summary>config.json of a MERT, a HuBERT or a wav2vec 2: upstream's key names, its defaults, and a refusal by name of what is not implemented.</summary>
/// <param name="LayerNormStem">
/// feat_extract_norm is layer: each convolution is followed by a norm over its channels. Otherwise (group) only the first is, by one of each channel over time.
/// </param>
/// <param name="StableLayerNorm">The norms stand before attention and feed-forward, and once more at the end. Otherwise they follow them.</param>
internal sealed record MertConfig(
    string ModelType, int HiddenSize, int NumHiddenLayers, int NumAttentionHeads, int IntermediateSize, Fused HiddenAct, Fused FeatExtractActivation,
    int[] ConvDim, int[] ConvKernel, int[] ConvStride, bool ConvBias, bool LayerNormStem, bool FeatProjLayerNorm, int NumConvPosEmbeddings,
    int NumConvPosEmbeddingGroups, bool StableLayerNorm, float LayerNormEps, bool Masks, int? SampleRate)
{
    public static IReadOnlyList<string> Types { get; } = ["mert_model", "hubert", "wav2vec2"];

    /// <summary>Keys of the file that were not read; shown by Inspect.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>Samples from one frame to the next.</summary>
    public int Stride => ConvStride.Aggregate(1, (product, stride) => product * stride);

    /// <summary>Samples that one frame hears.</summary>
    public int Field
    {
        get
        {
            int samples = 1;
            for (int i = ConvKernel.Length - 1; i >= 0; i--)
                samples = ((samples - 1) * ConvStride[i]) + ConvKernel[i];
            return samples;
        }
    }

    public static MertConfig Read(ConfigObject o)
    {
        string type = o.Text("model_type", "");
        if (!Types.Contains(type))
            o.Refuse("model_type", string.Join(", ", Types) + " were expected");
        string norm = o.Text("feat_extract_norm", "group");
        // wav2vec 2 has no such key and always has the norm.
        bool projectionNorm = o.Flag("feat_proj_layer_norm", true) || type == "wav2vec2";
        var config = new MertConfig(
            type,
            o.Int("hidden_size", 768, 1, 1 << 16),
            o.Int("num_hidden_layers", 12, 1, 1024),
            o.Int("num_attention_heads", 12, 1, 1024),
            o.Int("intermediate_size", 3072, 1, 1 << 18),
            Activation(o, "hidden_act"),
            Activation(o, "feat_extract_activation"),
            o.Ints("conv_dim", [512, 512, 512, 512, 512, 512, 512], most: 1 << 14, longest: 16),
            o.Ints("conv_kernel", [10, 3, 3, 3, 3, 2, 2], most: 512, longest: 16),
            o.Ints("conv_stride", [5, 2, 2, 2, 2, 2, 2], most: 512, longest: 16),
            o.Flag("conv_bias", false),
            norm == "layer",
            projectionNorm,
            o.Int("num_conv_pos_embeddings", 128, 1, 4096),
            o.Int("num_conv_pos_embedding_groups", 16, 1, 1 << 14),
            o.Flag("do_stable_layer_norm", false),
            (float)o.Number("layer_norm_eps", 1e-5, 0, 1),
            o.Number("mask_time_prob", 0.05, 0, 1) > 0 || o.Number("mask_feature_prob", 0, 0, 1) > 0,
            o.Int("sample_rate", 0, 0, 768000) is > 0 and int rate ? rate : null);
        if (norm is not ("group" or "layer"))
            o.Refuse("feat_extract_norm", "group and layer are implemented");
        config.Check(o);
        Refuse(o);
        o.Pass("architectures", "auto_map", "dtype", "torch_dtype", "transformers_version", "activation_dropout", "apply_spec_augment",
            "attention_dropout", "bos_token_id", "eos_token_id", "pad_token_id", "classifier_proj_size", "ctc_loss_reduction", "ctc_zero_infinity",
            "feat_proj_dropout", "final_dropout", "hidden_dropout", "initializer_range", "layerdrop", "mask_feature_length", "mask_feature_min_masks",
            "mask_feature_prob", "mask_time_length", "mask_time_min_masks", "use_weighted_layer_sum", "vocab_size", "tokenizer_class",
            "gradient_checkpointing", "feature_extractor_cqt_bins", "adapter_kernel_size", "adapter_stride", "num_adapter_layers",
            "output_hidden_size", "codevector_dim", "contrastive_logits_temperature", "diversity_loss_weight", "feat_quantizer_dropout",
            "num_codevector_groups", "num_codevectors_per_group", "num_negatives", "proj_codevector_dim", "tdnn_dilation", "tdnn_dim",
            "tdnn_kernel", "xvector_output_dim", "hidden_dropout_prob", "do_normalize", "feat_extract_dropout");
        // With deepnorm upstream relaxes attention; without it the number changes nothing.
        o.Pass("attention_relax");
        return config with { Unread = o.Finish("mert") };
    }

    private void Check(ConfigObject o)
    {
        if (HiddenSize % NumAttentionHeads != 0)
            o.Refuse("hidden_size", $"not a multiple of num_attention_heads, {NumAttentionHeads}");
        if (HiddenSize % NumConvPosEmbeddingGroups != 0)
            o.Refuse("hidden_size", $"not a multiple of num_conv_pos_embedding_groups, {NumConvPosEmbeddingGroups}");
        if (ConvKernel.Length != ConvDim.Length || ConvStride.Length != ConvDim.Length)
            o.Refuse("conv_dim", $"conv_kernel has {ConvKernel.Length} and conv_stride {ConvStride.Length} numbers: as many were expected");
        else if (ConvStride.Aggregate(1L, (product, stride) => Math.Min(product * stride, 1 << 20)) > 1 << 16)
            o.Refuse("conv_stride", "more than 65,536 samples a frame are not implemented");
        else if (ConvKernel.Zip(ConvStride).Any(each => each.First < each.Second))
            o.Refuse("conv_stride", "strides greater than their kernels are not implemented");
        if (o.Int("num_feat_extract_layers", ConvDim.Length, 0) != ConvDim.Length)
            o.Refuse("num_feat_extract_layers", $"conv_dim has {ConvDim.Length} numbers");
    }

    private static void Refuse(ConfigObject o)
    {
        foreach ((string key, string why) in ((string, string)[])
        [
            ("deepnorm", "deep norm is not implemented (no published model has it)"),
            ("feature_extractor_cqt", "a constant-Q transform as second input is not implemented (no published model has it)"),
            ("conv_pos_batch_norm", "a batch norm before the positional convolution is not implemented"),
            ("add_adapter", "adapter layers behind the encoder are not implemented"),
        ])
        {
            if (o.Flag(key, false))
                o.Refuse(key, why);
        }

        if (o.Int("adapter_attn_dim", 0, 0) > 0)
            o.Refuse("adapter_attn_dim", "adapters of languages within the layers are not implemented");
    }

    private static Fused Activation(ConfigObject o, string key)
    {
        string name = o.Text(key, "gelu");
        switch (name)
        {
            case "gelu":
                return Fused.Gelu;
            case "relu":
                return Fused.Relu;
            case "silu" or "swish":
                return Fused.Silu;
            case "gelu_new" or "gelu_pytorch_tanh":
                return Fused.GeluTanh;
            case "quick_gelu":
                return Fused.QuickGelu;
            default:
                o.Refuse(key, "gelu, relu, silu, gelu_new and quick_gelu are implemented");
                return Fused.Gelu;
        }
    }
}
