using System.IO.Enumeration;
using System.Text.RegularExpressions;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>
/// Which files of a repository are needed: configuration, tokenizer, preprocessor, card, and one set of weights. Safetensors come before pickles;
/// programs are never fetched
/// unless everything is.
/// </summary>
internal static partial class FileChoice
{
    private const long LargestBeside = 256L << 20, LargestCard = 4L << 20;

    private static readonly HashSet<string> Beside = new(StringComparer.Ordinal)
    {
        "config.json", "model_index.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json",
        "vocab.txt", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "chat_template.jinja", "chat_template.json",
        "preprocessor_config.json", "processor_config.json", "feature_extractor_config.json", "generation_config.json", "scheduler_config.json",
        "adapter_config.json", "artists.json", "genres.json", "lyrics.json",
    };

    /// <summary>What Hugging Face's libraries call weights, the safe kind first.</summary>
    private static readonly string[] Stems = ["model", "diffusion_pytorch_model", "adapter_model"],
        OldStems = ["pytorch_model", "diffusion_pytorch_model", "adapter_model"];

    private static readonly string[] Weights = [".SAFETENSORS", ".BIN", ".PT", ".PTH", ".TH", ".TAR", ".CKPT", ".KERAS"];

    /// <summary>What lies beside weights and is none: of a training that may go on, or of other frameworks.</summary>
    private static readonly string[] NoWeights = ["training_args.bin", "optimizer*", "scheduler.pt", "scheduler.bin", "rng_state*", "scaler.pt",
        "tf_model*", "flax_model*", "rust_model*"];

    /// <summary>The files, small ones first, and what a person should know of the choice.</summary>
    public static (IReadOnlyList<HubFile> Files, IReadOnlyList<string> Notes) Of(HubModel model, bool all, IReadOnlyList<string> patterns)
    {
        var notes = new List<string>();
        HubFile[] chosen;
        if (all)
        {
            chosen = [.. model.Files.Where(file => file.Name != ".gitattributes")];
        }
        else if (patterns.Count > 0)
        {
            string[] missing = [.. patterns.Where(pattern => !model.Files.Any(file => Matches(file, pattern)))];
            if (missing.Length > 0)
                throw new ModelFileException($"[pull] {model.Repository} has no file "
                    + $"{string.Join(", ", missing.Select(each => FileText.Shown(each)))}. It has {Listed(model.Files)}.");
            chosen = [.. model.Files.Where(file => patterns.Any(pattern => Matches(file, pattern)) || IsBeside(file, root: true))];
        }
        else
        {
            bool pipeline = model.Files.Any(file => file.Path == "model_index.json");
            var parts = model.Files.GroupBy(file => file.Folder)
                .Where(part => part.Key.Length == 0 || (pipeline && !part.Key.Contains('/', StringComparison.Ordinal)));
            chosen = [.. parts.SelectMany(part => part.Where(file => IsBeside(file, part.Key.Length == 0))
                .Concat(OneSet([.. part], model, needed: part.Key.Length == 0 && !pipeline)))];
            if (pipeline && !chosen.Any(IsWeights))
                throw NoneOf(model);
        }

        if (chosen.Where(IsWeights).Where(file => file.Extension != ".SAFETENSORS").ToArray() is { Length: > 0 } pickles && !all)
        {
            notes.Add($"{string.Join(", ", pickles.Select(file => file.Path).Take(3))}: there are no safetensors; "
                + $"the file is read by a reader that runs nothing of it");
        }

        return ([.. chosen.OrderBy(IsWeights).ThenBy(file => file.Path, StringComparer.Ordinal)], notes);
    }

    /// <summary>Whether a file holds numbers of a model, by its ending.</summary>
    public static bool IsWeights(HubFile file) => Weights.Contains(file.Extension) && !Beside.Contains(file.Name);

    private static bool IsBeside(HubFile file, bool root) => root == (file.Folder.Length == 0)
        && ((Beside.Contains(file.Name) && file.Size <= LargestBeside)
            || (root && file.Size <= LargestCard && (file.Name is "README.md" || FileSystemName.MatchesSimpleExpression("LICEN?E*", file.Name))));

    private static IEnumerable<HubFile> OneSet(HubFile[] folder, HubModel model, bool needed)
    {
        foreach ((string[] stems, string ending) in (ReadOnlySpan<(string[], string)>)[(Stems, ".safetensors"), (OldStems, ".bin")])
        {
            foreach (string stem in stems)
            {
                if (Named(folder, stem + ending) is { } whole)
                    return [whole];
                if (Named(folder, stem + ending + ".index.json") is { } index)
                    return [index, .. Shards(folder, stem, ending, model)];
            }
        }

        HubFile[] others = [.. folder.Where(IsWeights)
            .Where(file => !NoWeights.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, file.Name)))];
        HubFile[] safe = [.. others.Where(file => file.Extension == ".SAFETENSORS")];
        if (safe.Length == 1)
            return safe;
        if (others.Length == 1 || (others.Length == 2 && Named(others, "state_dict.bin") is not null
            && Named(others, "compression_state_dict.bin") is not null))
            return others;
        if (others.Length > 1)
        {
            throw new ModelFileException($"[pull] {model.Repository} holds several models: {Listed(others)}. "
                + $"Hint: euterpe pull {model.Repository} --file {others[0].Path}");
        }

        return needed ? throw NoneOf(model) : [];
    }

    private static HubFile[] Shards(HubFile[] folder, string stem, string ending, HubModel model)
    {
        HubFile[] shards = [.. folder.Where(file => Shard().Match(file.Name) is { Success: true } match && match.Groups[1].Value == stem
            && match.Groups[4].Value == ending)];
        return shards.Length > 0 ? shards
            : throw new ModelFileException($"[pull] {model.Repository} has {stem}{ending}.index.json, and none of the files that it lists.");
    }

    private static HubFile? Named(IEnumerable<HubFile> files, string name) => files.FirstOrDefault(file => file.Name == name);

    private static bool Matches(HubFile file, string pattern) =>
        FileSystemName.MatchesSimpleExpression(pattern, file.Path, ignoreCase: false)
            || FileSystemName.MatchesSimpleExpression(pattern, file.Name, ignoreCase: false);

    private static ModelFileException NoneOf(HubModel model) => new(
        $"[pull] {model.Repository} holds no weights that are read (safetensors, or files of PyTorch). It has {Listed(model.Files)}. Hint: "
            + $"--all fetches everything.");

    private static string Listed(IReadOnlyCollection<HubFile> files) => files.Count == 0 ? "no files"
        : string.Join(", ", files.Take(12).Select(file => FileText.Shown(file.Path)[1..^1]))
            + (files.Count > 12 ? $" and {files.Count - 12:N0} more" : "");

    [GeneratedRegex(@"^(.+)-(\d{5})-of-(\d{5})(\.safetensors|\.bin)$", RegexOptions.CultureInvariant)]
    private static partial Regex Shard();
}
