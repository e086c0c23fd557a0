using Euterpe.Layers;
using Euterpe.Tensors;

namespace Euterpe.Models.Muq;

/// <summary>
/// MuQ: music heard by a conformer that learned to predict tokens of the mel (Zhu et al., "MuQ: Self-supervised music representation learning with
/// mel residual vector quantization", 2025). Follows tencent-ailab/MuQ's src/muq/muq (d4a6658) and transformers' Wav2Vec2-Conformer (4.57); names are
/// those of its files.
/// Deviations: dropout, layer drop and masking for training do not exist; sounds of one length travel together and are never padded (upstream's
/// padded way is <see cref="MuqEncoder.PaddedStates"/>); batch norms are folded into their convolutions; a sound of fewer than 1,025 samples is
/// followed by silence, where upstream fails.
/// </summary>
internal sealed class MuqModel
{
    private readonly Lazy<MuqEncoder> encoder;
    private readonly Lazy<Linear> head;
    private readonly Lazy<MelQuantizer> quantizer;

    /// <summary>Checks every name and shape now, and reads the values of a part when it is first used.</summary>
    public MuqModel(MuqConfig config, IWeightSource source, string where, Packing packing)
    {
        (Config, Packing) = (config, packing);
        Weights listing = Weights.Listing(source, where);
        Listed = List(listing, config);
        listing.Finish();
        FrontEnd = new MuqFrontEnd(config);
        encoder = new(() => new MuqEncoder(Weights.From(source, where, packing).In("model"), config));
        head = new(() => Head(Weights.From(source, where, packing).In("model"), config));
        quantizer = new(() => new MelQuantizer(Weights.From(source, where, packing).In("model"), config));
    }

    public MuqConfig Config { get; }

    public Packing Packing { get; }

    /// <summary>All names and shapes that are read.</summary>
    public IReadOnlyList<Parameter> Listed { get; }

    public MuqFrontEnd FrontEnd { get; }

    public MuqEncoder Encoder => encoder.Value;

    /// <summary>Names and shapes of a MuQ of this configuration.</summary>
    public static IReadOnlyList<Parameter> List(MuqConfig config) => List(Weights.Listing(new RandomWeights(0), "listing"), config);

    /// <summary>The two spellings of weight norm are one name here.</summary>
    public static string Rename(string name) => name.Replace(".parametrizations.weight.original0", ".weight_g", StringComparison.Ordinal)
        .Replace(".parametrizations.weight.original1", ".weight_v", StringComparison.Ordinal);

    /// <summary>All parts below <c>model</c>, for a MuQ that stands alone or within another model.</summary>
    public static MuqEncoder Take(Weights model, MuqConfig config)
    {
        var encoder = new MuqEncoder(model, config);
        _ = Head(model, config);
        _ = new MelQuantizer(model, config);
        // For classification, and for a loss beside the tokens: upstream does not use them here either.
        model.Leave("cls_token");
        if (config.Reconstructs)
            model.Leave("recon_proj.weight", "recon_proj.bias");
        return encoder;
    }

    /// <summary>Upstream's get_predictions: for each token, scores of all codes. From the last hidden state, [batch * tokens, codes].</summary>
    public Tensor Logits(Workspace w, Tensor last) => head.Value.Forward(w, last);

    /// <summary>Upstream's get_targets of one sound whose samples are whole tokens.</summary>
    public int[] TargetTokens(Workspace w, ReadOnlySpan<float> wave) => quantizer.Value.Tokens(w, FrontEnd.Features(w, wave));

    private static IReadOnlyList<Parameter> List(Weights weights, MuqConfig config)
    {
        _ = Take(weights.In("model"), config);
        return weights.Taken;
    }

    private static Linear Head(Weights model, MuqConfig config) => new(model.In("linear"), config.Conformer.HiddenSize, config.CodebookSize);
}
