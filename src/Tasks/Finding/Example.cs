using System.Globalization;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>A sound that results should be like, or unlike.</summary>
/// <param name="Sound">
/// A file, or a track of the catalogue by its path or the end of its path; with an excerpt behind it where only that is meant: <c>song.flac@2:10-2:25</c>,
/// or <c>song.flac@2:10</c> for as long as the catalogue's segments are. A file whose name has an <c>@</c> is found as it is named.
/// </param>
/// <param name="Weight">How much it counts beside the others, -1000 to 1000 and not 0; below 0: results should be unlike it.</param>
public sealed record Example(string Sound, double Weight = 1)
{
    /// <summary>Reads <c>a.mp3</c>, <c>a.mp3:0.5</c>, <c>a.mp3@2:10-2:25</c> or <c>a.mp3@2:10-2:25:0.5</c>. What is a file's whole name stays whole.</summary>
    /// <param name="text">As a person writes it.</param>
    /// <param name="unlike">Whether results should be unlike it.</param>
    public static Example Parse(string text, bool unlike = false)
    {
        (string sound, double weight) = File.Exists(text) || Excerpt.IsInName(text) ? (text, 1) : Weights.Split(text);
        return new Example(sound, unlike ? -weight : weight);
    }
}

/// <summary>Words that results should fit, or should not.</summary>
/// <param name="Words">In the language that the model was trained on, mostly English.</param>
/// <param name="Weight">How much they count beside other words and examples, -1000 to 1000 and not 0; below 0: results should not fit them.</param>
public sealed record Description(string Words, double Weight = 1)
{
    /// <summary>Reads <c>slow piano</c> or <c>slow piano:0.5</c>.</summary>
    /// <param name="text">As a person writes it.</param>
    /// <param name="without">Whether results should not fit them.</param>
    public static Description Parse(string text, bool without = false)
    {
        (string words, double weight) = Weights.Split(text);
        return new Description(words, without ? -weight : weight);
    }
}

/// <summary>Weights as they are written and checked.</summary>
internal static class Weights
{
    private const double Most = 1000;

    /// <summary>A number behind the last colon is a weight.</summary>
    public static (string Text, double Weight) Split(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && !text.AsSpan(colon + 1).ContainsAnyExcept("0123456789.") && double.TryParse(text.AsSpan(colon + 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double weight)
            ? (text[..colon], weight)
            : (text, 1);
    }

    public static void Check(string task, string what, double weight)
    {
        if (weight == 0 || !(weight is >= -Most and <= Most))
            throw new OptionsException(FormattableString.Invariant($"[{task}] A weight is above 0 and at most {Most}: that of {what} is {Math.Abs(weight)}."));
    }
}
