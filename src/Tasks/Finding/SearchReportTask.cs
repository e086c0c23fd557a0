using Euterpe.Search;
using Euterpe.Search.Vectors;
using Euterpe.Tasks.Finding;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>What is to be reported.</summary>
public sealed record SearchReportOptions
{
    /// <summary>The catalogue's file.</summary>
    public required string Catalogue { get; init; }

    /// <summary>Builds a graph however few the vectors are; else from 250,000 on.</summary>
    public bool Graph { get; init; }

    /// <summary>Looks for recordings that several files hold.</summary>
    public bool Duplicates { get; init; } = true;

    /// <summary>How recall is measured.</summary>
    public RecallOptions Recall { get; init; } = new();
}

/// <summary>How the vectors of a catalogue are searched, and how well.</summary>
/// <param name="Catalogue">Its full path.</param>
/// <param name="Folder">Where its indexes lie.</param>
/// <param name="Spaces">One entry for the tracks of each space, one for its segments where it has some.</param>
/// <param name="Duplicates">Recordings that several files hold; null where they were not looked for.</param>
public sealed record SearchReport(string Catalogue, string Folder, IReadOnlyList<SpaceReport> Spaces, IReadOnlyList<DuplicateGroup>? Duplicates)
{
    /// <summary>What a person should know about it; null where there is nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>How the vectors of one space are searched.</summary>
/// <param name="Model">Whose vectors they are.</param>
/// <param name="Key">Its compatibility key.</param>
/// <param name="Segments">Those of segments rather than of tracks.</param>
/// <param name="Sounds">Sounds that have some.</param>
/// <param name="Rows">Rows of the index, those of sounds that are gone among them; null: there is no index, the catalogue itself is read.</param>
/// <param name="Way"><c>scan</c> (the catalogue is read), <c>exact</c> (every row of an index) or <c>graph</c> (approximately).</param>
/// <param name="Recall">Of the graph, on these vectors; null: the search is exact, and finds all.</param>
/// <param name="Pairs">Cosines of random pairs of these vectors; null where there are too few.</param>
public sealed record SpaceReport(string Model, string Key, bool Segments, long Sounds, long? Rows, string Way, RecallReport? Recall, PairQuantiles? Pairs);

/// <summary>Cosines that so many of a hundred random pairs do not reach.</summary>
/// <param name="Sample">How many pairs.</param>
public sealed record PairQuantiles(int Sample, float Least, float P1, float P10, float P50, float P90, float P99, float P999, float Most);

/// <summary>Brings the indexes of a catalogue up to date, builds their graphs where they pay, and measures them.</summary>
public static class SearchReportTask
{
    /// <summary>Reports.</summary>
    /// <param name="options">What.</param>
    /// <param name="context">Where indexes lie, which threads and clock; null for the defaults.</param>
    /// <param name="progress">Told about each step.</param>
    /// <param name="token">Looked at between rows.</param>
    public static SearchReport Run(SearchReportOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        context.Begin();
        using ICatalogue catalogue = Catalogue.OpenExisting(options.Catalogue);
        EmbedderChoice choice = Searching.Embedder("report", catalogue);
        var notes = new List<string>();
        var spaces = new List<SpaceReport>();
        foreach (Space space in catalogue.Spaces().Where(s => s.Vectors > 0))
        {
            spaces.Add(Report(catalogue, space, false, options, context, notes.Add, progress, token));
            if (space.Segmented > 0)
                spaces.Add(Report(catalogue, space, true, options, context, notes.Add, progress, token));
        }

        IReadOnlyList<DuplicateGroup>? duplicates = options.Duplicates ? NearDuplicates.Find(catalogue, choice.Key, context, progress, token) : null;
        return new SearchReport(catalogue.Place, IndexFolder.Of(catalogue, context), spaces, duplicates) { Note = notes.Count == 0 ? null : string.Join(' ', notes.Distinct()) };
    }

    private static SpaceReport Report(
        ICatalogue catalogue, Space space, bool segments, SearchReportOptions options, TaskContext context, Action<string> note, IProgress<TaskProgress>? progress, CancellationToken token)
    {
        using Rows rows = IndexFolder.Open(catalogue, space, segments, exact: false, context, note, progress, token, always: options.Graph);
        RecallReport? recall = null;
        if (rows is IndexRows { Index: var index } && (options.Graph || index.Count >= context.Indexing.GraphRows))
        {
            try
            {
                var told = progress is null ? null : new Share(progress, index.Count);
                index.BuildGraph(null, told, token);
                progress?.Report(new TaskProgress("measuring", 0, null, null));
                recall = index.Measure(options.Recall, context.Clock, token);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                note($"The graph could not be built: {e.Message}");
            }
        }

        var calibration = new Calibration(rows, token);
        return new SpaceReport(space.Model, space.Key, segments, segments ? space.Segmented : space.Vectors, (rows as IndexRows)?.Index.Count, rows.Way, recall,
            calibration.Sounds == 0 ? null : Quantiles(calibration.Pairs));
    }

    private static PairQuantiles Quantiles(float[] sorted)
    {
        return new PairQuantiles(sorted.Length, sorted[0], At(0.01), At(0.1), At(0.5), At(0.9), At(0.99), At(0.999), sorted[^1]);

        float At(double share) => sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];
    }

    private sealed class Share(IProgress<TaskProgress> to, long total) : IProgress<double>
    {
        public void Report(double value) => to.Report(new TaskProgress("building", (long)(value * total), total, null));
    }
}
