using Euterpe.Numerics;

namespace Euterpe.Models.Pretrained;

/// <summary>Where a model lies: a folder that is named, or a snapshot in Hugging Face's cache. Nothing is downloaded here.</summary>
internal static class ModelFolder
{
    /// <summary>Values of model_type that can be opened.</summary>
    public static IReadOnlyList<string> Known => ["clap"];

    public static string Find(string nameOrFolder, string? cache)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrFolder);
        if (Directory.Exists(nameOrFolder))
            return nameOrFolder;
        if (File.Exists(nameOrFolder))
            throw new ModelFileException(
                $"[models] {nameOrFolder}: a model is a folder with config.json and its weights, this is a file. Hint: name the folder it lies in.");
        cache ??= Cache();
        string repository = Path.Combine(cache, "models--" + nameOrFolder.Replace("/", "--", StringComparison.Ordinal));
        bool plain = nameOrFolder.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.')
            && !nameOrFolder.Contains("..", StringComparison.Ordinal);
        string reference = Path.Combine(repository, "refs", "main");
        if (plain && File.Exists(reference))
        {
            string snapshot = Path.Combine(repository, "snapshots", File.ReadAllText(reference).Trim());
            if (Directory.Exists(snapshot))
                return snapshot;
        }

        throw new ModelFileException(
            $"[models] {nameOrFolder}: neither a folder nor a model in the cache {cache}. "
            + "Hint: give a folder that holds config.json, model.safetensors and the tokenizer.");
    }

    /// <summary>model_type of a folder's config.json.</summary>
    public static string Type(string folder)
    {
        ConfigObject config = ConfigObject.Open(Path.Combine(folder, "config.json"));
        string type = config.Text("model_type", "");
        config.Finish("models");
        if (type.Length > 0)
            return type;
        throw new ModelFileException($"[models] {folder}: config.json has no model_type. Known: {string.Join(", ", Known)}.");
    }

    private static string Cache()
    {
        if (Environment.GetEnvironmentVariable("HF_HUB_CACHE") is { Length: > 0 } hub)
            return hub;
        string home = Environment.GetEnvironmentVariable("HF_HOME") is { Length: > 0 } given
            ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface");
        return Path.Combine(home, "hub");
    }
}
