using Euterpe.Numerics;

namespace Euterpe.Tensors;

/// <summary>A piece of work over items that do not touch each other: any division among threads gives the same bits.</summary>
internal interface IPart
{
    void Run(long start, long end);
}

/// <summary>Divides items among threads. The part is a plain struct of pointers on the caller's stack: nothing is allocated.</summary>
internal static unsafe class Parts
{
    /// <summary>About 30 microseconds of work: a chunk is worth handing out, and a cancelled token is seen soon.</summary>
    private const long ChunkWork = 1 << 18;

    /// <summary>workPerItem counts multiply-adds or elements touched, roughly.</summary>
    public static void Run<TPart>(Workspace w, ref TPart part, long items, long workPerItem) where TPart : unmanaged, IPart
    {
        w.Token.ThrowIfCancellationRequested();
        long perChunk = Math.Clamp(ChunkWork / Math.Max(workPerItem, 1), 1, 1 << 28);
        if (items <= perChunk)
        {
            if (items > 0)
            {
                part.Run(0, items);
            }
            return;
        }
        perChunk = Math.Max(perChunk, items / (1 << 30) + 1);
        fixed (TPart* context = &part)
        {
            var work = new Work<TPart> { Part = context, Items = items, PerChunk = perChunk };
            ComputePool.Shared.Run((int)((items + perChunk - 1) / perChunk), &Chunk<TPart>, &work, w.Token);
        }
    }

    private static void Chunk<TPart>(void* context, int chunk) where TPart : unmanaged, IPart
    {
        var work = (Work<TPart>*)context;
        long start = chunk * work->PerChunk;
        work->Part->Run(start, Math.Min(start + work->PerChunk, work->Items));
    }

    private struct Work<TPart> where TPart : unmanaged, IPart
    {
        public TPart* Part;
        public long Items, PerChunk;
    }
}
