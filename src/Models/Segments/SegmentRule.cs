using System.Globalization;
using Euterpe.Numerics;

namespace Euterpe.Models;

/// <summary>
/// How a sound is cut into segments that get vectors of their own: each <see cref="LengthSeconds"/> long, one every <see cref="HopSeconds"/>.
/// The vector of a segment is, to the bit, the one that an embedder gives for a sound that holds only the segment's samples.
/// </summary>
/// <param name="LengthSeconds">0.5 to 120.</param>
/// <param name="HopSeconds">0.1 to the length.</param>
public sealed record SegmentRule(double LengthSeconds = 10, double HopSeconds = 5)
{
    /// <summary>10 s long, one every 5 s.</summary>
    public static SegmentRule Default { get; } = new();

    /// <summary>Reads <c>10,5</c>, or <c>10 5</c> as <see cref="ToString"/> writes it: length and hop in seconds.</summary>
    /// <exception cref="OptionsException">It is written otherwise, or a number is out of its range.</exception>
    public static SegmentRule Parse(string text)
    {
        string[] parts = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length != 2 || !Number(parts[0], out double length) || !Number(parts[1], out double hop))
            throw new OptionsException($"[segments] Two numbers are expected, length and hop in seconds, such as 10,5: found '{text}'.");
        var rule = new SegmentRule(length, hop);
        rule.Check();
        return rule;

        static bool Number(string part, out double value) => double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Throws an <see cref="OptionsException"/> if a number is out of its range.</summary>
    public void Check()
    {
        if (!(LengthSeconds is >= 0.5 and <= 120) || !(HopSeconds >= 0.1 && HopSeconds <= LengthSeconds))
        {
            throw new OptionsException(
                FormattableString.Invariant($"[segments] A segment is 0.5 to 120 s long, and begins 0.1 s to its own length after the one before: found {LengthSeconds} and {HopSeconds}."));
        }
    }

    /// <summary>Both numbers with a space between: what a catalogue keeps beside the segments.</summary>
    public override string ToString() => FormattableString.Invariant($"{LengthSeconds} {HopSeconds}");
}
