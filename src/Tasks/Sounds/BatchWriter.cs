using Euterpe.Search;

namespace Euterpe.Tasks.Sounds;

/// <summary>
/// Gathers changes and writes them as one transaction each 64 files or each second, whichever comes first: that is all a power cut can cost.
/// Disposing writes what is left, so a cancelled run keeps what was finished.
/// </summary>
internal sealed class BatchWriter(ICatalogue catalogue, TimeProvider clock) : IDisposable
{
    private const int Most = 64;

    private readonly List<Change> _changes = [];
    private long _since = clock.GetTimestamp();

    public void Add(Change change)
    {
        _changes.Add(change);
        if (_changes.Count >= Most || clock.GetElapsedTime(_since).TotalSeconds >= 1)
            Flush();
    }

    public void Flush()
    {
        Change[] batch = [.. _changes];
        _changes.Clear();
        catalogue.Write(batch);
        _since = clock.GetTimestamp();
    }

    public void Dispose() => Flush();
}
