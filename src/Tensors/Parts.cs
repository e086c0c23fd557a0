namespace Euterpe.Tensors;

/// <summary>A piece of work over items that do not touch each other: any division among threads gives the same bits.</summary>
internal interface IPart
{
    void Run(long start, long end);
}

/// <summary>Divides items into parts. The part is a plain struct of pointers on the caller's stack: nothing is allocated.</summary>
internal static class Parts
{
    public static void Run<TPart>(Workspace w, ref TPart part, long items, long workPerItem) where TPart : unmanaged, IPart
    {
        w.Token.ThrowIfCancellationRequested();
        if (items > 0)
        {
            part.Run(0, items);
        }
    }
}
