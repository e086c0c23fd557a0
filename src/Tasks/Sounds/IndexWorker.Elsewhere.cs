using Euterpe.Search;

namespace Euterpe.Tasks.Sounds;

/// <summary>When a worker ends.</summary>
internal enum WorkUntil
{
    /// <summary>Nothing waits any more, not even for other workers.</summary>
    NothingWaits,

    /// <summary>Nothing is free; others may still work.</summary>
    NothingIsFree,

    /// <summary>It is stopped.</summary>
    Stopped,
}

// What a worker does about others: other machines that see other folders, other processes that work on files, and somebody who chooses another embedder.
internal sealed partial class IndexWorker
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1), s_longestPause = TimeSpan.FromSeconds(10);

    private readonly HashSet<string> unseen = [];
    private TimeSpan pause = s_firstPause;
    private string? after;

    /// <summary>When it ends.</summary>
    public WorkUntil Until { get; init; }

    /// <summary>Whether this machine can see a path; what it cannot see is left to others. Null: it sees everything, and what is not there has vanished.</summary>
    public Func<string, bool>? Sees { get; init; }

    /// <summary>Whether the catalogue still wants what this worker makes; asked before files are leased. Null: always.</summary>
    public Func<bool>? StillWanted { get; init; }

    /// <summary>The catalogue wanted something else in the end: the run is over, and another worker is needed.</summary>
    public bool Superseded { get; private set; }

    /// <summary>Files of the last pass that this machine could not see, in the order of their paths.</summary>
    public IReadOnlyList<string> Unseen => [.. unseen.Order(StringComparer.Ordinal)];

    /// <summary>From the first path on again.</summary>
    private void BeginPass()
    {
        after = null;
        unseen.Clear();
    }

    private bool IsCurrent()
    {
        Superseded = StillWanted is not null && !EndsTheRunException.Guard(StillWanted);
        return !Superseded;
    }

    /// <summary>Of these leases, the files that can be seen from here; the others are given back at once.</summary>
    private IReadOnlyList<WorkItem> Seen(IReadOnlyList<WorkItem> leased)
    {
        pause = s_firstPause;
        if (Sees is null)
            return leased;
        string[] hidden = [.. leased.Where(item => !Sees(item.Path)).Select(item => item.Path)];
        if (hidden.Length == 0)
            return leased;
        EndsTheRunException.Guard(() => catalogue.Queue.GiveBack(worker, hidden));
        unseen.UnionWith(hidden);
        after = leased[^1].Path; // the next lease goes on behind them
        return [.. leased.Where(item => !unseen.Contains(item.Path))];
    }

    /// <summary>Whether there is more to do; waits until there may be.</summary>
    private bool StaysFor(CancellationToken token)
    {
        while (true)
        {
            QueueCount left = catalogue.Queue.Count(folder);
            if (left.Waiting - left.Leased > unseen.Count)
                return true;
            if (Until == WorkUntil.NothingIsFree || (Until == WorkUntil.NothingWaits && left.Waiting <= unseen.Count))
                return false;
            if (left.Leased > 0)
                Waiting?.Invoke(left.Leased == 1 ? "one file that another process works on" : $"{left.Leased} files that other processes work on");
            token.WaitHandle.WaitOne(pause);
            token.ThrowIfCancellationRequested();
            TimeSpan longest = Until == WorkUntil.Stopped ? s_longestPause : s_firstPause * 2;
            pause = pause * 2 < longest ? pause * 2 : longest;
            if (left.Leased > 0 || unseen.Count > 0)
                return true; // to look again: for a worker that died, a folder that was mounted
        }
    }
}
