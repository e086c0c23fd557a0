using Euterpe.Layers;
using Euterpe.Tensors;

namespace Euterpe.Models.Clap;

/// <summary>
/// CLAP of LAION: sounds and words in one space (Wu et al., "Large-scale contrastive language-audio pretraining with feature fusion and
/// keyword-to-caption
/// augmentation", 2023). Follows transformers' models/clap/modeling_clap.py (4.57); names are those of its files.
/// Deviations: dropout and stochastic depth do not exist (inference); a sound travels alone, so that with fusion every sound counts as longer, which
/// is what
/// upstream does with a batch of one; padding of texts is not computed.
/// </summary>
internal sealed class ClapModel
{
    private readonly Lazy<ClapScales> scales;
    private readonly Lazy<ClapTextTower> text;
    private readonly Lazy<ClapAudioTower> audio;

    /// <summary>Checks every name and shape of both towers now, and reads the values of a tower when it is first used.</summary>
    public ClapModel(ClapConfig config, IWeightSource source, string where, Packing packing)
    {
        (Config, Packing) = (config, packing);
        Weights listing = Weights.Listing(source, where);
        Listed = List(listing, config);
        listing.Finish();
        scales = new(() => new ClapScales(Weights.From(source, where, packing)));
        text = new(() => new ClapTextTower(Weights.From(source, where, packing), config));
        audio = new(() => new ClapAudioTower(Weights.From(source, where, packing), config));
    }

    public ClapConfig Config { get; }

    public Packing Packing { get; }

    /// <summary>All names and shapes, in upstream's order.</summary>
    public IReadOnlyList<Parameter> Listed { get; }

    public ClapTextTower Text => text.Value;

    public ClapAudioTower Audio => audio.Value;

    public ClapScales Scales => scales.Value;

    /// <summary>Names and shapes of a CLAP of this configuration.</summary>
    public static IReadOnlyList<Parameter> List(ClapConfig config) => List(Weights.Listing(new RandomWeights(0), "listing"), config);

    /// <summary>All tensors of a CLAP of this configuration.</summary>
    public static IReadOnlyList<Parameter> List(Weights weights, ClapConfig config)
    {
        _ = new ClapScales(weights);
        _ = new ClapTextTower(weights, config);
        _ = new ClapAudioTower(weights, config);
        return weights.Taken;
    }
}

/// <summary>Words to the common space.</summary>
internal sealed class ClapTextTower
{
    private readonly ClapProjection projection;
    public ClapTextTower(Weights weights, ClapConfig config)
    {
        Model = new ClapTextModel(weights.In("text_model"), config.Text);
        projection = new ClapProjection(
            weights.In("text_projection"), config.Text.HiddenSize, config.Text.ProjectionDim, config.Text.ProjectionHiddenAct);
    }

    public ClapTextModel Model { get; }

    /// <summary>[texts, dimension], norm 1.</summary>
    public Tensor Embed(Workspace w, IReadOnlyList<long[]> texts, IReadOnlyList<bool[]?>? masks = null) =>
        projection.Forward(w, Model.Forward(w, texts, masks));
}

/// <summary>Sounds to the common space.</summary>
internal sealed class ClapAudioTower
{
    private readonly ClapProjection projection;
    public ClapAudioTower(Weights weights, ClapConfig config)
    {
        Model = new HtsatModel(weights.In("audio_model.audio_encoder"), config.Audio);
        projection = new ClapProjection(
            weights.In("audio_projection"), config.Audio.HiddenSize, config.Audio.ProjectionDim, config.Audio.ProjectionHiddenAct);
    }

    public HtsatModel Model { get; }

    /// <summary>[batch, dimension], norm 1.</summary>
    public Tensor Project(Workspace w, Tensor pooled) => projection.Forward(w, pooled);

    /// <summary>[batch, dimension], norm 1.</summary>
    public Tensor Embed(Workspace w, Tensor features, ReadOnlySpan<bool> longer) => Project(w, Model.Forward(w, features, longer).Pooled);
}
