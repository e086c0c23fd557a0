using System.Security.Cryptography;
using System.Text;

namespace Euterpe.Datasets;

/// <summary>A recording and the class that its name tells.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Name">Its path below the collection, with slashes.</param>
/// <param name="Class">Lower case; it may be empty.</param>
public sealed record LabelledSound(string Path, string Name, string Class);

/// <summary>
/// Sonic Pi's samples (CC0) and the Berklee sound library of One Laptop per Child (CC BY 3.0), in folders sonic-pi and berklee. The class is Sonic
/// Pi's prefix, or
/// the Berklee name in lower case up to its first digit, _, +, # or (. A class with 11 or more recordings counts: each query then has ten to be
/// found.
/// The classes are halved by the first byte of the SHA-256 of their name: even ones fit, odd ones judge.
/// </summary>
public static class SoundCollection
{
    /// <summary>Recordings that a class needs to count.</summary>
    public const int FewestRecordings = 11;

    private static readonly HashSet<string> s_endings = new(StringComparer.OrdinalIgnoreCase) { ".flac", ".ogg", ".wav" };

    /// <summary>The classes that count, of the first half (fitting).</summary>
    public static IReadOnlyList<string> FirstHalf { get; } =
    [
        "balloon", "bass", "bd", "bell", "casiohorn", "computer", "femalevoice", "femalevoices", "glitch", "guitar", "hat", "malevoice", "mehackit",
        "misc", "mouth", "plastic", "slam", "synth", "tabla", "theremin", "trashcan",
    ];

    /// <summary>The classes that count, of the second half (judging).</summary>
    public static IReadOnlyList<string> SecondHalf { get; } =
    [
        "ambi", "camera", "can", "door", "drill", "drum", "elec", "glass", "hand", "loop", "malevoices", "metal", "piano", "ping", "prep", "rubber",
        "shaker", "squeak", "tape", "water",
    ];

    /// <summary>All recordings below a folder that has the folders sonic-pi and berklee, ordered by name.</summary>
    public static IReadOnlyList<LabelledSound> Read(string folder) =>
        [.. ((string[])["berklee", "sonic-pi"]).Select(part => System.IO.Path.Combine(folder, part)).Where(Directory.Exists)
            .SelectMany(part => Directory.EnumerateFiles(part))
            .Where(file => s_endings.Contains(System.IO.Path.GetExtension(file)))
            .Select(file => (File: file, Name: System.IO.Path.GetRelativePath(folder, file).Replace('\\', '/')))
            .OrderBy(each => each.Name, StringComparer.Ordinal)
            .Select(each => new LabelledSound(each.File, each.Name, ClassOf(each.Name)))];

    /// <summary>The class of "sonic-pi/bd_ada.flac" is bd, that of "berklee/Clap1.ogg" is clap.</summary>
    public static string ClassOf(string name)
    {
        string stem = System.IO.Path.GetFileNameWithoutExtension(name);
        if (name.StartsWith("sonic-pi/", StringComparison.Ordinal))
        {
            return stem.Split('_')[0];
        }
        int end = stem.AsSpan().IndexOfAny("0123456789_+#(");
        return (end < 0 ? stem : stem[..end]).ToLowerInvariant();
    }

    /// <summary>Whether a class belongs to the first half.</summary>
    public static bool IsFirstHalf(string name) => SHA256.HashData(Encoding.UTF8.GetBytes(name))[0] % 2 == 0;
}
