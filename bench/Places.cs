namespace Euterpe.Bench;

/// <summary>Where bench.sh puts things; each from its environment variable.</summary>
internal static class Places
{
    /// <summary>A file of the peers' cache, for example a compiled peer.</summary>
    public static string Cache(string name) => Path.Combine(Variable("PEERS_CACHE"), name);

    /// <summary>A script of bench/peers.</summary>
    public static string Script(string name) => Path.Combine(Variable("EUTERPE_PEERS"), name);

    /// <summary>A path below the shared folder, which holds recordings and the peers' graphs.</summary>
    public static string Shared(string path)
    {
        string full = Path.Combine(Variable("EUTERPE_SHARED"), path);
        return Path.Exists(full) ? full : throw new BenchException($"{full} is not there. Hint: set EUTERPE_SHARED to the folder that holds {path.Split('/')[0]}/.");
    }

    private static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new BenchException($"{name} is not set. Hint: run ./bench.sh WORK.");
}
