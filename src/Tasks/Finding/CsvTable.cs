using System.Globalization;
using System.Text;

namespace Euterpe.Tasks;

/// <summary>Results as CSV (RFC 4180, a line each, lines end with a line feed): texts with commas, quotes or line breaks stand in quotes.</summary>
public static class CsvTable
{
    /// <summary>What a search found.</summary>
    public static string Of(SearchResult result) => Lines(
        ["rank", "path", "start", "end", "score", "percentile", "seconds", "artist", "title", "album", "year", "versions", "model"],
        result.Matches.Select((m, i) => (object?[])
        [
            i + 1, m.Path, m.Places.Count > 0 ? m.Places[0].Start : null, m.Places.Count > 0 ? m.Places[0].End : null, m.Score, m.Percentile, m.Seconds,
            m.Artist, m.Title, m.Album, m.Year, m.Versions.Count, m.Model ?? result.Model,
        ]));

    /// <summary>A way.</summary>
    public static string Of(PathResult result) => Lines(
        ["step", "path", "cosine", "percentile", "progress", "seconds", "artist", "title"],
        result.Steps.Select((s, i) => (object?[])[i + 1, s.Path, s.Cosine, s.Percentile, s.Progress, s.Seconds, s.Artist, s.Title]));

    private static string Lines(string[] head, IEnumerable<object?[]> rows)
    {
        var text = new StringBuilder().AppendJoin(',', head).Append('\n');
        foreach (object?[] row in rows)
            text.AppendJoin(',', row.Select(Cell)).Append('\n');
        return text.ToString();
    }

    private static string Cell(object? value)
    {
        string text = value switch
        {
            null => "",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
