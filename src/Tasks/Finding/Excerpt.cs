using System.Globalization;

namespace Euterpe.Tasks;

/// <summary>A part of a sound, in seconds from its begin; without an end it is as long as a segment.</summary>
internal readonly record struct Excerpt(double Start, double? End)
{
    // A day: longer sounds are not decoded.
    private const double Latest = 86_400;

    /// <summary>Splits <c>name@2:10-2:25</c> at its last @; null where what follows is no time.</summary>
    public static (string Name, Excerpt Part)? Split(string text)
    {
        int at = text.LastIndexOf('@');
        return at > 0 && Parse(text[(at + 1)..]) is { } part ? (text[..at], part) : null;
    }

    /// <summary>Whether a text ends with an excerpt, and so with no weight: in <c>a@2:10</c> the 10 are seconds.</summary>
    public static bool IsInName(string text) => Split(text) is not null;

    /// <summary>Reads <c>2:10</c> or <c>2:10-2:25</c>.</summary>
    public static Excerpt? Parse(string text)
    {
        string[] ends = text.Split('-');
        if (ends.Length > 2 || Seconds(ends[0]) is not { } start)
            return null;
        if (ends.Length == 1)
            return new Excerpt(start, null);
        return Seconds(ends[1]) is { } end ? new Excerpt(start, end) : null;
    }

    /// <summary>Seconds, minutes and seconds, or hours, minutes and seconds: 90.5, 1:30.5, 1:02:03. Behind a colon stand two digits.</summary>
    public static double? Seconds(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length > 3)
            return null;
        double sum = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            string part = parts[i];
            bool last = i == parts.Length - 1;
            int point = part.IndexOf('.');
            int digits = point < 0 ? part.Length : point;
            if (digits is 0 or > 6 || (i > 0 && digits != 2) || (point >= 0 && (!last || point == part.Length - 1)))
                return null;
            if (!double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) || (i > 0 && value >= 60))
                return null;
            sum = (sum * 60) + value;
        }

        return sum <= Latest ? sum : null;
    }

    /// <summary>As <see cref="Seconds"/> reads it: minutes and seconds, with hours where there are any and at most three decimals.</summary>
    public static string Text(double seconds)
    {
        long thousandths = (long)Math.Round(Math.Max(0, seconds) * 1000), whole = thousandths / 1000, rest = thousandths % 1000;
        string text = whole >= 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{whole / 3600}:{whole / 60 % 60:00}:{whole % 60:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{whole / 60}:{whole % 60:00}");
        return rest == 0 ? text : text + "." + rest.ToString("000", CultureInfo.InvariantCulture).TrimEnd('0');
    }

    public override string ToString() => End is { } end ? $"{Text(Start)}-{Text(end)}" : Text(Start);
}
