using Euterpe.Layers;
using Euterpe.Models.Conformer;
using Euterpe.Tensors;

namespace Euterpe.Models.Wav2Vec2Bert;

/// <summary>
/// Wav2Vec2-BERT (Seamless Communication, "Seamless: Multilingual expressive and streaming speech translation", 2023, after Chung et al., "w2v-BERT",
/// 2021): a causal-convolution conformer over stacked frames of a mel. Follows transformers' models/wav2vec2_bert/modeling_wav2vec2_bert.py (4.57);
/// names are those of its files.
/// Deviations: dropout, layer drop and masking for training do not exist; adapters are refused; sounds of one length travel together and are never
/// padded (upstream's padded way is the mask of <see cref="States"/>).
/// </summary>
internal sealed class W2vBertModel : Module
{
    private readonly LayerNorm norm;
    private readonly Linear projection;
    private readonly ConformerEncoder encoder;

    public W2vBertModel(Weights weights, W2vBertConfig config)
        : base(weights)
    {
        Weights projecting = weights.In("feature_projection");
        norm = new LayerNorm(projecting.In("layer_norm"), config.InputDim, config.ProjectionEps);
        projection = new Linear(projecting.In("projection"), config.InputDim, config.Conformer.HiddenSize);
        // What training puts in the place of hidden frames.
        weights.Leave("masked_spec_embed");
        encoder = new ConformerEncoder(weights.In("encoder"), config.Conformer, new ConformerTables(config.Conformer));
    }

    /// <summary>Hidden states 0 to <paramref name="upTo"/>, [batch * frames, hidden] each.</summary>
    /// <param name="w">Where the result lives.</param>
    /// <param name="features">[batch * frames, numbers of a stacked frame].</param>
    /// <param name="batch">Sounds of one length.</param>
    /// <param name="mask">
    /// Null, or which frames are sound: upstream's padded way. What is hidden is silenced, not attended to, and not heard by the convolutions; its
    /// own rows are computed all the same.
    /// </param>
    /// <param name="upTo">The last state wanted.</param>
    public IReadOnlyList<Tensor> States(Workspace w, Tensor features, int batch, bool[]? mask = null, int upTo = int.MaxValue) =>
        encoder.States(w, projection.Forward(w, norm.Forward(w, features)), batch, mask, upTo);
}
