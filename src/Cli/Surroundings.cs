using Euterpe.Tasks;

namespace Euterpe.Cli;

/// <summary>What the program has around it; tests give their own.</summary>
internal sealed record Surroundings
{
    /// <summary>Where models come from; null: the program's own.</summary>
    public IModelShelf? Models { get; init; }

    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Whether messages go to a person who watches: only then is there a progress bar.</summary>
    public bool Watched { get; init; } = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>A stop from outside; Ctrl-C and SIGTERM are listened to besides.</summary>
    public CancellationToken Stop { get; init; }
}
