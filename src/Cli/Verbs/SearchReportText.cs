using System.Globalization;
using Euterpe.Search.Vectors;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

/// <summary>How a catalogue is searched, for people.</summary>
internal static class SearchReportText
{
    private const int MostGroups = 20;

    public static void Print(SearchReport report, TextWriter output)
    {
        output.WriteLine($"Search (indexes: {Text.Safe(report.Folder)}):");
        foreach (SpaceReport space in report.Spaces)
        {
            string rows = space.Rows is { } n ? $", {Text.Plural(n, "row")}" : "";
            output.WriteLine($"  {(space.Segments ? "segments" : "tracks")} of {Text.Safe(space.Model)}: {Text.Plural(space.Sounds, "sound")}{rows}; " + space.Way switch
            {
                "scan" => "few enough to be read from the catalogue: exact, recall 1",
                "exact" => "every row of the index is looked at: exact, recall 1",
                _ => "searched by a graph",
            });
            if (space.Recall is { } recall)
                Print(recall, output);
            if (space.Pairs is { } p)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"    cosines of {p.Sample:N0} random pairs: half are below {p.P50:0.000}, 90 % below {p.P90:0.000}, 99 % below {p.P99:0.000}, 99.9 % below {p.P999:0.000}"));
            }
        }

        if (report.Duplicates is { } groups)
        {
            output.WriteLine(groups.Count == 0 ? "  no recording is there twice" : $"  {Text.Plural(groups.Count, "recording is", "recordings are")} there more than once:");
            foreach (DuplicateGroup group in groups.Take(MostGroups))
                output.WriteLine($"    {Text.Safe(group.Path)}: {string.Join(", ", group.Versions.Select(v => $"{Text.Safe(v.Path)} ({v.Kind})"))}");
            if (groups.Count > MostGroups)
                output.WriteLine($"    ... and {groups.Count - MostGroups:N0} more; --json lists all.");
        }

        if (report.Note is not null)
            output.WriteLine("  " + Text.Safe(report.Note));
    }

    private static void Print(RecallReport r, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"    recall, measured on {r.Sample:N0} of these vectors: {r.Chosen.At1:0.000} at 1, {r.Chosen.At10:0.000} at 10, {r.Chosen.At100:0.000} at 100 "
                + $"(breadth {r.Breadth}; goal {r.Goal} at 10 {(r.Reached ? "reached" : "MISSED")})"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"    {r.Chosen.QueriesPerSecond:N0} queries a second, {r.ExactQueriesPerSecond:N0} exactly; {r.GraphRows:N0} of {r.Rows:N0} rows are in the graph"));
    }
}
