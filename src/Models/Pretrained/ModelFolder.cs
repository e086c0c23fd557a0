using Euterpe.Numerics;

namespace Euterpe.Models.Pretrained;

/// <summary>Where a model lies: a folder that is named, or a snapshot in Hugging Face's cache. Nothing is downloaded here.</summary>
internal static class ModelFolder
{
    public static string Find(string nameOrFolder, string? cache)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nameOrFolder);
        if (Directory.Exists(nameOrFolder))
            return nameOrFolder;
        cache ??= Cache();
        string repository = Path.Combine(cache, "models--" + nameOrFolder.Replace("/", "--", StringComparison.Ordinal));
        bool plain = nameOrFolder.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.')
            && !nameOrFolder.Contains("..", StringComparison.Ordinal);
        string reference = Path.Combine(repository, "refs", "main");
        if (plain && File.Exists(reference))
        {
            string revision = File.ReadAllText(reference).Trim();
            string snapshot = Path.Combine(repository, "snapshots", revision);
            if (revision.All(char.IsAsciiLetterOrDigit) && Directory.Exists(snapshot))
                return snapshot;
        }

        throw new ModelFileException(
            $"[models] {nameOrFolder}: no file, and neither a folder nor a model in the cache {cache}. "
            + "Hint: give a folder that holds config.json, model.safetensors and the tokenizer.");
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
