using Euterpe.Models.Pretrained.Hub;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained;

/// <summary>Where a model lies: a folder that is named, or a snapshot in Hugging Face's cache. Nothing is downloaded here.</summary>
internal static class ModelFolder
{
    /// <param name="nameOrFolder">A folder; or a name with or without @revision, or a short one of <see cref="KnownModels"/>.</param>
    /// <param name="folder">The cache; null for Hugging Face's own.</param>
    public static string Find(string nameOrFolder, string? folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrFolder);
        if (Directory.Exists(nameOrFolder))
            return nameOrFolder;
        var cache = new HubCache(folder ?? HubSettings.Cache(Environment.GetEnvironmentVariable));
        if (!ModelName.IsName(nameOrFolder))
        {
            throw new ModelFileException($"[models] {FileText.Shown(nameOrFolder, 200)[1..^1]}: there is no such file or folder. "
                + "Hint: give a folder that holds config.json, model.safetensors and the tokenizer, or the name of a model: euterpe list");
        }

        ModelName name = KnownModels.Resolve(ModelName.Parse(nameOrFolder));
        if (cache.Find(name) is { } snapshot)
            return snapshot;
        IReadOnlyList<string> others = cache.Commits(name.Repository);
        throw new ModelFileException(
            $"[models] {nameOrFolder}: no file, and neither a folder nor a model in the cache {cache.Folder}. "
            + (others.Count > 0 ? $"It has {name.Repository} at "
            + $"{string.Join(", ", others.Take(3).Select(commit => "@" + commit[..Math.Min(12, commit.Length)]))}. " : "")
            + $"Hint: euterpe pull {name} fetches it"
            + (KnownModels.Find(name.Repository) is null && KnownModels.Like(name.Repository) is { } like ? $"; did you mean {like}?"
                : "; or give a folder that holds config.json, model.safetensors and the tokenizer."));
    }
}
