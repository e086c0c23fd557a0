namespace Euterpe.Numerics;

/// <summary>One growing piece of memory for each thread: what a kernel packs for itself. Not to be held across a call of another kernel.</summary>
internal static unsafe class ThreadScratch
{
    [ThreadStatic]
    private static NativeBuffer? buffer;

    /// <summary>At least so many bytes, 64-byte aligned, with whatever was left in them.</summary>
    public static void* Get(long bytes)
    {
        NativeBuffer? mine = buffer;
        if (mine is null || mine.Length < bytes)
        {
            mine?.Dispose();
            buffer = null;
            buffer = mine = new NativeBuffer(bytes);
        }

        return mine.Pointer;
    }
}
