namespace Euterpe.Models.Pretrained.Hub;

/// <summary>What is wanted of a model.</summary>
/// <param name="Name">A repository of the hub with or without revision, or a short name that <see cref="KnownModels"/> has.</param>
/// <param name="All">Every file, programs too, which nothing here runs.</param>
/// <param name="Files">
/// Names or patterns (<c>*</c>, <c>?</c>) of the files that are wanted beside configuration and tokenizer; empty for the choice that is made here.
/// </param>
public sealed record PullRequest(string Name, bool All = false, IReadOnlyList<string>? Files = null);

/// <summary>One file that a model needs.</summary>
/// <param name="Repository">Where it comes from: the model, or another that it takes parts of.</param>
/// <param name="Path">Its name there.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Present">Whether the cache has it already.</param>
public sealed record PlannedFile(string Repository, string Path, long Bytes, bool Present);

/// <summary>What will be fetched, before it is.</summary>
public sealed record PullPlan
{
    /// <summary>The model, aliases resolved.</summary>
    public required ModelName Name { get; init; }

    /// <summary>The commit that is fetched, whatever happens to the branch meanwhile.</summary>
    public required string Commit { get; init; }

    /// <summary>What its card says; else what is known of it; null where nobody says.</summary>
    public ModelLicence? Licence { get; init; }

    /// <summary>Whether its licence must be accepted on the hub before files can be had.</summary>
    public bool Gated { get; init; }

    /// <summary>In the order in which they are fetched.</summary>
    public required IReadOnlyList<PlannedFile> Files { get; init; }

    /// <summary>Of all files.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);

    /// <summary>Of the files that the cache does not have.</summary>
    public long MissingBytes => Files.Where(file => !file.Present).Sum(file => file.Bytes);

    /// <summary>Where its files will lie.</summary>
    public required string Folder { get; init; }

    /// <summary>What a person should know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    internal IReadOnlyList<PlannedPart> Parts { get; init; } = [];
}

/// <summary>What is taken of one repository.</summary>
internal sealed record PlannedPart(ModelName Name, HubModel Model, IReadOnlyList<HubFile> Files);

/// <summary>How far a download is.</summary>
/// <param name="Done">Bytes that are there.</param>
/// <param name="Total">Bytes of all files.</param>
/// <param name="File">The file that is being fetched.</param>
/// <param name="Note">What is happening besides: a new attempt, waiting for another process; null mostly.</param>
public readonly record struct PullProgress(long Done, long Total, string File, string? Note);
