using Euterpe.Models.Conformer;

namespace Euterpe.Models.Wav2Vec2Bert;

/// <summary>config.json of a Wav2Vec2-BERT: upstream's key names, its defaults, and a refusal by name of what is not implemented.</summary>
/// <param name="InputDim">Numbers of a stacked frame.</param>
/// <param name="ProjectionEps">Added to the variance by the norm before the projection.</param>
/// <param name="Conformer">The encoder.</param>
internal sealed record W2vBertConfig(int InputDim, float ProjectionEps, ConformerConfig Conformer)
{
    /// <summary>Keys of the file that do not change what is computed here; shown by Inspect.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    public static W2vBertConfig Read(ConfigObject o)
    {
        if (o.Text("model_type", "") != "wav2vec2-bert")
            o.Refuse("model_type", "wav2vec2-bert was expected");
        int hidden = o.Int("hidden_size", 1024, 1, 1 << 16), layers = o.Int("num_hidden_layers", 24, 1, 1024);
        ConformerConfig conformer = ConformerConfig.Read(o, hidden, layers, intermediate: 4096, positions: "relative_key", causal: true);
        var config = new W2vBertConfig(o.Int("feature_projection_input_dim", 160, 1, 1 << 16), conformer.BlockEps, conformer);
        if (o.Flag("add_adapter", false))
            o.Refuse("add_adapter", "the adapter is not implemented");
        if (o.Flag("use_intermediate_ffn_before_adapter", false))
            o.Refuse("use_intermediate_ffn_before_adapter", "the feed-forward before the adapter is not implemented");
        o.Pass("architectures", "dtype", "torch_dtype", "transformers_version", "activation_dropout", "adapter_act", "adapter_kernel_size",
            "adapter_stride", "apply_spec_augment", "attention_dropout", "bos_token_id", "classifier_proj_size", "conformer_conv_dropout",
            "ctc_loss_reduction", "ctc_zero_infinity", "eos_token_id", "feat_proj_dropout", "final_dropout", "hidden_dropout", "initializer_range", "layerdrop",
            "mask_feature_length", "mask_feature_min_masks", "mask_feature_prob", "mask_time_length", "mask_time_min_masks", "mask_time_prob",
            "max_source_positions", "num_adapter_layers", "output_hidden_size", "pad_token_id", "tdnn_dilation", "tdnn_dim", "tdnn_kernel",
            "use_weighted_layer_sum", "vocab_size", "xvector_output_dim", "codevector_dim", "conv_bias", "contrastive_logits_temperature",
            "diversity_loss_weight", "feat_quantizer_dropout", "num_codevector_groups", "num_codevectors_per_group", "num_negatives",
            "proj_codevector_dim", "num_conv_pos_embedding_groups", "num_conv_pos_embeddings", "wav2vec2_bert_model");
        return config with { Unread = o.Finish("w2v-bert") };
    }
}
