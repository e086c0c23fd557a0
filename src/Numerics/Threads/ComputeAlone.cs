using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>
/// Work whose parallel regions all run on the caller's own thread. Where as many callers as cores have work of their own, that is faster than taking turns with the pool;
/// the results are the same.
/// </summary>
[Experimental("EUTERPE001")]
public static unsafe class ComputeAlone
{
    /// <summary>Runs <paramref name="work"/>; regions within it are not divided.</summary>
    public static void Run(Action work)
    {
        // A region of one chunk runs on its caller's thread, and so does everything inside. The variable lies on this stack until the end.
        Action local = work;
        ComputePool.Shared.Run(1, &Body, Unsafe.AsPointer(ref local));
    }

    private static void Body(void* context, int chunk) => Unsafe.AsRef<Action>(context)();
}
