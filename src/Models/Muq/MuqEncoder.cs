using Euterpe.Layers;
using Euterpe.Models.Conformer;
using Euterpe.Tensors;

namespace Euterpe.Models.Muq;

/// <summary>The part of MuQ that hears: stem and conformer.</summary>
internal sealed class MuqEncoder : Module
{
    private readonly MuqConfig config;
    private readonly MuqStem stem;
    private readonly ConformerEncoder conformer;

    /// <param name="weights">Holds <c>conv</c> and <c>conformer</c>.</param>
    /// <param name="config">Sizes.</param>
    public MuqEncoder(Weights weights, MuqConfig config)
        : base(weights)
    {
        this.config = config;
        stem = new MuqStem(weights.In("conv"), config);
        Weights inner = weights.In("conformer");
        ConformerTables tables;
        if (config.Conformer.Positions == ConformerPositions.Rotary)
        {
            Parameter frequencies = inner.In("embed_positions").Take("inv_freq", Initial.Fan, config.Conformer.HeadSize / 2);
            tables = new ConformerTables(config.Conformer, weights.Loads ? frequencies.Value.Span : default);
        }
        else
        {
            tables = new ConformerTables(config.Conformer);
        }

        // Upstream builds a convolution for positions, and does not use it.
        inner.Leave("pos_conv_embed.conv.bias", "pos_conv_embed.conv.weight_g", "pos_conv_embed.conv.weight_v");
        var norm = new LayerNorm(inner.In("layer_norm"), config.Conformer.HiddenSize, config.LastEps);
        conformer = new ConformerEncoder(inner, config.Conformer, tables, norm);
    }

    /// <summary>Tokens of so many mel frames.</summary>
    public int Tokens(int frames) => stem.Tokens(frames);

    /// <summary>What the stem makes of one sound: upstream's <c>conv</c>.</summary>
    /// <param name="w">Where the result lives.</param>
    /// <param name="features">From the front end: [mel frames, bands].</param>
    /// <returns>[tokens, hidden].</returns>
    public Tensor Stem(Workspace w, Tensor features)
    {
        Tensor x = w.Allocate(stem.Tokens(features.Size(0)), config.Conformer.HiddenSize);
        stem.Forward(w, features, x);
        return x;
    }

    /// <summary>Hidden states 0 to <paramref name="upTo"/> of sounds of one length, [batch * tokens, hidden] each.</summary>
    public IReadOnlyList<Tensor> States(Workspace w, IReadOnlyList<Tensor> features, int upTo = int.MaxValue) => States(w, features, null, upTo);

    /// <summary>
    /// Upstream's padded way: sounds of one length with flags for each sample, of which every int(samples / tokens)-th counts. What is hidden is
    /// silenced before the blocks, and not attended to; the convolutions in the blocks see it, so that a padded sound differs from the sound alone.
    /// </summary>
    /// <param name="w">Where the result lives.</param>
    /// <param name="features">Of each sound, padding included.</param>
    /// <param name="sampleMasks">For each sound which samples are sound, one flag a sample.</param>
    public IReadOnlyList<Tensor> PaddedStates(Workspace w, IReadOnlyList<Tensor> features, IReadOnlyList<bool[]> sampleMasks)
    {
        int tokens = Tokens(features[0].Size(0));
        bool[] mask = [.. sampleMasks.SelectMany(samples =>
        {
            int step = samples.Length / tokens;
            return Enumerable.Range(0, tokens).Select(token => samples[token * step]);
        })];
        return States(w, features, mask, int.MaxValue);
    }

    private IReadOnlyList<Tensor> States(Workspace w, IReadOnlyList<Tensor> features, bool[]? mask, int upTo)
    {
        int tokens = Tokens(features[0].Size(0)), hidden = config.Conformer.HiddenSize;
        Tensor x = w.Allocate(features.Count * tokens, hidden);
        for (int i = 0; i < features.Count; i++)
            stem.Forward(w, features[i], x.Narrow(0, i * tokens, tokens));
        return conformer.States(w, x, features.Count, mask, upTo);
    }
}
