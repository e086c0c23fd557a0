using System.Globalization;
using Euterpe.Search;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

/// <summary>Prints what a search found.</summary>
internal static class Matches
{
    public static void Print(SearchResult result, Session session)
    {
        if (session.Json)
        {
            JsonReport.Write(session.Output, result);
            return;
        }

        foreach (Match match in result.Matches)
        {
            session.Output.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{match.Score,6:0.000}  {Text.Duration(match.Seconds),12}  {Text.Safe(match.Path)}"));
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
}
