using Euterpe.Numerics;

namespace Euterpe.Models.Roberta;

/// <summary>Sizes of a RoBERTa encoder, under upstream's key names.</summary>
internal sealed record RobertaConfig(
    int VocabSize, int HiddenSize, int NumHiddenLayers, int NumAttentionHeads, int IntermediateSize, Fused HiddenAct, int MaxPositionEmbeddings,
    int TypeVocabSize, float LayerNormEps, int PadTokenId)
{
    /// <summary>Tokens that a text may have: positions begin after the padding id.</summary>
    public int Longest => MaxPositionEmbeddings - PadTokenId - 1;

    /// <summary>Keys of the file that do not change what is computed here; shown by Inspect.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>config.json of an XLM-RoBERTa (or a RoBERTa), with XLM-RoBERTa's defaults.</summary>
    public static RobertaConfig Read(ConfigObject o)
    {
        if (o.Text("model_type", "xlm-roberta") is not ("xlm-roberta" or "roberta"))
            o.Refuse("model_type", "xlm-roberta or roberta was expected");
        var config = new RobertaConfig(
            o.Int("vocab_size", 30522, 1, 1 << 24),
            o.Int("hidden_size", 768, 1, 1 << 16),
            o.Int("num_hidden_layers", 12, 1, 1024),
            o.Int("num_attention_heads", 12, 1, 1024),
            o.Int("intermediate_size", 3072, 1, 1 << 18),
            ActivationNames.Read(o, "hidden_act", "gelu"),
            o.Int("max_position_embeddings", 512, 1, 1 << 20),
            o.Int("type_vocab_size", 2, 1, 1024),
            (float)o.Number("layer_norm_eps", 1e-12, 0, 1),
            o.Int("pad_token_id", 1, 0, 1 << 24));
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
                o.Refuse(key, "it is implemented as an encoder");
        }

        o.Pass("architectures", "attention_probs_dropout_prob", "hidden_dropout_prob", "initializer_range", "use_cache", "bos_token_id",
            "eos_token_id", "classifier_dropout", "dtype", "torch_dtype", "transformers_version", "output_past");
        return config with { Unread = o.Finish("roberta") };
    }
}
