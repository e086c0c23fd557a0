using System.Text.Json;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files;

/// <summary>One row of a listing: a tensor's name, its type as safetensors spells it, its shape and the file that holds it.</summary>
public sealed record ListedTensor(string Name, string Type, IReadOnlyList<long> Shape, long Bytes, string File);

/// <summary>What a file or folder of weights holds, in plain values: read from headers and config.json, without touching a weight.</summary>
public sealed record CheckpointListing
{
    /// <summary>The file or index that was opened.</summary>
    public required string Path { get; init; }

    /// <summary>"safetensors", "PyTorch (zip)", "PyTorch (legacy)", "npz".</summary>
    public required string Format { get; init; }

    /// <summary>Names of the files that hold the tensors.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The tensors, file by file, in the order of their data.</summary>
    public required IReadOnlyList<ListedTensor> Tensors { get; init; }

    /// <summary>The strings that the first file carries about itself.</summary>
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }

    /// <summary>The elements of all floating-point tensors.</summary>
    public required long Parameters { get; init; }

    /// <summary>The bytes of all tensors.</summary>
    public required long Bytes { get; init; }

    /// <summary>"model_type" of config.json beside the weights; null where there is none.</summary>
    public string? ModelType { get; init; }

    /// <summary>"architectures" of config.json (or "_class_name", as diffusers writes).</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];

    public static CheckpointListing Read(string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(checkpoint.Path))!;
        (string? modelType, IReadOnlyList<string> architectures) = Config(System.IO.Path.Combine(folder, "config.json"));
        return new CheckpointListing
        {
            Path = checkpoint.Path,
            Format = checkpoint.Format,
            Files = [.. checkpoint.Files.Select(file => System.IO.Path.GetFileName(file))],
            Tensors = [.. checkpoint.Entries.Select(entry =>
                new ListedTensor(entry.Name, entry.TypeName, entry.Shape, entry.Length, entry.File))],
            Metadata = new Dictionary<string, string>(checkpoint.Metadata),
            Parameters = checkpoint.Entries.Where(entry => entry.Type.IsFloat()).Sum(entry => entry.Count),
            Bytes = checkpoint.Entries.Sum(entry => entry.Length),
            ModelType = modelType,
            Architectures = architectures,
        };
    }

    private static (string? ModelType, IReadOnlyList<string> Architectures) Config(string path)
    {
        if (!File.Exists(path))
        {
            return (null, []);
        }
        using JsonDocument json = StrictJson.ReadObject(path, largest: 4 << 20);
        JsonElement root = json.RootElement;
        string[] names = root.TryGetProperty("architectures", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!)]
            : Text(root, "_class_name") is string name ? [name] : [];
        return (Text(root, "model_type"), names);
    }

    private static string? Text(JsonElement root, string key) =>
        root.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
