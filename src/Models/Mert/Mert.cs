using System.Globalization;
using Euterpe.Layers;
using Euterpe.Models.Pretrained;
using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Mert;

/// <summary>How a MERT, a HuBERT or a wav2vec 2 comes into being: from a folder of the Hugging Face layout, or at random.</summary>
internal static class Mert
{
    // In front of the names where the file is of a model with a head (ForCTC, ForPreTraining ...).
    private static readonly string[] Prefixes = ["hubert.", "wav2vec2.", "mert."];

    public static Architecture MertArchitecture { get; } = Kind("mert_model");

    public static Architecture HubertArchitecture { get; } = Kind("hubert");

    public static Architecture Wav2Vec2Architecture { get; } = Kind("wav2vec2");

    public static FrameEmbedder Open(ModelSource source)
    {
        MertConfig config = MertConfig.Read(source.Config());
        MertPreprocessor preprocessor = Preprocessor(source, config);
        var checkpoint = Checkpoint.Open(source.Weights);
        try
        {
            (Func<string, string?> rename, _) = Names([.. checkpoint.Names]);
            return Open(source.Name, source.Weights, config, preprocessor, new CheckpointWeights(checkpoint, rename), source.Packing, source.Frames);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Weights under the model's own names, whatever layout they come from; they are disposed with the embedder.</summary>
    public static FrameEmbedder Open(
        string name, string where, MertConfig config, MertPreprocessor preprocessor, CheckpointWeights weights, Packing packing,
        FrameOptions? options)
    {
        _ = List(config, weights, where);
        var network = new MertNetwork(config, preprocessor, () => Load(config, weights, where, packing), packing, weights.Hash, weights);
        return new FrameEmbedder(name, network, options);
    }

    /// <summary>All names and shapes; throws if the source has others.</summary>
    public static IReadOnlyList<Parameter> List(MertConfig config, IWeightSource source, string where)
    {
        var listing = Weights.Listing(source, where);
        _ = new MertModel(listing, config, HasMask(config, source));
        listing.Finish();
        return listing.Taken;
    }

    public static MertModel Load(MertConfig config, IWeightSource source, string where, Packing packing) =>
        new(Weights.From(source, where, packing), config, HasMask(config, source));

    /// <summary>
    /// From the file's names to the model's: without the prefix of a model with a head, weight norm as transformers spells it now. What does not
    /// have the prefix belongs to a head, and is left.
    /// </summary>
    public static (Func<string, string?> Rename, IReadOnlyList<string> Left) Names(IReadOnlyList<string> stored)
    {
        string prefix = Prefixes.FirstOrDefault(each => stored.Any(name => name.StartsWith(each + "encoder.", StringComparison.Ordinal))) ?? "";
        return (Rename, [.. stored.Where(name => Rename(name) is null)]);

        string? Rename(string name)
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
                return null;
            name = name[prefix.Length..];
            const string Position = "encoder.pos_conv_embed.conv.";
            return name switch
            {
                Position + "weight_g" => Position + "parametrizations.weight.original0",
                Position + "weight_v" => Position + "parametrizations.weight.original1",
                _ => name,
            };
        }
    }

    /// <summary>
    /// A whole model of random weights, small enough for tests and for comparing machines: every path of the real ones, no files. A frame is 20
    /// samples of 1,000 a second.
    /// </summary>
    public static FrameEmbedder Tiny(ulong seed, bool stable, Packing packing = Packing.F32, FrameOptions? options = null)
    {
        MertConfig config = TinyConfig(stable);
        var source = new RandomWeights(seed, jitter: 0.1f);
        MertModel model = Load(config, source, "mert tiny", packing);
        var network = new MertNetwork(config, new MertPreprocessor(1000, !stable), () => model, packing, () => $"random-{seed}");
        return new FrameEmbedder("mert-tiny", network, options);
    }

    /// <summary>With stable also a stem of layer norms with biases.</summary>
    internal static MertConfig TinyConfig(bool stable) => new("mert_model", 48, 3, 3, 80, Fused.Gelu, Fused.Gelu, [24, 40, 24], [10, 3, 2], [5, 2, 2],
        stable, stable, true, 8, 3, stable, 1e-5f, true, null);

    private static bool HasMask(MertConfig config, IWeightSource source) =>
        source.Names.Count == 0 ? config.Masks : source.Names.Contains("masked_spec_embed");

    private static Architecture Kind(string type) => new(type) { Open = Open, Describe = Describe };

    private static MertPreprocessor Preprocessor(ModelSource source, MertConfig config)
    {
        const string File = "preprocessor_config.json";
        if (source.Has(File))
            return MertPreprocessor.Read(source.Config(File), config);
        throw new ModelFileException($"[mert] {source.Folder}: no {File}, which says at which rate sounds are heard and whether they are normalised. "
            + "Hint: it belongs to the model.");
    }

    private static ModelReport Describe(ModelSource source, Checkpoint checkpoint, ModelReport report)
    {
        MertConfig config = MertConfig.Read(source.Config());
        MertPreprocessor preprocessor = Preprocessor(source, config);
        (Func<string, string?> rename, IReadOnlyList<string> left) = Names([.. checkpoint.Names]);
        IReadOnlyList<Parameter> listed = List(config, new CheckpointWeights(checkpoint, rename), source.Weights);
        var notes = new List<string>();
        if (left.Count > 0)
            notes.Add($"left, as they belong to a head: {string.Join(", ", left)}");
        if (config.Unread.Count > 0)
            notes.Add("keys of config.json that are not read: " + string.Join(", ", config.Unread));
        return Describe(config, preprocessor, listed, report with { Notes = notes });
    }

    internal static ModelReport Describe(MertConfig config, MertPreprocessor preprocessor, IReadOnlyList<Parameter> listed, ModelReport report) =>
        report with
        {
            Parameters = listed.Sum(each => each.Shape.Count),
            Abilities = ["embed sounds", "hidden states of each frame"],
            Facts =
            [
                new("encoder", string.Create(CultureInfo.InvariantCulture,
                    $"{config.NumHiddenLayers} layers of {config.HiddenSize}, {config.NumAttentionHeads} heads, ")
                    + $"norms {(config.StableLayerNorm ? "before" : "behind")} the parts"),
                new("stem", string.Create(CultureInfo.InvariantCulture,
                    $"{config.ConvDim.Length} convolutions, {(config.LayerNormStem ? "layer norms" : "group norm")}, {config.Stride} samples a frame")),
                new("sound", string.Create(CultureInfo.InvariantCulture,
                    $"{preprocessor.SamplingRate} Hz, {(double)preprocessor.SamplingRate / config.Stride} frames a second")
                    + (preprocessor.DoNormalize ? ", normalised" : "")),
                new("hidden states", string.Create(CultureInfo.InvariantCulture, $"{config.NumHiddenLayers + 1}")),
                new("dimension", config.HiddenSize.ToString(CultureInfo.InvariantCulture)),
            ],
        };
}
