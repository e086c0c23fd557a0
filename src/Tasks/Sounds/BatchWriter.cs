using Euterpe.Search;

namespace Euterpe.Tasks.Sounds;

/// <summary>
/// Gathers the changes of finished files and writes them, with the end of their leases, as one transaction each few files or each second, whichever comes first.
/// Disposing writes what is left, so a cancelled run keeps what was finished.
/// </summary>
/// <param name="most">Files of one transaction.</param>
/// <param name="worker">Who holds the leases.</param>
/// <param name="written">Told how many files were finished.</param>
internal sealed class BatchWriter(ICatalogue catalogue, TimeProvider clock, int most, string worker, Action<int> written) : IDisposable
{
    private readonly List<Change> changes = [];
    private long since = clock.GetTimestamp();
    private int files;

    /// <summary>All changes of one file.</summary>
    public void Add(params ReadOnlySpan<Change> ofFile)
    {
        changes.AddRange(ofFile);
        files++;
        if (files >= most || clock.GetElapsedTime(since).TotalSeconds >= 1)
            Flush();
    }

    public void Flush()
    {
        Change[] batch = [.. changes];
        int done = files;
        (files, since) = (0, clock.GetTimestamp());
        changes.Clear();
        catalogue.Write(batch, worker);
        written(done);
    }

    public void Dispose() => Flush();
}
