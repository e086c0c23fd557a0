using Euterpe.Numerics;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Finding;

namespace Euterpe.Tasks;

/// <summary>What every task is given beside its options: where models come from, how sound is decoded, which clock.</summary>
public sealed record TaskContext
{
    /// <summary>Where models come from.</summary>
    public IModelShelf Models { get; init; } = ModelShelf.Shared;

    /// <summary>How sound files are decoded.</summary>
    public AudioFileOptions Audio { get; init; } = new();

    /// <summary>For the time that a task took; results do not depend on it.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Threads to compute with, and files that are worked on at once; null: one a core. Results do not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>Where indexes of databases are kept; null: <c>euterpe</c> in XDG_CACHE_HOME or <c>~/.cache</c>. What is there can be deleted at any time.</summary>
    public string? CacheFolder { get; init; }

    internal IndexPolicy Indexing { get; init; } = new();

    internal int Workers => Threads ?? Environment.ProcessorCount;

    internal void Begin()
    {
        if (Threads is < 1 or > ComputePool.MaximumThreads)
            throw new OptionsException($"[threads] Threads must lie between 1 and {ComputePool.MaximumThreads}, and are {Threads}.");
        if (Threads is { } threads)
            ComputePool.Shared.Threads = threads;
    }
}

/// <summary>How far a task is.</summary>
/// <param name="Stage">What is being done, in one word: <c>looking</c>, <c>embedding</c>.</param>
/// <param name="Done">Items done in this stage.</param>
/// <param name="Total">Items of this stage; null where it is not known yet.</param>
/// <param name="Item">The last item, for people.</param>
public readonly record struct TaskProgress(string Stage, long Done, long? Total, string? Item);

/// <summary>A file that a task could not use.</summary>
/// <param name="Reason">A stable code (docs/cli.md lists them).</param>
/// <param name="Sentence">One sentence for people.</param>
public sealed record BadFile(string Path, string Reason, string Sentence);
