using System.Runtime.ExceptionServices;
using Euterpe.Numerics;

namespace Euterpe.Models.Windows;

/// <summary>
/// Windows of several callers go through a network together. A caller that finds less than one batch a compute thread running takes what waits, its own windows and others',
/// and runs it; the others wait for their results. Nobody waits for a batch to fill up, and what travels together does not show in the results.
/// </summary>
/// <param name="together">Windows of one batch, at most.</param>
/// <param name="run">A batch of windows of one length to one result each; called by several threads at once.</param>
/// <param name="lengthOf">Windows travel together if this is equal.</param>
internal sealed class WindowBatcher<TWindow, TResult>(
    int together, Func<IReadOnlyList<TWindow>, CancellationToken, IReadOnlyList<TResult>> run, Func<TWindow, int> lengthOf)
{
    private readonly LinkedList<Entry> waiting = [];
    private readonly object gate = new();
    private int running;

    /// <summary>The results of these windows, in their order.</summary>
    public TResult[] Run(IReadOnlyList<TWindow> windows, CancellationToken token)
    {
        Entry[] mine = [.. windows.Select(window => new Entry(window, lengthOf(window)))];
        using CancellationTokenRegistration wake = token.Register(WakeAll);
        lock (gate)
        {
            foreach (Entry entry in mine)
                waiting.AddLast(entry);
        }

        try
        {
            while (Next(mine, token) is { } batch)
                Run(batch, token);
        }
        finally
        {
            // Nobody is to work on what nobody asks for any more.
            lock (gate)
            {
                foreach (Entry entry in mine)
                    waiting.Remove(entry);
            }
        }

        mine.FirstOrDefault(entry => entry.Error is not null)?.Error!.Throw();
        return [.. mine.Select(entry => entry.Result!)];
    }

    /// <summary>The next batch that this caller is to run; null when all its windows are done.</summary>
    private List<Entry>? Next(Entry[] mine, CancellationToken token)
    {
        lock (gate)
        {
            while (true)
            {
                token.ThrowIfCancellationRequested();
                if (mine.All(entry => entry.Done))
                    return null;
                if (running < ComputePool.Shared.Threads && waiting.First is { } first)
                {
                    running++;
                    var batch = new List<Entry>(together);
                    for (LinkedListNode<Entry>? node = first; node is not null && batch.Count < together;)
                    {
                        LinkedListNode<Entry>? next = node.Next;
                        if (node.Value.Length == first.Value.Length)
                        {
                            batch.Add(node.Value);
                            waiting.Remove(node);
                        }

                        node = next;
                    }

                    return batch;
                }

                Monitor.Wait(gate);
            }
        }
    }

    private void Run(List<Entry> batch, CancellationToken token)
    {
        try
        {
            if (!Compute(batch, token))
            {
                // One window may spoil it for all: each is tried alone.
                foreach (Entry entry in batch)
                    _ = Compute([entry], token);
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // Only this caller stops: what others wait for is theirs to run.
            lock (gate)
            {
                foreach (Entry entry in batch.Where(entry => !entry.Done).Reverse())
                    waiting.AddFirst(entry);
            }

            throw;
        }
        finally
        {
            lock (gate)
            {
                running--;
                Monitor.PulseAll(gate);
            }
        }
    }

    /// <summary>False where a batch of several failed.</summary>
    private bool Compute(List<Entry> batch, CancellationToken token)
    {
        TWindow[] windows = [.. batch.Select(entry => entry.Window)];
        IReadOnlyList<TResult> results = [];
        ExceptionDispatchInfo? error = null;
        try
        {
            if (Volatile.Read(ref running) > 1)
                ComputeAlone.Run(() => results = run(windows, token));
            else
                results = run(windows, token);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (batch.Count > 1)
                return false;
            error = ExceptionDispatchInfo.Capture(e);
        }

        lock (gate)
        {
            for (int i = 0; i < batch.Count; i++)
                (batch[i].Result, batch[i].Error, batch[i].Done) = (error is null ? results[i] : default, error, true);
        }

        return true;
    }

    private void WakeAll()
    {
        lock (gate)
            Monitor.PulseAll(gate);
    }

    private sealed class Entry(TWindow window, int length)
    {
        public TWindow Window => window;

        public int Length => length;

        public TResult? Result { get; set; }

        public ExceptionDispatchInfo? Error { get; set; }

        public bool Done { get; set; }
    }
}
