using Euterpe.Layers;
using Euterpe.Models.Muq;
using Euterpe.Models.Roberta;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Models.MuqMulan;

/// <summary>
/// MuQ-MuLan: sounds and words in one space (Zhu et al., "MuQ", 2025, after Huang et al., "MuLan", 2022). Follows tencent-ailab/MuQ's
/// src/muq/muq_mulan (d4a6658); names are those of its files.
/// Deviations: dropout does not exist; each text travels alone, so that its vector does not depend on its neighbours (upstream attends to padding and
/// averages over it: <see cref="MuqMulanTextTower.PaddedLayerOut"/>).
/// </summary>
internal sealed class MuqMulanModel
{
    private readonly Lazy<MuqMulanAudioTower> audio;
    private readonly Lazy<MuqMulanTextTower> text;
    private readonly Lazy<(float Scale, float Bias)> scale;

    /// <summary>Checks every name and shape of both towers now, and reads the values of a tower when it is first used.</summary>
    public MuqMulanModel(MuqMulanConfig config, IWeightSource source, string where, Packing packing)
    {
        (Config, Packing) = (config, packing);
        Weights listing = Weights.Listing(source, where);
        Listed = List(listing, config);
        listing.Finish();
        FrontEnd = new MuqFrontEnd(config.Audio);
        audio = new(() => new MuqMulanAudioTower(Weights.From(source, where, packing).In("mulan"), config));
        text = new(() => new MuqMulanTextTower(Weights.From(source, where, packing).In("mulan"), config));
        scale = new(() => Scales(Weights.From(source, where, packing).In("mulan.contrast"), config));
    }

    public MuqMulanConfig Config { get; }

    public Packing Packing { get; }

    /// <summary>All names and shapes that are read.</summary>
    public IReadOnlyList<Parameter> Listed { get; }

    public MuqFrontEnd FrontEnd { get; }

    public MuqMulanAudioTower Audio => audio.Value;

    public MuqMulanTextTower Text => text.Value;

    /// <summary>What training multiplied similarities with, and (sigmoid loss) added to them.</summary>
    public (float Scale, float Bias) Scale => scale.Value;

    /// <summary>Names and shapes of a MuQ-MuLan of this configuration.</summary>
    public static IReadOnlyList<Parameter> List(MuqMulanConfig config) => List(Weights.Listing(new RandomWeights(0), "listing"), config);

    private static IReadOnlyList<Parameter> List(Weights weights, MuqMulanConfig config)
    {
        Weights mulan = weights.In("mulan");
        _ = new MuqMulanAudioTower(mulan, config);
        _ = new MuqMulanTextTower(mulan, config);
        _ = Scales(mulan.In("contrast"), config);
        return weights.Taken;
    }

    private static (float Scale, float Bias) Scales(Weights weights, MuqMulanConfig config)
    {
        Parameter temperature = weights.Take("temperatures", Initial.Ones, 1, 1, 1);
        Parameter? bias = config.Sigmoid ? weights.Take("bias", Initial.Zeros, 1, 1, 1) : null;
        return weights.Loads ? ((float)DoubleFunctions.Exp(temperature.Value.Span[0]), bias is null ? 0 : bias.Value.Span[0]) : default;
    }
}

/// <summary>Sounds to the common space.</summary>
internal sealed class MuqMulanAudioTower
{
    private readonly MuqMulanConfig config;
    private readonly MuqEncoder encoder;
    private readonly Linear projection;
    private readonly MulanTransformer transformer;
    private readonly Linear toLatents;

    /// <param name="mulan">Holds <c>audio</c> and <c>audio_to_latents</c>.</param>
    /// <param name="config">Sizes.</param>
    public MuqMulanAudioTower(Weights mulan, MuqMulanConfig config)
    {
        this.config = config;
        Weights audio = mulan.In("audio"), inner = audio.In("model.model");
        if (mulan.Loads)
            encoder = new MuqEncoder(inner, config.Audio);
        else
            encoder = MuqModel.Take(inner, config.Audio);
        // Upstream has an average over layers that it does not use.
        audio.Leave("aggregator.weight", "aggregator.bias");
        projection = new Linear(audio.In("proj"), config.Audio.Conformer.HiddenSize, config.AudioTop.Dim);
        transformer = new MulanTransformer(audio.In("transformer"), config.AudioTop);
        toLatents = new Linear(mulan.In("audio_to_latents"), config.AudioTop.Dim, config.Dimension);
    }

    /// <summary>What stands above the hidden states of the MuQ inside, before the mean over time.</summary>
    /// <param name="w">Where the result lives.</param>
    /// <param name="features">Mels of clips of one length.</param>
    /// <returns>[clips, tokens, dim].</returns>
    public Tensor LayerOut(Workspace w, IReadOnlyList<Tensor> features)
    {
        using Workspace.Scope scope = w.Begin();
        Tensor state = encoder.States(w, features, config.AudioLayer)[config.AudioLayer]; // [clips * tokens, hidden]
        Tensor x = projection.Forward(w, state).Reshape(features.Count, -1, config.AudioTop.Dim);
        return scope.Return(transformer.Forward(w, x));
    }

    /// <summary>Clips of one length, each by itself: [clips, dimension], norm 1.</summary>
    public Tensor Latents(Workspace w, IReadOnlyList<Tensor> features) => MuqMulanLatents.Of(w, LayerOut(w, features), toLatents);
}

/// <summary>Words to the common space.</summary>
internal sealed class MuqMulanTextTower
{
    private readonly MuqMulanConfig config;
    private readonly RobertaEncoder encoder;
    private readonly Linear? projection;
    private readonly MulanTransformer transformer;
    private readonly Linear toLatents;

    /// <param name="mulan">Holds <c>text</c> and <c>text_to_latents</c>.</param>
    /// <param name="config">Sizes.</param>
    public MuqMulanTextTower(Weights mulan, MuqMulanConfig config)
    {
        this.config = config;
        Weights text = mulan.In("text"), inner = text.In("model");
        encoder = new RobertaEncoder(inner, config.Text);
        // The pooler looks at the first token alone, and upstream takes all of them.
        inner.Leave("pooler.dense.weight", "pooler.dense.bias");
        projection = config.Text.HiddenSize == config.TextTop.Dim ? null : new Linear(text.In("proj"), config.Text.HiddenSize, config.TextTop.Dim);
        transformer = new MulanTransformer(text.In("transformer"), config.TextTop);
        toLatents = new Linear(mulan.In("text_to_latents"), config.TextTop.Dim, config.Dimension);
    }

    /// <summary>Each text alone: [texts, dimension], norm 1.</summary>
    public Tensor Latents(Workspace w, IReadOnlyList<long[]> texts)
    {
        Tensor rows = Project(w, encoder.Forward(w, texts)), latents = w.Allocate(texts.Count, config.Dimension);
        for (int i = 0, row = 0; i < texts.Count; row += texts[i].Length, i++)
        {
            using Workspace.Scope scope = w.Begin();
            Tensor x = transformer.Forward(w, rows.Narrow(0, row, texts[i].Length).Unsqueeze(0));
            MuqMulanLatents.Of(w, x, toLatents).CopyTo(latents.Narrow(0, i, 1));
        }

        return latents;
    }

    /// <summary>
    /// Upstream's padded way: rows of one length with masks, which XLM-RoBERTa heeds and what follows does not. What stands above it, before the mean
    /// over time: [texts, tokens, dim].
    /// </summary>
    public Tensor PaddedLayerOut(Workspace w, IReadOnlyList<long[]> rows, IReadOnlyList<bool[]?> masks)
    {
        if (rows.Any(row => row.Length != rows[0].Length))
        {
            throw new ShapeException(
                $"[muq-mulan] Padded texts have one length: found {string.Join(", ", rows.Select(row => row.Length).Distinct())}.");
        }

        return transformer.Forward(w, Project(w, encoder.Forward(w, rows, masks)).Reshape(rows.Count, rows[0].Length, config.TextTop.Dim));
    }

    /// <summary>Upstream's padded way to the end, padding averaged with the rest: a text's vector depends on its neighbours.</summary>
    public Tensor PaddedLatents(Workspace w, IReadOnlyList<long[]> rows, IReadOnlyList<bool[]?> masks) =>
        MuqMulanLatents.Of(w, PaddedLayerOut(w, rows, masks), toLatents);

    private Tensor Project(Workspace w, Tensor x) => projection is null ? x : projection.Forward(w, x);
}

internal static class MuqMulanLatents
{
    /// <summary>The mean over time, projected, to norm 1: [batch, dimension] of [batch, tokens, dim].</summary>
    public static Tensor Of(Workspace w, Tensor x, Linear toLatents) =>
        Operations.Normalize(w, toLatents.Forward(w, Operations.Mean(w, x, 1)));
}
