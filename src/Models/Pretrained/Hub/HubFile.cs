using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>One file of a repository, as the server lists it.</summary>
/// <param name="Path">Its name below the repository, with slashes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="GitHash">SHA-1 of the git object, for files that git itself holds; null where the server does not say.</param>
/// <param name="Sha256">SHA-256 of the content, for large files; null where the server does not say.</param>
internal sealed record HubFile(string Path, long Size, string? GitHash, string? Sha256)
{
    /// <summary>The name that huggingface_hub gives to the content in its cache, which is the server's ETag; null where nothing is known.</summary>
    public string? Blob => Sha256 ?? GitHash;

    public string Extension => System.IO.Path.GetExtension(Path).ToUpperInvariant();

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    public string Folder => Path.LastIndexOf('/') is >= 0 and var slash ? Path[..slash] : "";
}

/// <summary>One revision of a repository, as the server describes it.</summary>
/// <param name="Repository">The name that was asked for.</param>
/// <param name="Commit">What the revision means now.</param>
/// <param name="Files">All of them; what nobody should write to a disk is refused before.</param>
/// <param name="Licence">What its card says.</param>
/// <param name="Gated">Whether a licence must be accepted before files can be had.</param>
internal sealed record HubModel(string Repository, string Commit, IReadOnlyList<HubFile> Files, ModelLicence? Licence, bool Gated);

/// <summary>What may be done with a model, as its publisher says.</summary>
/// <param name="Id">The hub's identifier: <c>apache-2.0</c>, <c>cc-by-nc-4.0</c>, <c>other</c>.</param>
/// <param name="Name">The name of a licence that has no identifier; null where it has one.</param>
/// <param name="Link">Where its text is; null where the card does not say.</param>
public sealed record ModelLicence(string Id, string? Name = null, string? Link = null)
{
    /// <summary>False for licences that forbid commercial use, true for those known to allow it, null where only its text can tell.</summary>
    public bool? Commercial => Id.Contains("-nc", StringComparison.OrdinalIgnoreCase) ? false
        : Id.ToUpperInvariant() is "APACHE-2.0" or "MIT" or "BSD-2-CLAUSE" or "BSD-3-CLAUSE" or "CC0-1.0" or "CC-BY-4.0" or "CC-BY-SA-4.0"
            or "UNLICENSE"
            or "ISC" or "MPL-2.0" ? true
        : null;

    /// <summary>In one line for people.</summary>
    public override string ToString() => (Name is null ? Id : $"{Id} ({Name})")
        + (Commercial == false ? ", not for commercial use" : "") + (Link is null ? "" : $", {Link}");
}

/// <summary>Names of files that a server sends are hostile until they have passed here.</summary>
internal static class HubPath
{
    private const int LongestPath = 1024, LongestPart = 255, Deepest = 16;

    private static readonly HashSet<string> Devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
    };

    /// <summary>Throws for a name that no honest repository has: it would leave the folder, or means something else than a file.</summary>
    public static void CheckListed(string path, string repository)
    {
        string? wrong = path.Length == 0 ? "it is empty"
            : path.Length > LongestPath ? $"it has {path.Length:N0} characters, at most {LongestPath:N0} are read"
            : path[0] == '/' || path.Contains('\\', StringComparison.Ordinal) || path.Contains(':', StringComparison.Ordinal)
                ? "only names below the repository, with slashes, are read"
            : path.Any(char.IsControl) ? "it has control characters"
            : path.Any(char.IsSurrogate) && !IsWhole(path) ? "it is no text"
            : path.Split('/') is var parts && parts.Length > Deepest ? $"it is {parts.Length} folders deep, at most {Deepest} are read"
            : parts.Any(part => part is "" or "." or "..") ? "it leaves its folder"
            : null;
        if (wrong is not null)
            throw new ModelFileException($"[pull] {repository}: the server lists a file {FileText.Shown(path)}: {wrong}. Nothing was fetched.");
    }

    /// <summary>
    /// Throws for names that would not be the files they say on every system: devices, endings in a blank or point, one name twice but for case.
    /// </summary>
    public static void CheckChosen(IReadOnlyList<HubFile> files, string repository)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (HubFile file in files)
        {
            string? wrong = null;
            foreach (string part in file.Path.Split('/'))
            {
                wrong ??= System.Text.Encoding.UTF8.GetByteCount(part) > LongestPart ? $"a part of it has more than {LongestPart} bytes"
                    : part[^1] is ' ' or '.' || part[0] == ' ' ? "it begins or ends with a blank, or ends with a point"
                    : Devices.Contains(part.Split('.')[0]) ? "it is the name of a device on some systems"
                    : part.AsSpan().IndexOfAny("<>\"|?*") >= 0 ? "it has characters that names cannot have on some systems"
                    : null;
            }

            if (wrong is null && !seen.TryAdd(file.Path, file.Path))
                wrong = $"it is {FileText.Shown(seen[file.Path])} but for small and capital letters";
            for (string folder = file.Folder; wrong is null && folder.Length > 0; folder = folder.LastIndexOf('/') is >= 0 and var slash
                ? folder[..slash] : "")
            {
                if (files.Any(other => string.Equals(other.Path, folder, StringComparison.OrdinalIgnoreCase)))
                    wrong = $"{FileText.Shown(folder)} is a file and a folder at once";
            }

            if (wrong is not null)
                throw new ModelFileException($"[pull] {repository}: {FileText.Shown(file.Path)} cannot be stored: {wrong}. Nothing was fetched.");
        }
    }

    public static bool IsHash(string? text, int digits) => text is not null && text.Length == digits && text.All(char.IsAsciiHexDigitLower);

    private static bool IsWhole(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return false;
        }

        return true;
    }
}
