using System.Text.Json;
using Xunit.Sdk;

namespace Euterpe.Testing;

/// <summary>
/// The oracle checkpoints/: its index.json names files and folders and says what must happen to each. The kind is taken from the files: "safetensors"
/// where the entry is (or its folder holds) safetensors or an index of them, "torch" for what torch.save wrote or pretends to have written.
/// </summary>
public sealed record CheckpointIndex(string Name, string Must, string What, string Path)
{
    /// <summary>Whether loading is what must happen.</summary>
    public bool MustLoad => Must.StartsWith("load", StringComparison.Ordinal);

    /// <summary>Whether an error is the only right outcome ("refuse, or ..." leaves a choice).</summary>
    public bool MustRefuse => Must.StartsWith("refuse", StringComparison.Ordinal) && !Must.Contains(" or ", StringComparison.Ordinal);

    public string Kind => Directory.Exists(Path)
        ? Directory.EnumerateFiles(Path).Any(file => System.IO.Path.GetExtension(file) is ".bin" or ".pt" or ".th") ? "torch" : "safetensors"
        : Name.EndsWith(".safetensors", StringComparison.Ordinal) || Name.EndsWith(".index.json", StringComparison.Ordinal) ? "safetensors" : "torch";

    public static IReadOnlyList<CheckpointIndex> All()
    {
        string root = System.IO.Path.Combine(Fixture.Root, "checkpoints"), path = System.IO.Path.Combine(root, "index.json");
        if (!File.Exists(path))
        {
            throw new XunitException($"The oracle checkpoints has no index.json in {Fixture.Root}.");
        }
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. json.RootElement.GetProperty("files").EnumerateArray().Select(entry => new CheckpointIndex(
            entry.GetProperty("path").GetString()!, entry.GetProperty("must").GetString()!, entry.GetProperty("what").GetString()!,
            System.IO.Path.Combine(root, entry.GetProperty("path").GetString()!)))];
    }

    /// <summary>For MemberData: the names of all entries of a kind ("safetensors", "torch") whose name begins so.</summary>
    public static IEnumerable<object[]> Names(string kind, string beginning)
    {
        object[][] rows = [.. All().Where(entry => entry.Kind == kind && entry.Name.StartsWith(beginning, StringComparison.Ordinal))
            .Select(entry => new object[] { entry.Name })];
        return rows.Length > 0 ? rows : throw new XunitException($"The oracle checkpoints has no entry of the kind {kind} under {beginning}.");
    }

    public static CheckpointIndex Open(string name) => All().Single(entry => entry.Name == name);
}
