using System.Globalization;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>How a long task behaves towards everything else on the machine. Results do not depend on it.</summary>
public sealed record Manners
{
    /// <summary>None: as fast as it can.</summary>
    public static Manners None { get; } = new();

    /// <summary>Runs at the lowest priority, and its decoders with it. It holds for the whole process, until its end.</summary>
    public bool Nice { get; init; }

    /// <summary>
    /// Bytes that this process and its decoders may hold; null: no limit. It decides how many files are worked on at once and limits the managed heap of the
    /// whole process; a model that does not fit is an error.
    /// </summary>
    public long? MaxMemory { get; init; }

    /// <summary>The hours in which work is done; outside them the task waits. Null: always.</summary>
    public QuietHours? QuietHours { get; init; }

    /// <summary>Reads <c>2G</c>, <c>512M</c>, <c>1.5GiB</c> or a number of bytes; units are powers of 1,024.</summary>
    /// <exception cref="OptionsException">It is written otherwise.</exception>
    public static long ParseMemory(string text)
    {
        string trimmed = text.Trim();
        int digits = trimmed.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        int shift = trimmed[digits..].Trim().ToUpperInvariant() switch
        {
            "" or "B" => 0,
            "K" or "KB" or "KIB" => 10,
            "M" or "MB" or "MIB" => 20,
            "G" or "GB" or "GIB" => 30,
            "T" or "TB" or "TIB" => 40,
            _ => -1,
        };
        if (shift < 0 || !double.TryParse(trimmed[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            || !(number * (1L << shift) is >= 1 and <= 1L << 50))
        {
            throw new OptionsException($"[memory] An amount such as 2G or 512M is expected: found '{text}'.");
        }

        return (long)(number * (1L << shift));
    }
}
