using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>
/// The compute threads: created once, woken for one parallel region at a time. A region is a static function, a context pointer and a number of
/// chunks that an atomic counter hands out, so nothing is allocated and a core that is taken away only slows its own chunk.
/// A caller that finds the pool busy (another thread's region, or its own outer region) runs its region alone, on its own thread.
/// Which thread runs which chunk is not fixed: a body must write only what belongs to its chunk.
/// </summary>
[Experimental("EUTERPE001")]
public sealed unsafe class ComputePool : IDisposable
{
    public const int MaximumThreads = 256;

    // Long enough to bridge the gap between two products of a layer, short enough that an idle pool costs nothing.
    private const double SpinMicroseconds = 30;

    private static readonly long SpinTicks = (long)(SpinMicroseconds * 1e-6 * Stopwatch.Frequency);
    private static readonly Lazy<ComputePool> SharedPool = new(() => new ComputePool(Environment.ProcessorCount));

    [ThreadStatic]
    private static int regionDepth;

    private readonly object gate = new();
    private Thread?[] workers = [];
    private Counters counters;
    private int threads = 1;
    private int limit;
    private bool disposed;

    // The region: written before it is opened, read by workers only after they saw it open.
    private delegate*<void*, int, void> body;
    private void* context;
    private int chunks;
    private CancellationToken token;
    private ExceptionDispatchInfo? failure;

    /// <param name="threads">How many threads compute, the caller's among them.</param>
    public ComputePool(int threads)
    {
        Threads = threads;
    }

    /// <summary>The pool of the program: as many threads as processors that this process may use (affinity and cgroup quota counted).</summary>
    public static ComputePool Shared => SharedPool.Value;

    /// <summary>How many threads compute, the caller's among them: 1 to <see cref="MaximumThreads"/>. Results do not depend on it.</summary>
    public int Threads
    {
        get => Volatile.Read(ref threads);
        set
        {
            if (value < 1 || value > MaximumThreads)
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, $"[threads] Expected 1 to {MaximumThreads} threads.");
            }

            if (regionDepth > 0)
            {
                throw new InvalidOperationException("[threads] The number of threads cannot change inside a parallel region.");
            }

            Resize(value);
        }
    }

    /// <summary>
    /// Runs <paramref name="body"/>(context, chunk) for every chunk from 0 to chunks - 1 and returns when all are done.
    /// The first exception of a body reaches the caller after the chunks in flight have ended; the rest is not begun.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled before the last chunk began.</exception>
    public void Run(int chunks, delegate*<void*, int, void> body, void* context, CancellationToken token = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chunks);
        if (chunks <= 1 || regionDepth > 0 || Volatile.Read(ref threads) == 1 || Interlocked.CompareExchange(ref counters.Busy, 1, 0) != 0)
        {
            RunAlone(chunks, body, context, token);
            return;
        }

        ExceptionDispatchInfo? thrown;
        bool cancelled;
        try
        {
            if (threads == 1)
            {
                RunAlone(chunks, body, context, token);
                return;
            }

            this.body = body;
            this.context = context;
            this.chunks = chunks;
            this.token = token;
            failure = null;
            counters.Cancelled = 0;
            Volatile.Write(ref counters.Next, 0);
            long generation = counters.Generation + 1;
            Volatile.Write(ref counters.Open, generation);
            Interlocked.Exchange(ref counters.Generation, generation);
            if (Volatile.Read(ref counters.Sleepers) > 0)
            {
                Wake();
            }

            Work();
            Interlocked.Exchange(ref counters.Open, 0);
            WaitForChunksInFlight();
            thrown = failure;
            cancelled = counters.Cancelled != 0;
            failure = null;
            this.token = default;
        }
        finally
        {
            Volatile.Write(ref counters.Busy, 0);
        }

        thrown?.Throw();
        if (cancelled)
        {
            throw new OperationCanceledException(token);
        }
    }

    /// <summary>Ends the threads. The shared pool lives as long as the program.</summary>
    public void Dispose()
    {
        if (!disposed && !(SharedPool.IsValueCreated && ReferenceEquals(this, SharedPool.Value)))
        {
            disposed = true;
            Resize(1);
        }
    }

    private static void RunAlone(int chunks, delegate*<void*, int, void> body, void* context, CancellationToken token)
    {
        regionDepth++;
        try
        {
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                token.ThrowIfCancellationRequested();
                body(context, chunk);
            }
        }
        finally
        {
            regionDepth--;
        }
    }

    private void Work()
    {
        regionDepth++;
        try
        {
            while (true)
            {
                int chunk = Interlocked.Increment(ref counters.Next) - 1;
                if (chunk >= chunks || chunk < 0)
                {
                    return;
                }

                if (token.IsCancellationRequested)
                {
                    Volatile.Write(ref counters.Cancelled, 1);
                    Volatile.Write(ref counters.Next, chunks);
                    return;
                }

                body(context, chunk);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
            Volatile.Write(ref counters.Next, chunks);
        }
        finally
        {
            regionDepth--;
        }
    }

    private void WaitForChunksInFlight()
    {
        int rounds = 0;
        while (Volatile.Read(ref counters.Inside) != 0)
        {
            // A worker whose core was taken away needs ours: after a while, give way.
            if (++rounds < 2000)
            {
                Thread.SpinWait(4);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    private void Wake()
    {
        lock (gate)
        {
            Monitor.PulseAll(gate);
        }
    }

    private void WorkerLoop(int index)
    {
        long seen = 0;
        while (true)
        {
            seen = WaitForRegion(seen, index);
            if (seen < 0)
            {
                return;
            }

            // Registered first, looked second: either the caller sees this worker inside, or the worker sees the region closed.
            Interlocked.Increment(ref counters.Inside);
            if (Volatile.Read(ref counters.Open) != 0)
            {
                Work();
            }

            Interlocked.Decrement(ref counters.Inside);
        }
    }

    // Returns the generation that is not the one seen before, or -1 when this worker is to end.
    private long WaitForRegion(long seen, int index)
    {
        long end = Stopwatch.GetTimestamp() + SpinTicks;
        do
        {
            for (int i = 0; i < 8; i++)
            {
                long generation = Volatile.Read(ref counters.Generation);
                if (generation != seen)
                {
                    return index < Volatile.Read(ref limit) ? generation : -1;
                }

                Thread.SpinWait(2);
            }
        }
        while (Stopwatch.GetTimestamp() < end);

        lock (gate)
        {
            Interlocked.Increment(ref counters.Sleepers);
            try
            {
                while (true)
                {
                    if (index >= Volatile.Read(ref limit))
                    {
                        return -1;
                    }

                    long generation = Volatile.Read(ref counters.Generation);
                    if (generation != seen)
                    {
                        return generation;
                    }

                    Monitor.Wait(gate);
                }
            }
            finally
            {
                Interlocked.Decrement(ref counters.Sleepers);
            }
        }
    }

    private void Resize(int value)
    {
        while (Interlocked.CompareExchange(ref counters.Busy, 1, 0) != 0)
        {
            Thread.Yield();
        }

        try
        {
            // Workers above the limit end, then the rest is started; the caller is thread 0 and needs none.
            Volatile.Write(ref limit, value - 1);
            Wake();
            Thread?[] old = workers;
            for (int i = value - 1; i < old.Length; i++)
            {
                Interlocked.Increment(ref counters.Generation);
                Wake();
                old[i]!.Join();
            }

            Thread?[] now = new Thread?[value - 1];
            for (int i = 0; i < now.Length; i++)
            {
                now[i] = i < old.Length ? old[i] : Start(i);
            }

            workers = now;
            Volatile.Write(ref threads, value);
        }
        finally
        {
            Volatile.Write(ref counters.Busy, 0);
        }
    }

    private Thread Start(int index)
    {
        Thread thread = new(() => WorkerLoop(index)) { IsBackground = true, Name = $"euterpe compute {index + 1}" };
        thread.Start();
        return thread;
    }

    // Each counter on its own pair of cache lines: adjacent lines are fetched together.
    [StructLayout(LayoutKind.Explicit, Size = 128 * 8)]
    private struct Counters
    {
        [FieldOffset(128)]
        public int Next;
        [FieldOffset(256)]
        public int Inside;
        [FieldOffset(384)]
        public long Generation;
        [FieldOffset(512)]
        public long Open;
        [FieldOffset(640)]
        public int Sleepers;
        [FieldOffset(768)]
        public int Busy;
        [FieldOffset(772)]
        public int Cancelled;
    }
}
