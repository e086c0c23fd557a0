using System.Text.Json.Nodes;
using Euterpe.Models.Pretrained;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Saving;

/// <summary>
/// Writes a model as Hugging Face's libraries do: config.json, model.safetensors (in shards with an index above a size), the small files beside them.
/// Everything is written into a folder of another name, which then takes its place: there is a whole model, or none.
/// </summary>
internal sealed class FolderWriter(SourceModel model, StoredType? type, long largestShard, IProgress<ConversionProgress>? progress, CancellationToken token)
{
    private const long LargestCopy = 512 << 20;

    private const int BlockBytes = 1 << 20;

    /// <summary>Tokenizer, preprocessor and generation: what stands beside the weights of a published model.</summary>
    private static readonly string[] Companions =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "spiece.model",
        "sentencepiece.bpe.model", "tokenizer.model", "chat_template.jinja", "chat_template.json", "preprocessor_config.json", "processor_config.json",
        "feature_extractor_config.json", "generation_config.json", "artists.json", "genres.json", "lyrics.json",
    ];

    private readonly List<string> written = [];
    private long bytes;

    /// <returns>The files, and the bytes of all tensors.</returns>
    public (IReadOnlyList<string> Files, long Bytes) Write(string folder, bool force)
    {
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (File.Exists(target))
            throw new OptionsException($"[convert] {folder} is a file; a folder is written.");
        bool there = Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any();
        if (there && !force)
            throw new ModelFileException($"[convert] {folder} is not empty. Hint: name another folder, or --force to write over the model in it.");
        if (model.Folders.Any(each => Path.TrimEndingDirectorySeparator(Path.GetFullPath(each)) == target))
            throw new OptionsException($"[convert] {folder} is where the model is read from. Hint: name another folder.");
        string parent = Path.GetDirectoryName(target) ?? target;
        Directory.CreateDirectory(parent);
        string partial = Path.Combine(parent, $".{Path.GetFileName(target)}.{Environment.ProcessId}.partial");
        try
        {
            Directory.CreateDirectory(partial);
            Weights(partial);
            foreach ((string name, JsonObject json) in model.Made)
                Text(partial, name, name == ModelSource.ConfigName ? Typed(json) : json);
            Copies(partial);
            token.ThrowIfCancellationRequested();
            Place(partial, target, there);
            return (written, bytes);
        }
        finally
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
        }
    }

    /// <summary>A folder that is new takes its name at once; in one that is there, files are replaced one by one, the weights of before are gone.</summary>
    private void Place(string partial, string target, bool there)
    {
        if (!there)
        {
            if (Directory.Exists(target))
                Directory.Delete(target);
            Directory.Move(partial, target);
            return;
        }

        foreach (string name in written)
        {
            string to = Path.Combine(target, name);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Move(Path.Combine(partial, name), to, overwrite: true);
        }

        foreach (string file in Directory.EnumerateFiles(target))
        {
            string name = Path.GetFileName(file);
            bool weights = name is "model.safetensors" or "model.safetensors.index.json" or "pytorch_model.bin" or "pytorch_model.bin.index.json"
                || ((name.StartsWith("model-", StringComparison.Ordinal) || name.StartsWith("pytorch_model-", StringComparison.Ordinal))
                    && name.Contains("-of-", StringComparison.Ordinal));
            if (weights && !written.Contains(name))
                File.Delete(file);
        }
    }

    private void Weights(string folder)
    {
        HashSet<string> tied = TiedNames.Of(model.Architecture, model.Weights);
        List<Item> items =
        [
            .. model.Weights.Tensors.Where(tensor => !tied.Contains(tensor.Name)).Select(tensor => new Item(
                tensor.Name, tensor.Saved(type), tensor.Shape, tensor.Count, stream => tensor.Write(stream, type))),
            .. model.Buffers.Select(made => new Item(
                made.Name, made.Type, made.Shape, made.Bytes.Length / made.Type.Size(), stream => stream.Write(made.Bytes))),
        ];
        bytes = items.Sum(item => item.Bytes);
        List<List<Item>> shards = Shards(items);
        long done = 0;
        for (int i = 0; i < shards.Count; i++)
        {
            string name = shards.Count == 1 ? "model.safetensors" : $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors";
            var writer = new SafetensorsWriter();
            writer.AddMetadata("format", "pt");
            foreach (Item item in shards[i])
            {
                writer.Add(item.Name, item.Type, item.Shape, stream =>
                {
                    token.ThrowIfCancellationRequested();
                    item.Write(stream);
                    done += item.Bytes;
                    progress?.Report(new ConversionProgress(done, bytes, item.Name));
                });
            }

            writer.Save(Path.Combine(folder, name));
            written.Add(name);
        }

        if (shards.Count > 1)
            Text(folder, "model.safetensors.index.json", Index(shards));
    }

    private List<List<Item>> Shards(List<Item> items)
    {
        var shards = new List<List<Item>> { new() };
        long size = 0;
        foreach (Item item in items)
        {
            if (size + item.Bytes > largestShard && shards[^1].Count > 0)
            {
                shards.Add([]);
                size = 0;
            }

            shards[^1].Add(item);
            size += item.Bytes;
        }

        return shards;
    }

    private JsonObject Index(List<List<Item>> shards)
    {
        var map = new JsonObject();
        for (int i = 0; i < shards.Count; i++)
        {
            foreach (Item item in shards[i])
                map[item.Name] = $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors";
        }

        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["total_parameters"] = shards.Sum(shard => shard.Sum(item => item.Count)), ["total_size"] = bytes },
            ["weight_map"] = map,
        };
    }

    /// <summary>The configuration with the type that the weights now have.</summary>
    private JsonObject Typed(JsonObject config)
    {
        StoredType? all = type;
        StoredType[] floats = [.. model.Weights.Tensors.Select(tensor => tensor.Type).Where(each => each.IsFloat()).Distinct()];
        if (all is null && floats.Length == 1)
            all = floats[0];
        string? name = all switch
        {
            StoredType.F32 => "float32",
            StoredType.BF16 => "bfloat16",
            StoredType.F16 => "float16",
            _ => null,
        };
        if (name is null || model.Architecture is null)
            return config;
        var typed = (JsonObject)config.DeepClone();
        typed[typed.ContainsKey("torch_dtype") ? "torch_dtype" : "dtype"] = name;
        return typed;
    }

    private void Copies(string folder)
    {
        List<string> names = [.. Companions];
        // A model whose code lies beside it: transformers runs it, if it is asked to; nothing here does.
        if (model.Config?["auto_map"] is JsonObject map)
        {
            names.AddRange(map.Select(pair => pair.Value is JsonValue value && value.TryGetValue(out string? code) ? code.Split('.')[0] + ".py" : "")
                .Where(name => name.Length > 3 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.')).Distinct());
        }

        foreach (string name in names)
            Copy(folder, name);
        // A model made of others keeps their small files in folders of their names.
        foreach (string part in model.Folders.Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories).Select(path => Path.GetFileName(path))
            .Where(name => name[0] != '.').Distinct().Order(StringComparer.Ordinal))
        {
            if (model.Config is not null && MeantBy(model.Config, part))
            {
                foreach (string name in names.Append(ModelSource.ConfigName))
                    Copy(folder, Path.Combine(part, name));
            }
        }
    }

    private void Copy(string folder, string name)
    {
        if (written.Contains(name) || model.Folders.Select(each => Path.Combine(each, name)).FirstOrDefault(File.Exists) is not { } from)
            return;
        using FileStream source = new(from, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (source.Length > LargestCopy)
            throw new ModelFileException($"[convert] {from}: {source.Length:N0} bytes; up to {LargestCopy:N0} are copied.");
        string to = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        AtomicFile.Write(to, stream => source.CopyTo(stream, BlockBytes));
        written.Add(name);
    }

    /// <summary>Whether some text of a configuration names a folder.</summary>
    private static bool MeantBy(JsonNode? node, string folder) => node switch
    {
        JsonObject json => json.Any(pair => MeantBy(pair.Value, folder)),
        JsonArray list => list.Any(each => MeantBy(each, folder)),
        JsonValue value => value.TryGetValue(out string? text) && text.TrimEnd('/').Split('/')[^1] == folder,
        _ => false,
    };

    private void Text(string folder, string name, JsonObject json)
    {
        AtomicFile.WriteAllBytes(Path.Combine(folder, name), JsonFile.Bytes(json));
        written.Add(name);
    }

    private sealed record Item(string Name, StoredType Type, long[] Shape, long Count, Action<Stream> Write)
    {
        public long Bytes => Count * Type.Size();
    }
}
