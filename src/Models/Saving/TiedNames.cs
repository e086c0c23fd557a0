using Euterpe.Layers;

namespace Euterpe.Models.Saving;

/// <summary>
/// Second names of one matrix that transformers does not write (its _tied_weights_keys): the first name is written, and loading ties the second again.
/// Jukebox is not among them: its output matrices are written too, because transformers does not tie them when it loads.
/// </summary>
internal static class TiedNames
{
    private static readonly (string Type, string Second, string First)[] All =
    [
        .. OfT5("t5", ""), .. OfT5("mt5", ""), .. OfT5("umt5", ""), .. OfT5("musicgen", "text_encoder."), .. OfT5("musicgen_melody", "text_encoder."),
        ("gpt2", "lm_head.weight", "transformer.wte.weight"),
        ("bart", "model.encoder.embed_tokens.weight", "model.shared.weight"), ("bart", "model.decoder.embed_tokens.weight", "model.shared.weight"),
        ("bart", "lm_head.weight", "model.shared.weight"),
        ("whisper", "proj_out.weight", "model.decoder.embed_tokens.weight"),
        ("roberta", "lm_head.decoder.weight", "roberta.embeddings.word_embeddings.weight"), ("roberta", "lm_head.decoder.bias", "lm_head.bias"),
        ("xlm-roberta", "lm_head.decoder.weight", "roberta.embeddings.word_embeddings.weight"), ("xlm-roberta", "lm_head.decoder.bias", "lm_head.bias"),
        ("bert", "cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight"), ("bert", "cls.predictions.decoder.bias", "cls.predictions.bias"),
        ("modernbert", "decoder.weight", "model.embeddings.tok_embeddings.weight"),
        ("llama", "lm_head.weight", "model.embed_tokens.weight"), ("qwen2", "lm_head.weight", "model.embed_tokens.weight"),
        ("qwen3", "lm_head.weight", "model.embed_tokens.weight"),
    ];

    /// <summary>Names of the model that are not written: a first name is there, and holds the same bits.</summary>
    public static HashSet<string> Of(string? type, CheckpointWeights weights) => [.. All
        .Where(tie => tie.Type == type && weights.Has(tie.Second) && weights.Has(tie.First) && weights.Tensor(tie.Second).SameAs(weights.Tensor(tie.First)))
        .Select(tie => tie.Second)];

    private static IEnumerable<(string, string, string)> OfT5(string type, string prefix) =>
        ((string[])["encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"])
            .Select(name => (type, prefix + name, prefix + "shared.weight"));
}
