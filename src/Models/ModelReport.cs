using System.Globalization;
using Euterpe.Models.Clap;
using Euterpe.Models.Pretrained;
using Euterpe.Tensors.Files;

namespace Euterpe.Models;

/// <summary>One tensor of a file: its name, type and sizes.</summary>
public sealed record TensorEntry(string Name, string Type, IReadOnlyList<long> Shape)
{
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);
}

/// <summary>What a model folder or a weight file holds.</summary>
/// <param name="Path">What was looked at.</param>
/// <param name="Architecture">model_type of config.json; null for a file that lies alone.</param>
/// <param name="Format">How the weights are stored.</param>
/// <param name="Files">The files that hold them.</param>
/// <param name="Parameters">Numbers that the model reads; where the architecture is not known, all that are stored.</param>
/// <param name="Tensors">Everything that is stored, in the order of the files.</param>
/// <param name="Abilities">What it can do here; empty if the architecture is not known.</param>
/// <param name="Facts">Sizes and settings that matter to a person.</param>
/// <param name="Notes">What is odd: an unknown architecture, keys of the configuration that nobody reads.</param>
public sealed record ModelReport(
    string Path, string? Architecture, string Format, IReadOnlyList<string> Files, long Parameters, IReadOnlyList<TensorEntry> Tensors,
        IReadOnlyList<string> Abilities,
    IReadOnlyList<KeyValuePair<string, string>> Facts, IReadOnlyList<string> Notes)
{
    internal static ModelReport Of(string path)
    {
        bool folder = Directory.Exists(path);
        using var checkpoint = Checkpoint.Open(path);
        TensorEntry[] tensors = [.. checkpoint.Entries.Select(entry => new TensorEntry(entry.Name, entry.Type.ToString(), [.. entry.Shape]))];
        var report = new ModelReport(path, null, checkpoint.Format, checkpoint.Files, tensors.Sum(tensor => tensor.Count), tensors, [], [], []);
        if (!folder || !File.Exists(System.IO.Path.Combine(path, "config.json")))
            return report with { Notes = ["no config.json beside the weights: the architecture is not known"] };
        string type = ModelFolder.Type(path);
        return type == "clap" ? Clap(report with { Architecture = type }, path, checkpoint)
            : report with { Architecture = type, Notes = [$"model_type {type} is not known here: it can be looked at, and not run"] };
    }

    private static ModelReport Clap(ModelReport report, string folder, Checkpoint checkpoint)
    {
        ClapConfig config = Models.Clap.Clap.Config(folder);
        var model = new ClapModel(config, new Layers.CheckpointWeights(checkpoint), folder, Layers.Packing.F32);
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
            Notes = config.Unread.Count == 0 ? [] : ["keys of config.json that are not read: " + string.Join(", ", config.Unread)],
        };
    }
}
