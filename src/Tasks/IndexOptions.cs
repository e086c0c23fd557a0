using Euterpe.Models;

namespace Euterpe.Tasks;

/// <summary>What to index, and where.</summary>
public sealed record IndexOptions
{
    /// <summary>The folder of recordings; everything below it is looked at.</summary>
    public required string Folder { get; init; }

    /// <summary>The catalogue: a file, or an address of PostgreSQL; made when it is not there.</summary>
    public required string Catalogue { get; init; }

    /// <summary>The embedder; without a name the catalogue's own (a new one gets the default).</summary>
    public ModelChoice Model { get; init; } = new();

    /// <summary>Also files and folders whose names begin with a dot.</summary>
    public bool Hidden { get; init; }

    /// <summary>Tries files again that failed before and have not changed.</summary>
    public bool Retry { get; init; }

    /// <summary>Only finds out what is to be done and puts it into the queue, for workers (<see cref="WorkTask"/>).</summary>
    public bool QueueOnly { get; init; }

    /// <summary>Whether and how sounds are cut into segments with vectors of their own; null: as the catalogue has it (a new one: <see cref="SegmentRule.Default"/>).</summary>
    public SegmentChoice? Segments { get; init; }

    /// <summary>How it behaves towards everything else on the machine.</summary>
    public Manners Manners { get; init; } = Manners.None;
}

/// <summary>What is wanted of segments.</summary>
/// <param name="Rule">How they are cut; null: no segments.</param>
public sealed record SegmentChoice(SegmentRule? Rule)
{
    /// <summary>No segments.</summary>
    public static SegmentChoice None { get; } = new(Rule: null);

    /// <summary>Reads <c>10,5</c>: length and hop in seconds.</summary>
    public static SegmentChoice Parse(string text) => new(SegmentRule.Parse(text));
}

/// <summary>What an index run did.</summary>
/// <param name="Found">Files that are sound by content or by name.</param>
/// <param name="Unchanged">Of these, the ones that the catalogue knew.</param>
/// <param name="Embedded">Decoded and embedded now.</param>
/// <param name="Recognised">New paths of known files: moved, copied or only touched; not decoded again.</param>
/// <param name="Vanished">Known before, no longer there; kept as absent.</param>
/// <param name="SecondsOfSound">The length of what was embedded.</param>
/// <param name="Failures">Files that could not be used, those of earlier runs that have not changed among them.</param>
/// <param name="Stopped">Cancelled before the end; everything that was finished is kept.</param>
public sealed record IndexResult(
    string Catalogue,
    string Folder,
    string Model,
    string Key,
    long Found,
    long Unchanged,
    long Embedded,
    long Recognised,
    long Vanished,
    double SecondsOfSound,
    double SecondsTaken,
    IReadOnlyList<BadFile> Failures,
    bool Stopped)
{
    /// <summary>Known sounds in files whose tags were read (again): not decoded.</summary>
    public long Retagged { get; init; }

    /// <summary>Of the embedded ones, those that sound sample for sample like another present track.</summary>
    public long Duplicates { get; init; }

    /// <summary>Length and hop of the catalogue's segments in seconds, <c>10 5</c>; null where it has none.</summary>
    public string? SegmentRule { get; init; }

    /// <summary>Segments that were embedded now.</summary>
    public long Segments { get; init; }

    /// <summary>Files that were put into the queue and wait there for workers; 0 where this run worked on them.</summary>
    public long Queued { get; init; }

    /// <summary>The most files that were begun and not yet written at any moment: what a sudden end would have cost.</summary>
    public int InFlightBound { get; init; }
}
