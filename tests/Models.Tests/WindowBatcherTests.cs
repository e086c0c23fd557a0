using Euterpe.Models.Windows;
using Euterpe.Numerics;

namespace Euterpe.Models.Tests;

[Collection("compute threads")]
public class WindowBatcherTests
{
    [Fact]
    public void Windows_of_several_callers_travel_together_and_each_gets_its_own()
    {
        int most = 0, batches = 0;
        var batcher = new WindowBatcher<int, string>(4, (windows, _) =>
        {
            Assert.Single(windows.Select(w => w % 2).Distinct()); // of one length
            most = Math.Max(most, windows.Count);
            Interlocked.Increment(ref batches);
            Thread.Sleep(5);
            return [.. windows.Select(w => $"{w}")];
        }, w => w % 2);
        var found = new string[24][];
        Thread[] callers = [.. Enumerable.Range(0, found.Length).Select(i => new Thread(() => found[i] = batcher.Run([10 * i, (10 * i) + 2, (10 * i) + 1], default)))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        for (int i = 0; i < found.Length; i++)
            Assert.Equal([$"{10 * i}", $"{(10 * i) + 2}", $"{(10 * i) + 1}"], found[i]);
        Assert.InRange(most, 2, 4);
        Assert.InRange(batches, 18, 71);
        Assert.Empty(batcher.Run([], default));
    }

    [Fact]
    public void A_window_that_fails_fails_its_caller_only_and_a_caller_that_stops_stops_alone()
    {
        using var stop = new CancellationTokenSource();
        var batcher = new WindowBatcher<int, int>(4, (windows, token) =>
        {
            Thread.Sleep(2);
            if (windows.Contains(7))
                throw new InvalidOperationException("seven");
            if (windows.Contains(9))
                stop.Cancel();
            token.ThrowIfCancellationRequested();
            return [.. windows.Select(w => -w)];
        }, _ => 0);
        var outcomes = new string[20];
        Thread[] callers = [.. Enumerable.Range(0, outcomes.Length).Select(i => new Thread(() =>
        {
            try
            {
                outcomes[i] = $"{batcher.Run([i], i is 9 or 13 ? stop.Token : default)[0]}";
            }
            catch (Exception e)
            {
                outcomes[i] = e is OperationCanceledException ? "stopped" : e.Message;
            }
        }))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        for (int i = 0; i < outcomes.Length; i++)
        {
            if (i is not 9 and not 13)
                Assert.Equal(i == 7 ? "seven" : $"{-i}", outcomes[i]);
        }
    }

    [Fact]
    public unsafe void Alone_means_on_the_callers_thread()
    {
        int before = ComputePool.Shared.Threads;
        try
        {
            ComputePool.Shared.Threads = 3;
            s_threads.Clear();
            ComputeAlone.Run(() => ComputePool.Shared.Run(100, &Note, null));
            Assert.Equal([Environment.CurrentManagedThreadId], s_threads.Keys);
            Assert.Throws<InvalidOperationException>(() => ComputeAlone.Run(() => throw new InvalidOperationException()));
        }
        finally
        {
            ComputePool.Shared.Threads = before;
        }
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<int, bool> s_threads = new();

    private static unsafe void Note(void* context, int chunk) => s_threads[Environment.CurrentManagedThreadId] = true;
}
