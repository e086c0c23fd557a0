using System.Globalization;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

/// <summary>Prints what a search found.</summary>
internal static class Matches
{
    private const int MostVersions = 5;

    public static void Print(SearchResult result, Session session, Printed printed)
    {
        printed.Print(session, result, Playlist.Of(result), () => CsvTable.Of(result), () => Table(result, session.Output));
        if (printed.Format == "json")
            return;
        if (result.QueryVersions.Count > 0)
        {
            session.Error.WriteLine($"euterpe: The catalogue has what was asked for in {Text.Plural(result.QueryVersions.Count, "more file")}, not listed as a result: "
                + string.Join(", ", result.QueryVersions.Take(MostVersions).Select(v => $"{Text.Safe(v.Path)} ({v.Kind})")) + (result.QueryVersions.Count > MostVersions ? " ..." : ""));
        }

        if (result.Note is not null)
            session.Error.WriteLine("euterpe: " + Text.Safe(result.Note));
        if (result.Left > 0)
        {
            session.Error.WriteLine($"euterpe: {Text.Plural(result.Left, "track")} of the catalogue {(result.Left == 1 ? "has" : "have")} no vector "
                + $"of {Text.Safe(result.Model)} yet. Hint: euterpe index FOLDER");
        }

        if (result.Matches.Count == 0)
            session.Error.WriteLine("euterpe: There is nothing else in the catalogue to compare with.");
    }

    /// <summary>What a score means: <c>closer than 99.2 % of pairs</c>.</summary>
    public static string Closer(double? percentile, bool some, string how) => !some ? "" : percentile is not { } p ? new string(' ', how == "closer" ? 31 : 32)
        : string.Create(CultureInfo.InvariantCulture, $"  ({how} than {Math.Floor(p * 10) / 10,5:0.0} % of {(how == "closer" ? "pairs" : "tracks")})");

    public static string Name(string? artist, string? title) =>
        title is null ? "" : $"{Text.Safe(artist is null ? title : $"{artist} – {title}")}  ";

    private static void Table(SearchResult result, TextWriter output)
    {
        bool pairs = result.PercentileOf == "pairs";
        foreach (FoundTrack match in result.Matches)
        {
            string places = string.Join(" ", match.Places.Select(place => place.ToString()));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{match.Score,6:0.000}")
                + Closer(match.Percentile, result.PercentileOf is not null, pairs ? "closer" : "higher")
                + $"  {Text.Duration(match.Seconds),12}  {Name(match.Artist, match.Title)}{Text.Safe(match.Path)}{(places.Length > 0 ? " " + places : "")}"
                + (match.Model is null ? "" : $"  [{Text.Safe(match.Model)}]"));
            foreach (FoundVersion version in match.Versions.Take(MostVersions))
                output.WriteLine($"        also {version.Kind}: {Text.Safe(version.Path)}");
            if (match.Versions.Count > MostVersions)
                output.WriteLine($"        and {match.Versions.Count - MostVersions:N0} more; --json lists all.");
        }
    }
}
