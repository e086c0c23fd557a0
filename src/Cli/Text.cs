using System.Globalization;
using System.Text;
using Euterpe.Tasks;

namespace Euterpe.Cli;

/// <summary>How reports say things to people.</summary>
internal static class Text
{
    public static string Duration(double seconds)
    {
        if (seconds < 9.95)
            return seconds.ToString("0.0", CultureInfo.InvariantCulture) + " s";
        long whole = (long)(seconds + 0.5);
        return whole < 60 ? $"{whole} s" : whole < 3600 ? $"{whole / 60} min {whole % 60} s" : $"{whole / 3600} h {whole / 60 % 60} min";
    }

    public static string Size(long bytes)
    {
        string[] units = ["bytes", "kB", "MB", "GB", "TB"];
        double size = bytes;
        int unit = 0;
        for (; size >= 999.5 && unit < units.Length - 1; unit++)
            size /= 1000;
        return size.ToString(unit == 0 || size >= 99.5 ? "0 " : "0.0 ", CultureInfo.InvariantCulture) + units[unit];
    }

    public static string Plural(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? one + "s")}");

    /// <summary>
    /// A path as it may be printed: control characters would move the cursor of a terminal, line and paragraph separators break the line, and those that
    /// turn the direction of writing make "gpj.exe" of "exe.jpg".
    /// </summary>
    public static string Safe(string path)
    {
        if (!path.Any(Moves))
            return path;
        var safe = new StringBuilder();
        foreach (char c in path)
            safe.Append(Moves(c) ? '\uFFFD' : c);
        return safe.ToString();
    }

    private static bool Moves(char c) =>
        char.IsControl(c) || c is '\u061C' or '\u200E' or '\u200F' or (>= '\u2028' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    /// <summary>Bad files with their reasons, to the error stream, at most <paramref name="most"/>.</summary>
    public static void Failures(TextWriter to, IReadOnlyList<BadFile> failures, int most)
    {
        foreach (BadFile bad in failures.Take(most))
            to.WriteLine($"  {bad.Reason,-18} {Safe(bad.Path)}: {Safe(bad.Sentence)}");
        if (failures.Count > most)
            to.WriteLine($"  ... and {failures.Count - most:N0} more; --json lists all.");
    }
}
