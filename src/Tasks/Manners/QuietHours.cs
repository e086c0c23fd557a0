using System.Globalization;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>
/// Hours of the day, by the clock on the wall, in which work may be done: <c>23-7</c> goes from eleven in the evening to seven in the morning. On the days when clocks are
/// changed the wall decides: hours that are skipped are skipped, and hours that come twice count twice.
/// </summary>
/// <param name="From">Minutes since midnight, 0 to 1439.</param>
/// <param name="Until">Minutes since midnight, 0 to 1440; not reached any more.</param>
public sealed record QuietHours(int From, int Until)
{
    private const int Day = 24 * 60;

    /// <summary>Reads <c>23-7</c> or <c>22:30-6:15</c>.</summary>
    /// <exception cref="OptionsException">It is written otherwise, or begin and end are the same.</exception>
    public static QuietHours Parse(string text)
    {
        string[] ends = text.Split('-');
        if (ends.Length != 2 || Minutes(ends[0]) is not (>= 0 and < Day and int from) || Minutes(ends[1]) is not (>= 0 and int until) || from == until % Day && until != Day)
            throw new OptionsException($"[quiet-hours] Two different times of the day are expected, such as 23-7 or 22:30-6:15: found '{text}'.");
        return new QuietHours(from, until);
    }

    /// <summary>Whether a moment lies in these hours.</summary>
    public bool Contains(DateTimeOffset moment, TimeZoneInfo zone)
    {
        double minutes = TimeZoneInfo.ConvertTime(moment, zone).TimeOfDay.TotalMinutes;
        return From < Until ? minutes >= From && minutes < Until : minutes >= From || minutes < Until;
    }

    /// <summary>The next moment after <paramref name="moment"/> at which these hours begin; the moment itself if it lies in them.</summary>
    public DateTimeOffset NextStart(DateTimeOffset moment, TimeZoneInfo zone)
    {
        if (Contains(moment, zone))
            return moment;
        DateTime day = TimeZoneInfo.ConvertTime(moment, zone).Date;
        for (int ahead = 0; ; ahead++)
        {
            // An hour that is skipped that day: the first moment behind it, if it still lies in these hours.
            DateTime local = day.AddDays(ahead).AddMinutes(From);
            while (zone.IsInvalidTime(local))
                local = local.AddMinutes(1);
            TimeSpan offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
            var start = new DateTimeOffset(local, offset);
            if (start > moment && Contains(start, zone))
                return start;
        }
    }

    /// <summary>As it is written.</summary>
    public override string ToString() => $"{Written(From)}-{Written(Until)}";

    private static string Written(int minutes) =>
        minutes % 60 == 0 ? (minutes / 60).ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{minutes / 60}:{minutes % 60:00}");

    /// <summary>Minutes since midnight; -1 for what is no time of the day.</summary>
    private static int Minutes(string text)
    {
        string[] parts = text.Trim().Split(':');
        if (parts.Length > 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int hours) || hours > 24)
            return -1;
        int minutes = 0;
        if (parts.Length == 2 && !(parts[1].Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out minutes) && minutes < 60))
            return -1;
        int all = (hours * 60) + minutes;
        return all <= Day ? all : -1;
    }
}
