using System.Globalization;
using Euterpe.Layers;
using Euterpe.Models.Pretrained;
using Euterpe.Numerics;
using Euterpe.Tensors.Files;
using Euterpe.Tokens;

namespace Euterpe.Models.Clap;

/// <summary>How a CLAP comes into being: from a folder of the Hugging Face layout, or at random.</summary>
internal static class Clap
{
    public static Architecture Architecture { get; } = new("clap")
    {
        Open = source => Open(source.Name, source.Folder, source.Packing),
        Describe = Describe,
    };

    public static ClapConfig Config(string folder) => ClapConfig.Read(ConfigObject.Open(Path.Combine(folder, "config.json")));

    public static ClapEmbedder Open(string name, string folder, Packing packing)
    {
        ClapConfig config = Config(folder);
        ClapPreprocessor preprocessor = ClapPreprocessor.Read(ConfigObject.Open(Path.Combine(folder, "preprocessor_config.json")), config.Audio);
        if (!File.Exists(Path.Combine(folder, "tokenizer.json")) && !File.Exists(Path.Combine(folder, "vocab.json")))
            throw new ModelFileException($"[clap] {folder}: no tokenizer. Hint: tokenizer.json, or vocab.json and merges.txt, belongs to the model.");
        var source = CheckpointWeights.Open(folder);
        try
        {
            var model = new ClapModel(config, source, folder, packing);
            return new ClapEmbedder(name, model, new ClapFrontEnd(preprocessor), () => Tokenizer.Load(folder), source.Hash, source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A whole CLAP of random weights, small enough for tests and for comparing machines: every path of the real one, no files. It takes ids instead
    /// of words.
    /// </summary>
    public static ClapEmbedder Tiny(ulong seed, bool fusion = false, Packing packing = Packing.F32)
    {
        var text = new ClapTextConfig(300, 32, 2, 4, 64, "gelu", 80, 1, 1e-5f, 1, 24, "relu");
        // A square of 64: 16 x 16 tokens, then 8 x 8; windows of 8, shifted in the second block. A window of sound is one second.
        var audio = new ClapAudioConfig(8, 16, 64, "gelu", [4, 4], [4, 4], 32, 24, [2, 1], [2, 4], fusion, 1, 16, true, true, 2, 4, 1e-5f, "relu");
        var sound = new ClapPreprocessor(audio.NumMelBins, 48000, 480, 48000, 1024, 50, 14000, fusion, ClapPadding.RepeatPad);
        var config = new ClapConfig(text, audio, 24);
        var model = new ClapModel(config, new RandomWeights(seed, jitter: 0.1f), "clap tiny", packing);
        return new ClapEmbedder("clap-tiny", model, new ClapFrontEnd(sound), null, () => $"random-{seed}");
    }

    private static ModelReport Describe(ModelSource source, Checkpoint checkpoint, ModelReport report) =>
        Describe(Config(source.Folder), new CheckpointWeights(checkpoint), source.Folder, report);

    internal static ModelReport Describe(ClapConfig config, IWeightSource weights, string where, ModelReport report)
    {
        var model = new ClapModel(config, weights, where, Packing.F32);
        ClapAudioConfig audio = config.Audio;
        return report with
        {
            Parameters = model.Listed.Sum(each => each.Shape.Count),
            Abilities = ["embed sounds", "embed words", "search by words", "zero-shot scores"],
            Facts =
            [
                new("audio tower", string.Create(CultureInfo.InvariantCulture,
                    $"HTSAT, {audio.PatchEmbedsHiddenSize} channels, depths {string.Join(" ", audio.Depths)}")),
                new("fusion", audio.EnableFusion ? "aff_2d" : "none"),
                new("text tower", string.Create(CultureInfo.InvariantCulture,
                    $"RoBERTa, {config.Text.NumHiddenLayers} layers of {config.Text.HiddenSize}, {config.Text.VocabSize} tokens")),
                new("dimension", audio.ProjectionDim.ToString(CultureInfo.InvariantCulture)),
            ],
            Notes = config.Unread.Count == 0 ? report.Notes : [.. report.Notes, "keys of config.json that are not read: " + string.Join(", ", config.Unread)],
        };
    }
}
