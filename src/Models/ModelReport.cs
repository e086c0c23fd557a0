using System.Text.Json;
using Euterpe.Models.Pretrained;
using Euterpe.Models.Saving;
using Euterpe.Numerics.Files;
using Euterpe.Tensors.Files;

namespace Euterpe.Models;

/// <summary>One tensor of a file: its name, type and sizes.</summary>
public sealed record TensorEntry(string Name, string Type, IReadOnlyList<long> Shape)
{
    /// <summary>How many numbers it holds.</summary>
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
    internal static ModelReport Of(string nameOrPath, string? cache = null)
    {
        var source = ModelSource.Find(nameOrPath, cache: cache);
        if (KnownLayouts.Of(source) is { } layout)
            return Original(source, layout);
        string path = System.IO.Path.GetFullPath(source.Weights);
        using var checkpoint = Checkpoint.Open(path);
        TensorEntry[] tensors = [.. checkpoint.Entries.Select(entry => new TensorEntry(entry.Name, entry.Type.ToString(), [.. entry.Shape]))];
        var report = new ModelReport(path, null, checkpoint.Format, checkpoint.Files, tensors.Sum(tensor => tensor.Count), tensors, [], [], []);
        if (!source.IsFile && source.HasConfig)
        {
            JsonElement config = source.Config().Root;
            return Architectures.InConfig(config) is { } known ? known.Describe(source, checkpoint, report with { Architecture = known.Type })
                : report with
                {
                    Architecture = config.TryGetProperty("model_type", out JsonElement type) ? type.ToString() : null,
                    Notes = ["what config.json describes is not known here: it can be looked at, and not run"],
                };
        }
        return Architectures.InWeights(checkpoint) is { } original ? original.Describe(source, checkpoint, report with { Architecture = original.Type })
            : report with { Notes = ["no config.json beside the weights: the architecture is not known"] };
    }

    /// <summary>A model of another project's layout: its files as they are, and what they are under Hugging Face's names.</summary>
    private static ModelReport Original(ModelSource source, KnownLayout layout)
    {
        using SourceModel model = KnownLayouts.Read(source);
        Checkpoint[] files = [.. model.Weights.Checkpoints];
        TensorEntry[] tensors = [.. files.SelectMany(file => file.Entries)
            .Select(entry => new TensorEntry(entry.Name, entry.Type.ToString(), [.. entry.Shape]))];
        var notes = new List<string> { $"the layout is {model.Layout}'s: euterpe convert writes it as Hugging Face's libraries load it" };
        if (model.Weights.Left.Count > 0)
        {
            notes.AddRange(model.Weights.Left.GroupBy(left => left.Value)
                .Select(group => $"{group.Count()} {(group.Count() == 1 ? "tensor is" : "tensors are")} left: {group.Key}"));
        }

        if (model.Weights.Unknown.Count > 0)
            notes.Add($"tensors that this layout does not know: {string.Join(", ", model.Weights.Unknown.Take(5))}");
        var report = new ModelReport(System.IO.Path.GetFullPath(source.Weights), model.Architecture, files[0].Format, [.. files.SelectMany(file => file.Files)],
            model.Weights.Tensors.Where(tensor => tensor.Type.IsFloat()).Sum(tensor => tensor.Count), tensors, [], [], [.. notes, .. model.Notes]);
        return layout.Describe is null ? report : layout.Describe(model, report);
    }
}
