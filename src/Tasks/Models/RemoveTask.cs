using Euterpe.Models.Pretrained.Hub;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>Which model to remove.</summary>
/// <param name="Name">A name of the hub or a short one: all of it; with @revision only that.</param>
public sealed record RemoveOptions(string Name)
{
    /// <summary>Gives the variables HF_HOME and HF_HUB_CACHE; null for those of the process.</summary>
    public Func<string, string?>? Variable { get; init; }
}

/// <summary>What is gone.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Commits">Revisions that are gone.</param>
/// <param name="FreedBytes">Room that there is now.</param>
/// <param name="KeptBytes">Of contents that other revisions go on using.</param>
/// <param name="Cache">Where it was.</param>
public sealed record RemoveResult(string Name, IReadOnlyList<string> Commits, long FreedBytes, long KeptBytes, string Cache);

/// <summary>Takes models out of the cache. Nothing is asked, and nothing outside of the cache is touched.</summary>
public static class RemoveTask
{
    /// <summary>Removes it, with the contents that no other revision uses.</summary>
    /// <exception cref="ModelFileException">The cache does not have it, or another process is fetching it.</exception>
    public static RemoveResult Run(RemoveOptions options)
    {
        if (options.Name == ModelShelf.BuiltIn)
            throw new OptionsException($"[remove] {ModelShelf.BuiltIn} is built in: there is nothing to remove.");
        string cache = HubEnvironment.Cache(options.Variable);
        RemovedModel removed = CachedModels.Remove(cache, options.Name);
        return new RemoveResult(removed.Repository, removed.Commits, removed.FreedBytes, removed.KeptBytes, cache);
    }
}
