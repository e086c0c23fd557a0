using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>
/// Native memory behind a safe handle: 64-byte aligned; from 4 MiB on aligned to 2 MiB and, on Linux, asked for in huge pages
/// (a quarter more bandwidth for weights and caches). Not zeroed unless asked. Whoever makes it disposes of it.
/// </summary>
[Experimental("EUTERPE001")]
public sealed unsafe partial class NativeBuffer : SafeHandle
{
    private const nuint HugePage = 2 << 20;
    private const long HugeFrom = 4 << 20;
    private const int AdviseHugePage = 14;

    private static long s_inUse;

    /// <param name="bytes">Size, 0 or more.</param>
    /// <param name="zeroed">Whether the memory begins as zeros.</param>
    /// <exception cref="OutOfMemoryException">The system has not that much.</exception>
    public NativeBuffer(long bytes, bool zeroed = false)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        bool huge = bytes >= HugeFrom;
        nuint alignment = huge ? HugePage : 64;
        nuint size = checked(((nuint)bytes + alignment) / alignment * alignment);
        void* memory = NativeMemory.AlignedAlloc(size, alignment);
        if (huge && OperatingSystem.IsLinux())
        {
            // Advice only: where it is refused the pages are small and all else is the same.
            _ = Advise(memory, size, AdviseHugePage);
        }

        if (zeroed)
        {
            NativeMemory.Clear(memory, size);
        }

        SetHandle((nint)memory);
        Length = bytes;
        Interlocked.Add(ref s_inUse, bytes);
    }

    /// <summary>Bytes of all buffers of the process that were not given back yet: it must not grow with the work that was done.</summary>
    public static long BytesInUse => Interlocked.Read(ref s_inUse);

    /// <summary>Size in bytes.</summary>
    public long Length { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>The first byte. The caller keeps this object alive while it uses it.</summary>
    public void* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (void*)handle;
        }
    }

    /// <summary>The buffer as numbers of one type; it must fit a span (2^31 - 1 elements).</summary>
    public Span<T> Span<T>()
        where T : unmanaged
    {
        return new Span<T>(Pointer, checked((int)(Length / sizeof(T))));
    }

    /// <summary>The part of <paramref name="count"/> elements that begins at element <paramref name="start"/>.</summary>
    public Span<T> Span<T>(long start, int count)
        where T : unmanaged
    {
        if (start < 0 || count < 0 || start > (Length / sizeof(T)) - count)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"[memory] {count} elements from {start} on do not lie in {Length} bytes.");
        }

        return new Span<T>((T*)Pointer + start, count);
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        Interlocked.Add(ref s_inUse, -Length);
        return true;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
