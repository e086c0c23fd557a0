namespace Euterpe.Tasks;

/// <summary>Which files to work on, of those that wait in a catalogue's queue.</summary>
public sealed record WorkOptions
{
    /// <summary>The catalogue, a file or an address; it must be there, with an embedder.</summary>
    public required string Catalogue { get; init; }

    /// <summary>Only files in this folder and below; null: all.</summary>
    public string? Folder { get; init; }

    /// <summary>When the work is over.</summary>
    public WorkEnd End { get; init; }

    /// <summary>How it behaves towards everything else on the machine.</summary>
    public Manners Manners { get; init; } = Manners.None;
}

/// <summary>When a worker ends.</summary>
public enum WorkEnd
{
    /// <summary>When nothing waits any more: it stays while others still work, since they may die.</summary>
    Done,

    /// <summary>When nothing is free, though others may still work.</summary>
    NothingFree,

    /// <summary>When it is stopped: it waits for files to be put into the queue.</summary>
    Never,
}

/// <summary>What a worker did.</summary>
/// <param name="Worked">Files that it finished, in whatever way.</param>
/// <param name="Embedded">Of these, decoded and embedded.</param>
/// <param name="Recognised">Of these, with a sound that was known.</param>
/// <param name="Retagged">Of these, known sounds whose tags were read.</param>
/// <param name="Vanished">Of these, gone.</param>
/// <param name="Unseen">Files that this machine cannot see; left to others.</param>
/// <param name="UnseenExample">One of them.</param>
/// <param name="Waiting">Files that still wait.</param>
/// <param name="SecondsOfSound">The length of what was embedded.</param>
/// <param name="Failures">Files that could not be used.</param>
/// <param name="Stopped">Cancelled before the end; everything that was finished is kept.</param>
public sealed record WorkResult(
    string Catalogue,
    string Model,
    long Worked,
    long Embedded,
    long Recognised,
    long Retagged,
    long Vanished,
    long Unseen,
    string? UnseenExample,
    long Waiting,
    double SecondsOfSound,
    double SecondsTaken,
    IReadOnlyList<BadFile> Failures,
    bool Stopped);
