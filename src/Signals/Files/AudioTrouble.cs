using Euterpe.Numerics;

namespace Euterpe.Signals.Files;

/// <summary>What kind of trouble a <see cref="FileFormatException"/> of <see cref="AudioFile"/> tells of, where that matters to who keeps lists of bad files.</summary>
public static class AudioTrouble
{
    /// <summary>Samples that are NaN, infinite, or beyond 2^40.</summary>
    public const string NotFinite = "not-finite";

    /// <summary>A proper file without a single frame of sound.</summary>
    public const string NoFrames = "no-frames";

    /// <summary>The sound is longer, or its decoding takes more time, than <see cref="AudioFileOptions"/> allow.</summary>
    public const string BeyondLimits = "beyond-limits";

    private const string Key = "euterpe.audio";

    /// <summary>One of the names above; null for everything else, which is damage.</summary>
    public static string? Of(FileFormatException exception) => exception.Data[Key] as string;

    internal static FileFormatException With(string trouble, string message) => new(message) { Data = { [Key] = trouble } };
}
