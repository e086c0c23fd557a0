namespace Euterpe.Numerics.Tests;

public sealed unsafe class ComputePoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_chunk_runs_once(int threads)
    {
        using ComputePool pool = new(threads);
        int* counts = stackalloc int[50];
        for (int round = 0; round < 300; round++)
        {
            int chunks = round % 50;
            new Span<int>(counts, 50).Clear();
            pool.Run(chunks, &Count, counts);
            for (int i = 0; i < 50; i++)
                Assert.Equal(i < chunks ? 1 : 0, counts[i]);
        }
    }

    [Fact]
    public void Regions_may_be_nested_and_callers_many()
    {
        using ComputePool pool = new(3);
        long total = 0;
        Thread[] callers = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                Nest nest = new() { Pool = System.Runtime.InteropServices.GCHandle.ToIntPtr(System.Runtime.InteropServices.GCHandle.Alloc(pool)) };
                pool.Run(7, &Outer, &nest);
                System.Runtime.InteropServices.GCHandle.FromIntPtr(nest.Pool).Free();
                Interlocked.Add(ref total, nest.Total);
            }
        }))];
        foreach (Thread caller in callers)
            caller.Start();
        foreach (Thread caller in callers)
            caller.Join();
        Assert.Equal(4L * 200 * 7 * 5, total);
    }

    [Fact]
    public void An_exception_reaches_the_caller_and_the_pool_lives_on()
    {
        using ComputePool pool = new(3);
        int* counts = stackalloc int[9];
        for (int round = 0; round < 50; round++)
        {
            Assert.Equal("chunk 4", Assert.Throws<InvalidOperationException>(() => pool.Run(9, &Fail, null)).Message);
            new Span<int>(counts, 9).Clear();
            pool.Run(9, &Count, counts);
            Assert.Equal(1, counts[8]);
        }
    }

    [Fact]
    public void Cancelling_stops_at_the_next_chunk()
    {
        using ComputePool pool = new(2);
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => pool.Run(100, &Fail, null, source.Token));
    }

    [Fact]
    public void A_region_allocates_nothing()
    {
        using ComputePool pool = new(2);
        int* counts = stackalloc int[50];
        pool.Run(50, &Count, counts);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            pool.Run(50, &Count, counts);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Threads_may_change_between_regions()
    {
        using ComputePool pool = new(1);
        int* counts = stackalloc int[50];
        foreach (int threads in new[] { 4, 2, 3, 1, 8, 1, 2 })
        {
            pool.Threads = threads;
            Assert.Equal(threads, pool.Threads);
            new Span<int>(counts, 50).Clear();
            pool.Run(50, &Count, counts);
            for (int i = 0; i < 50; i++)
                Assert.Equal(1, counts[i]);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Threads = 0);
    }

    [Fact]
    public void Native_memory_is_aligned_and_bounded()
    {
        using NativeBuffer small = new(100, zeroed: true), large = new(5 << 20);
        Assert.Equal(0, (nint)small.Pointer % 64);
        Assert.Equal(0, (nint)large.Pointer % (2 << 20));
        Assert.Equal(25, small.Span<float>().Length);
        Assert.All(small.Span<byte>().ToArray(), b => Assert.Equal(0, b));
        Assert.Throws<ArgumentOutOfRangeException>(() => small.Span<float>(20, 6).Length);
        small.Dispose();
        Assert.Throws<ObjectDisposedException>(() => small.Span<float>().Length);
    }

    private static void Count(void* context, int chunk)
    {
        Interlocked.Increment(ref ((int*)context)[chunk]);
    }

    private static void Fail(void* context, int chunk)
    {
        if (chunk == 4)
            throw new InvalidOperationException("chunk 4");
    }

    private static void Outer(void* context, int chunk)
    {
        ComputePool pool = (ComputePool)System.Runtime.InteropServices.GCHandle.FromIntPtr(((Nest*)context)->Pool).Target!;
        pool.Run(5, &InnerBody, context);
    }

    private static void InnerBody(void* context, int chunk)
    {
        Interlocked.Increment(ref ((Nest*)context)->Total);
    }

    private struct Nest
    {
        public nint Pool;
        public long Total;
    }
}
