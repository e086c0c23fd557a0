using System.Globalization;
using System.Text;

namespace Euterpe.Numerics.Files;

/// <summary>Names and numbers out of untrusted files, safe to print in one line of an error.</summary>
[Experimental("EUTERPE001")]
public static class FileText
{
    /// <summary>The text in quotes, control characters escaped, cut to a printable length.</summary>
    public static string Shown(ReadOnlySpan<char> text, int length = 80)
    {
        var shown = new StringBuilder("\"");
        foreach (char c in text[..Math.Min(text.Length, length)])
        {
            shown.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '"' or '\\' || Turns(c)
                ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString());
        }
        return shown.Append(text.Length > length ? "...\"" : "\"").ToString();
    }

    /// <summary>Line and paragraph separators, and what turns the direction of writing.</summary>
    private static bool Turns(char c) => c is '\u061C' or '\u200E' or '\u200F' or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    /// <summary>What a parser complained about, in one printable line: parsers quote the file.</summary>
    public static string Reason(Exception error) => Shown(error.Message, 160)[1..^1];

    /// <summary>[2, 3, 4]; at most eight sizes are shown.</summary>
    public static string Shape(ReadOnlySpan<long> shape) =>
        $"[{string.Join(", ", shape[..Math.Min(shape.Length, 8)].ToArray())}{(shape.Length > 8 ? ", ..." : "")}]";
}
