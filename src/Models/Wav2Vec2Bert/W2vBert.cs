using System.Globalization;
using Euterpe.Layers;
using Euterpe.Models.Conformer;
using Euterpe.Models.Pretrained;
using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Wav2Vec2Bert;

/// <summary>How a Wav2Vec2-BERT comes into being: from a folder of the Hugging Face layout, or at random.</summary>
internal static class W2vBert
{
    // In front of the names where the file is of a model with a head (ForCTC ...).
    private const string Prefix = "wav2vec2_bert.";

    public static Architecture Architecture { get; } = new("wav2vec2-bert")
    {
        Open = source => new FrameEmbedder(source.Name, Open(source), source.Frames),
        Describe = Describe,
    };

    public static W2vBertNetwork Open(ModelSource source)
    {
        W2vBertConfig config = W2vBertConfig.Read(source.Config());
        W2vBertPreprocessor preprocessor = W2vBertPreprocessor.Read(source.Config("preprocessor_config.json"), config);
        var checkpoint = Checkpoint.Open(source.Weights);
        try
        {
            var weights = new CheckpointWeights(checkpoint, Rename(checkpoint));
            _ = List(config, weights, source.Weights);
            return new W2vBertNetwork(
                config, preprocessor, () => new W2vBertModel(Weights.From(weights, source.Weights, source.Packing), config), source.Packing,
                weights.Hash, weights);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>All names and shapes; throws if the source has others.</summary>
    public static IReadOnlyList<Parameter> List(W2vBertConfig config, IWeightSource source, string where)
    {
        var listing = Weights.Listing(source, where);
        _ = new W2vBertModel(listing, config);
        listing.Finish();
        return listing.Taken;
    }

    /// <summary>A whole Wav2Vec2-BERT of random weights, small enough for tests and for comparing machines.</summary>
    public static W2vBertNetwork Tiny(ulong seed, Packing packing = Packing.F32, ConformerPositions positions = ConformerPositions.RelativeKey)
    {
        W2vBertConfig config = TinyConfig(positions);
        return new W2vBertNetwork(config, new W2vBertPreprocessor(16000, 20, 2, 1),
            () => new W2vBertModel(Weights.From(new RandomWeights(seed, jitter: 0.1f), "w2v-bert tiny", packing), config), packing,
            () => $"random-{seed}");
    }

    public static W2vBertConfig TinyConfig(ConformerPositions positions = ConformerPositions.RelativeKey) =>
        new(40, 1e-5f, new ConformerConfig(24, 3, 4, 48, Fused.Silu, 1e-5f, positions, 10000, 16, 8, 31, Causal: true));

    /// <summary>Without the prefix of a model with a head; what does not have it belongs to the head, and is left.</summary>
    private static Func<string, string?> Rename(Checkpoint checkpoint)
    {
        bool headed = checkpoint.Names.Any(name => name.StartsWith(Prefix + "encoder.", StringComparison.Ordinal));
        return name => !headed ? name : name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : null;
    }

    private static string Named(ConformerPositions positions) => positions switch
    {
        ConformerPositions.RelativeKey => "relative_key",
        _ => positions.ToString().ToLowerInvariant(),
    };

    private static ModelReport Describe(ModelSource source, Checkpoint checkpoint, ModelReport report)
    {
        W2vBertConfig config = W2vBertConfig.Read(source.Config());
        W2vBertPreprocessor preprocessor = W2vBertPreprocessor.Read(source.Config("preprocessor_config.json"), config);
        ConformerConfig conformer = config.Conformer;
        return report with
        {
            Parameters = List(config, new CheckpointWeights(checkpoint, Rename(checkpoint)), source.Weights).Sum(each => each.Shape.Count),
            Abilities = ["embed sounds", "hidden states of frames"],
            Facts =
            [
                new("encoder", string.Create(CultureInfo.InvariantCulture,
                    $"causal conformer, {conformer.Layers} layers of {conformer.HiddenSize}, positions {Named(conformer.Positions)}")),
                new("front end", string.Create(CultureInfo.InvariantCulture,
                    $"{preprocessor.Bands} bands at {preprocessor.SamplingRate} Hz, {preprocessor.Stride} frames together")),
                new("dimension", conformer.HiddenSize.ToString(CultureInfo.InvariantCulture)),
            ],
            Notes = config.Unread.Count == 0 ? [] : ["keys of config.json that are not read: " + string.Join(", ", config.Unread)],
        };
    }
}
