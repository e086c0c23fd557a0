using Euterpe.Models;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>A stored tensor.</summary>
/// <param name="Name">As the file has it.</param>
/// <param name="Type">How its numbers are stored.</param>
/// <param name="Shape">Its sizes.</param>
public sealed record ShownTensor(string Name, string Type, IReadOnlyList<long> Shape);

/// <summary>A size or setting.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">For people.</param>
public sealed record ShownFact(string Name, string Value);

/// <summary>What a model holds, and what can be done with it.</summary>
/// <param name="Path">What was looked at.</param>
/// <param name="Architecture">What config.json calls it; null where there is none.</param>
/// <param name="Format">How the weights are stored.</param>
/// <param name="Parameters">Numbers that the model reads; where its architecture is not known, all that are stored.</param>
/// <param name="Abilities">What Euterpe can do with it; empty where it can only be looked at.</param>
/// <param name="Facts">Sizes and settings that matter to a person.</param>
/// <param name="Notes">What is odd about it.</param>
/// <param name="Files">The files that hold the weights.</param>
/// <param name="Tensors">Everything that is stored, in the order of the files.</param>
public sealed record ShowResult(
    string Path,
    string? Architecture,
    string Format,
    long Parameters,
    IReadOnlyList<string> Abilities,
    IReadOnlyList<ShownFact> Facts,
    IReadOnlyList<string> Notes,
    IReadOnlyList<string> Files,
    IReadOnlyList<ShownTensor> Tensors);

/// <summary>What a model folder or weight file holds. Nothing is computed; a file that must not be trusted is refused.</summary>
public static class ShowTask
{
    /// <summary>Looks at a model.</summary>
    /// <param name="nameFolderOrFile">A built-in name, a model folder or a file of weights.</param>
    /// <exception cref="FileNotFoundException">There is nothing of this name.</exception>
    /// <exception cref="ModelFileException">The files do not fit together, or hold what must not be trusted.</exception>
    public static ShowResult Run(string nameFolderOrFile)
    {
        if (nameFolderOrFile.Length == 0)
            throw new OptionsException("[show] The name of a model, a folder or a file is needed.");
        if (nameFolderOrFile == ModelShelf.BuiltIn && !Path.Exists(nameFolderOrFile))
            return BuiltIn();
        ModelReport report = PretrainedModel.Inspect(nameFolderOrFile);
        return new ShowResult(report.Path, report.Architecture, report.Format, report.Parameters, report.Abilities,
            [.. report.Facts.Select(f => new ShownFact(f.Key, f.Value))], report.Notes, report.Files,
            [.. report.Tensors.Select(t => new ShownTensor(t.Name, t.Type, t.Shape))]);
    }

    private static ShowResult BuiltIn()
    {
        using OpenModel model = ModelShelf.Shared.Open(new ModelChoice());
        IAudioEmbedder sound = model.SoundOrThrow();
        return new ShowResult(ModelShelf.BuiltIn, sound.Name, "built in", 0, ["embed sounds"],
            [new("dimension", $"{sound.Dimension}"), new("sample rate", $"{sound.SampleRate} Hz"), new("key", sound.CompatibilityKey)], [], [], []);
    }
}
