using Euterpe.Search;

namespace Euterpe.Tasks;

/// <summary>What to read, and into what.</summary>
/// <param name="Folder">An export.</param>
/// <param name="Catalogue">Made where it is not there.</param>
public sealed record ImportOptions(string Folder, string Catalogue);

/// <summary>What an import brought. The fields are those of <see cref="ImportedCatalogue"/>.</summary>
public sealed record ImportResult(
    string Folder, string Catalogue, long Tracks, long KnownTracks, long Failures, long Vectors, long Segmented, long KnownVectors, long Homeless);

/// <summary>Reads an export into a catalogue. What the catalogue knows already stays as it is.</summary>
public static class ImportTask
{
    /// <summary>Checks the whole export, then reads it.</summary>
    /// <exception cref="Numerics.FileFormatException">Something in the export is not as it must be; nothing is written.</exception>
    public static ImportResult Run(
        ImportOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        string folder = Path.GetFullPath(options.Folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"[import] There is no folder {folder}.");
        using ICatalogue catalogue = Catalogue.OpenOrCreate(options.Catalogue, context.Clock);
        var rows = progress is null ? null : new Reporting(progress, "importing");
        ImportedCatalogue i = CatalogueImport.Read(catalogue, folder, rows, token);
        return new ImportResult(folder, catalogue.Place, i.Tracks, i.KnownTracks, i.Failures, i.Vectors, i.Segmented, i.KnownVectors, i.Homeless);
    }
}
