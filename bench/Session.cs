namespace Euterpe.Bench;

/// <summary>What a run has opened: peers as child processes, buffers. All of it ends with the run.</summary>
internal sealed class Session : IDisposable
{
    private readonly List<IDisposable> _open = [];

    public List<PeerProcess> Peers { get; } = [];

    public T Use<T>(T resource) where T : IDisposable
    {
        _open.Add(resource);
        return resource;
    }

    /// <summary>Starts a peer; see <see cref="PeerProcess"/> for how it is spoken to.</summary>
    public PeerProcess Start(string program, params string[] arguments) => Start(program, arguments, null);

    /// <summary>Starts a peer with variables of its own.</summary>
    public PeerProcess Start(string program, string[] arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var peer = new PeerProcess(program, arguments, environment);
        Peers.Add(Use(peer));
        return peer;
    }

    public void Dispose()
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            _open[i].Dispose();
        }
    }
}
