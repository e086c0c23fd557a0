using Euterpe.Search;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>How many files failed for one reason.</summary>
/// <param name="Reason">A stable code (docs/cli.md lists them).</param>
/// <param name="Example">One of them, for people.</param>
public sealed record ReasonCount(string Reason, long Files, string Example);

/// <summary>What a catalogue holds.</summary>
/// <param name="Catalogue">Where it lies.</param>
/// <param name="Model">The embedder's name or folder; null before the first index run.</param>
/// <param name="Key">Its compatibility key.</param>
/// <param name="Tracks">Files that are there.</param>
/// <param name="Absent">Files that were there once and are kept until <c>prune</c>.</param>
/// <param name="Sounds">Different sounds among all of them.</param>
/// <param name="Vectors">Present tracks with a vector of this embedder.</param>
/// <param name="Segmented">Sounds with segments of this embedder.</param>
/// <param name="SegmentRule">Length and hop of segments in seconds, <c>10 5</c>; null where none are wanted.</param>
/// <param name="Waiting">Files in the queue: found, and not yet worked on.</param>
/// <param name="Spaces">All spaces that have vectors: those of earlier embedders too.</param>
/// <param name="Reasons">Why files failed, the most frequent reason first.</param>
public sealed record IndexReport(
    string Catalogue,
    string? Model,
    string? Key,
    long Tracks,
    long Absent,
    long Sounds,
    long Vectors,
    long Segmented,
    string? SegmentRule,
    long Waiting,
    IReadOnlyList<Space> Spaces,
    IReadOnlyList<ReasonCount> Reasons)
{
    /// <summary>How its vectors are searched, and how well; null where that was not measured.</summary>
    public SearchReport? Search { get; init; }
}

/// <summary>Says what a catalogue holds, what failed, and why.</summary>
public static class IndexReportTask
{
    /// <param name="catalogue">Where it lies; it must be there.</param>
    /// <param name="context">Null for the defaults.</param>
    /// <param name="token">Looked at between failures.</param>
    public static IndexReport Run(string catalogue, TaskContext? context = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        using ICatalogue opened = Search.Catalogue.OpenExisting(catalogue, context.Clock);
        EmbedderChoice? choice = opened.Embedder;
        CatalogueCount count = opened.Count(choice?.Key);
        IReadOnlyList<Space> spaces = opened.Spaces();
        var reasons = new Dictionary<string, (long Files, string Example)>();
        foreach (Failure failure in opened.Failures())
        {
            token.ThrowIfCancellationRequested();
            (long files, string example) = reasons.GetValueOrDefault(failure.Reason, (0, failure.Path));
            reasons[failure.Reason] = (files + 1, example);
        }

        return new IndexReport(opened.Place, choice?.Model, choice?.Key, count.Tracks, count.Absent, count.Sounds, count.Vectors,
            spaces.FirstOrDefault(space => space.Key == choice?.Key)?.Segmented ?? 0, IndexSpace.RuleOf(opened)?.ToString(), opened.Queue.Count().Waiting, spaces,
            [.. reasons.Select(r => new ReasonCount(r.Key, r.Value.Files, r.Value.Example)).OrderByDescending(r => r.Files).ThenBy(r => r.Reason, StringComparer.Ordinal)]);
    }
}
