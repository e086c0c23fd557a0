using Euterpe.Numerics;
using Euterpe.Search;

namespace Euterpe.Tasks;

/// <summary>What to forget.</summary>
public sealed record PruneOptions
{
    /// <summary>The catalogue.</summary>
    public required string Catalogue { get; init; }

    /// <summary>Only absent files in this folder and below; null: all.</summary>
    public string? Below { get; init; }

    /// <summary>Also all vectors of the space with this compatibility key, which must not be that of the catalogue's embedder.</summary>
    public string? Space { get; init; }

    /// <summary>Only tell what would be forgotten.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What was forgotten, or would be.</summary>
/// <param name="Tracks">Absent files.</param>
/// <param name="Sounds">Sounds that no file holds any more.</param>
/// <param name="Vectors">Their vectors, and those of the space that was asked for.</param>
/// <param name="BytesFreed">Room given back to the disk.</param>
public sealed record PruneResult(string Catalogue, string? Below, string? Space, bool DryRun, long Tracks, long Sounds, long Vectors, long BytesFreed);

/// <summary>Forgets files that are gone, and what belonged to them.</summary>
public static class PruneTask
{
    /// <summary>Forgets all of it or, if it is interrupted, nothing.</summary>
    /// <exception cref="OptionsException">The space is not there, or is the one in use.</exception>
    /// <exception cref="FileNotFoundException">There is no catalogue.</exception>
    public static PruneResult Run(PruneOptions options, TaskContext? context = null)
    {
        context ??= new TaskContext();
        using ICatalogue catalogue = Catalogue.OpenExisting(options.Catalogue, context.Clock);
        string? below = options.Below is null ? null : Path.GetFullPath(options.Below);
        if (options.Space is { } key)
        {
            IReadOnlyList<Space> spaces = catalogue.Spaces();
            if (spaces.All(space => space.Key != key))
                throw new OptionsException($"[prune] There is no space {key}. Spaces: {(spaces.Count == 0 ? "none" : string.Join(", ", spaces.Select(space => space.Key)))}.");
            if (catalogue.Embedder?.Key == key)
                throw new OptionsException($"[prune] {key} is the space of the catalogue's embedder. Hint: euterpe index --model NAME chooses another first.");
        }

        Pruned pruned = catalogue.Prune(below, options.Space, options.DryRun);
        long freed = options.DryRun ? 0 : catalogue.Compact();
        return new PruneResult(catalogue.Place, below, options.Space, options.DryRun, pruned.Tracks, pruned.Sounds, pruned.Vectors, freed);
    }
}
