using Euterpe.Numerics;
using Euterpe.Search;

namespace Euterpe.Tasks.Finding;

/// <summary>Whether two tracks hold the same recording.</summary>
/// <remarks>
/// They do when they hold the same encoded sound or the same decoded samples, or when they are of about the same length and the model can hardly tell them apart:
/// 1 - cosine is at most <see cref="Nearness"/> of that of the middle random pair of the collection. docs/searching.md has how often that is right.
/// </remarks>
internal static class Versions
{
    public const string Copy = "copy", Decoded = "decoded", Near = "near";

    public const double Nearness = 0.04;

    /// <summary>The largest difference of lengths, in seconds: encoders add up to a tenth of a second, and trimmed ends are forgiven in long tracks.</summary>
    public static double Tolerance(double seconds) => Math.Clamp(0.01 * seconds, 0.1, 2);

    /// <summary>The least cosine of near duplicates.</summary>
    /// <param name="median">The cosine of the middle random pair.</param>
    public static float LeastCosine(double median) => (float)(1 - (Nearness * (1 - median)));

    /// <summary>What makes them versions of one recording; null when nothing does.</summary>
    public static string? Kind(Track a, float[]? vectorOfA, Track b, float[]? vectorOfB, float leastCosine)
    {
        if (a.Sound == b.Sound)
            return Copy;
        if (a.Facts.DecodedSha256.Length > 0 && a.Facts.DecodedSha256 == b.Facts.DecodedSha256)
            return Decoded;
        if (vectorOfA is null || vectorOfB is null || Math.Abs(a.Facts.Seconds - b.Facts.Seconds) > Tolerance(Math.Max(a.Facts.Seconds, b.Facts.Seconds)))
            return null;
        return Reductions.Dot(vectorOfA, vectorOfB) >= leastCosine ? Near : null;
    }
}
