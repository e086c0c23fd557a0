using System.Globalization;
using Euterpe.Layers;
using Euterpe.Models.Conformer;
using Euterpe.Models.Pretrained;
using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Muq;

/// <summary>How a MuQ comes into being: from a folder of the Hugging Face layout, or at random.</summary>
internal static class Muq
{
    public static Architecture Architecture { get; } = new("muq")
    {
        InConfig = MuqConfig.Recognises,
        Open = source => new FrameEmbedder(source.Name, Open(source), source.Frames),
        Describe = Describe,
    };

    public static MuqNetwork Open(ModelSource source)
    {
        MuqConfig config = MuqConfig.Read(source.Config());
        CheckpointWeights weights = CheckpointWeights.Open(source.Weights, MuqModel.Rename);
        try
        {
            return new MuqNetwork(new MuqModel(config, weights, source.Weights, source.Packing), weights.Hash, weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>A whole MuQ of random weights, small enough for tests and for comparing machines.</summary>
    public static MuqNetwork Tiny(ulong seed, Packing packing = Packing.F32, ConformerPositions positions = ConformerPositions.Rotary)
    {
        MuqConfig config = TinyConfig(positions);
        return new MuqNetwork(new MuqModel(config, new RandomWeights(seed, jitter: 0.1f), "muq tiny", packing), () => $"random-{seed}");
    }

    public static MuqConfig TinyConfig(ConformerPositions positions = ConformerPositions.Rotary)
    {
        var conformer = new ConformerConfig(32, 3, 4, 48, Fused.Silu, 1e-5f, positions, 10000, 0, 0, 31, Causal: false);
        return new MuqConfig(25, 2048, 16, 240, 8, 6.768444971712967, 18.417922652295623, MuqTarget.Residual, 2, 1, false, 1e-5f, conformer);
    }

    private static ModelReport Describe(ModelSource source, Checkpoint checkpoint, ModelReport report)
    {
        MuqConfig config = MuqConfig.Read(source.Config());
        var model = new MuqModel(config, new CheckpointWeights(checkpoint, MuqModel.Rename), source.Weights, Packing.F32);
        return report with
        {
            Parameters = model.Listed.Sum(each => each.Shape.Count),
            Abilities = ["embed sounds", "hidden states of frames"],
            Facts = Facts(config),
            Notes = config.Unread.Count == 0 ? [] : ["keys of config.json that are not read: " + string.Join(", ", config.Unread)],
        };
    }

    public static KeyValuePair<string, string>[] Facts(MuqConfig config) =>
    [
        new("stem", string.Create(CultureInfo.InvariantCulture,
            $"two convolution blocks of {config.ConvDim} channels over {MuqConfig.Bands} mel bands")),
        new("encoder", string.Create(CultureInfo.InvariantCulture,
            $"conformer, {config.Conformer.Layers} layers of {config.Conformer.HiddenSize}, {config.LabelRate} frames a second")),
        new("targets", config.Target switch
        {
            MuqTarget.Residual => string.Create(CultureInfo.InvariantCulture, $"Mel-RVQ, {config.Codebooks} codebooks"),
            MuqTarget.Single => "one codebook",
            _ => "random projection",
        }),
        new("dimension", config.Conformer.HiddenSize.ToString(CultureInfo.InvariantCulture)),
    ];
}
