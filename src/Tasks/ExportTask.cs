using Euterpe.Search;

namespace Euterpe.Tasks;

/// <summary>What to write, and where.</summary>
/// <param name="Folder">A folder that is not there, or is empty.</param>
/// <param name="Canonical">Only what does not depend on how and when the collection was indexed: equal collections give equal bytes.</param>
public sealed record ExportOptions(string Catalogue, string Folder, bool Canonical = false);

/// <summary>What an export holds. The fields are those of <see cref="ExportedCatalogue"/>.</summary>
public sealed record ExportResult(
    string Catalogue, string Folder, bool Canonical, string Sha256, long Tracks, long Failures, long Vectors, long Segmented, int Files, long Bytes);

/// <summary>Writes a catalogue as JSON lines and npz files, which <see cref="ImportTask"/> and other programs read.</summary>
public static class ExportTask
{
    /// <summary>Writes the folder whole or not at all.</summary>
    /// <exception cref="FileNotFoundException">There is no catalogue.</exception>
    /// <exception cref="IOException">There is something in the folder already.</exception>
    public static ExportResult Run(
        ExportOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        using ICatalogue catalogue = Catalogue.OpenExisting(options.Catalogue, context.Clock);
        var rows = progress is null ? null : new Reporting(progress, "exporting");
        ExportedCatalogue e = CatalogueExport.Write(catalogue, options.Folder, options.Canonical, rows, token);
        return new ExportResult(catalogue.Place, Path.GetFullPath(options.Folder), options.Canonical, e.Sha256, e.Tracks, e.Failures, e.Vectors, e.Segmented, e.Files, e.Bytes);
    }
}

/// <summary>Counts of rows, as a task tells them.</summary>
internal sealed class Reporting(IProgress<TaskProgress> progress, string stage) : IProgress<long>
{
    public void Report(long value) => progress.Report(new TaskProgress(stage, value, null, null));
}
