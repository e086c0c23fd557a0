using System.Collections.Concurrent;
using Euterpe.Tensors;

namespace Euterpe.Models;

/// <summary>Workspaces that callers borrow: as many as ever were at work at once, each kept for the next caller.</summary>
internal sealed class Workspaces : IDisposable
{
    private readonly ConcurrentBag<Workspace> free = [];

    /// <summary>Runs work with a workspace of its own; what lives in it ends with the work.</summary>
    public void Borrow(CancellationToken token, Action<Workspace> work)
    {
        if (!free.TryTake(out Workspace? w))
            w = new Workspace();
        try
        {
            w.Token = token;
            work(w);
        }
        finally
        {
            w.Token = default;
            w.Reset();
            free.Add(w);
        }
    }

    public void Dispose()
    {
        while (free.TryTake(out Workspace? w))
            w.Dispose();
    }
}
