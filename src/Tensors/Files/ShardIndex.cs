using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files;

/// <summary>
/// model.safetensors.index.json, pytorch_model.bin.index.json: {"metadata": {...}, "weight_map": {tensor: file}}. The files lie beside the index; a
/// name with a folder in it
/// is refused, and so is an index that does not say the same as its files.
/// </summary>
internal static class ShardIndex
{
    private const string Suffix = ".index.json";

    private static readonly string[] Endings = [".safetensors", ".bin"];

    private const int MostShards = 4_096;

    public static bool IsOne(string path) => EndingOf(path) is not null;

    public static List<ITensorSource> Open(string path)
    {
        Dictionary<string, List<string>> namesOfShards = Read(path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!, index = Path.GetFileName(path);
        var sources = new List<ITensorSource>();
        try
        {
            string[] missing = [.. namesOfShards.Keys.Where(shard => !File.Exists(Path.Combine(folder, shard)))];
            if (missing.Length > 0)
            {
                throw new ModelFileException(
                    $"[checkpoint] {index}: {missing.Length} of {namesOfShards.Count} files that it names are not beside it: {Some(missing)}.");
            }
            var problems = new List<string>();
            var allowance = new Allowance("checkpoint", index, namesOfShards.Keys.Sum(shard => new FileInfo(Path.Combine(folder, shard)).Length));
            foreach ((string shard, List<string> names) in namesOfShards)
            {
                ITensorSource source = CheckpointFormats.Open(Path.Combine(folder, shard), allowance);
                sources.Add(source);
                var there = source.Entries.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
                string[] lacking = [.. names.Where(name => !there.Remove(name))];
                if (lacking.Length > 0)
                {
                    problems.Add($"{shard} lacks {lacking.Length} tensors that the index places there: {Some(lacking)}");
                }
                if (there.Count > 0)
                {
                    problems.Add($"{shard} has {there.Count} tensors that the index does not place there: {Some([.. there])}");
                }
            }
            return problems.Count == 0 ? sources : throw new ModelFileException($"[checkpoint] {index}: {string.Join("; ", problems.Take(5))}.");
        }
        catch
        {
            sources.ForEach(source => source.Dispose());
            throw;
        }
    }

    private static Dictionary<string, List<string>> Read(string path)
    {
        (string index, string ending) = (Path.GetFileName(path), EndingOf(path)!);
        using JsonDocument json = StrictJson.ReadObject(path, depth: 8);
        if (!json.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new ModelFileException($"[checkpoint] {index}: weight_map, an object of tensor names and file names, was expected.");
        }
        var shards = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (JsonProperty pair in map.EnumerateObject())
        {
            string? shard = pair.Value.ValueKind == JsonValueKind.String ? pair.Value.GetString() : null;
            if (shard is null || !IsPlainName(shard, ending))
            {
                throw new ModelFileException($"[checkpoint] {index}: {FileText.Shown(pair.Name)} must be in a {ending} file beside the index: "
                    + $"found {FileText.Shown(shard ?? pair.Value.GetRawText())}.");
            }
            if (!shards.TryGetValue(shard, out List<string>? names))
            {
                shards.Add(shard, names = []);
            }
            names.Add(pair.Name);
            if (shards.Count > MostShards)
            {
                throw new ModelFileException($"[checkpoint] {index}: at most {MostShards} files are read: found more.");
            }
        }
        return shards;
    }

    /// <summary>What the shards' names end with.</summary>
    private static string? EndingOf(string path) => Endings.FirstOrDefault(ending => path.EndsWith(ending + Suffix, StringComparison.Ordinal));

    private static bool IsPlainName(string name, string ending) => name.EndsWith(ending, StringComparison.Ordinal)
        && name[0] != '.' && name.Length <= 255 && name.IndexOfAny(['/', '\\', ':']) < 0 && !name.Any(char.IsControl);

    private static string Some(string[] names) =>
        string.Join(", ", names.Take(3).Select(name => FileText.Shown(name))) + (names.Length > 3 ? $" and {names.Length - 3} more" : "");
}
