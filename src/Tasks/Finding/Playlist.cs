using System.Globalization;
using System.Text;
using Euterpe.Numerics.Files;

namespace Euterpe.Tasks;

/// <summary>One entry of a playlist.</summary>
/// <param name="Path">The file's full path.</param>
/// <param name="Seconds">How long it is; null where that is not known.</param>
/// <param name="Artist">Who plays.</param>
/// <param name="Title">The piece.</param>
/// <param name="Part">Where in it; null for the whole.</param>
public sealed record PlaylistEntry(string Path, double? Seconds, string? Artist = null, string? Title = null, FoundPlace? Part = null);

/// <summary>
/// Extended M3U in UTF-8 (M3U8): a line for players and the path of each track. Paths that such a file cannot hold as they are (with line breaks, or spaces at an end)
/// are written as <c>file:</c> addresses; parts of tracks have VLC's start-time and stop-time.
/// </summary>
public static class Playlist
{
    /// <summary>What a search found.</summary>
    public static IReadOnlyList<PlaylistEntry> Of(SearchResult result) =>
        [.. result.Matches.Select(m => new PlaylistEntry(m.Path, m.Seconds, m.Artist, m.Title, m.Places.Count > 0 ? m.Places[0] : null))];

    /// <summary>A way; ends that are excerpts stand there as whole files.</summary>
    public static IReadOnlyList<PlaylistEntry> Of(PathResult result) =>
        [.. result.Steps.Select(s => new PlaylistEntry(!File.Exists(s.Path) && Excerpt.Split(s.Path) is var (name, _) ? name : s.Path, s.Seconds, s.Artist, s.Title))];

    /// <summary>The text of a playlist.</summary>
    /// <param name="entries">In their order.</param>
    /// <param name="folder">Paths are written relative to it; null: full paths.</param>
    public static string Text(IReadOnlyList<PlaylistEntry> entries, string? folder = null)
    {
        var text = new StringBuilder("#EXTM3U\n");
        foreach (PlaylistEntry entry in entries)
        {
            string name = entry.Title is null ? System.IO.Path.GetFileNameWithoutExtension(entry.Path)
                : entry.Artist is null ? entry.Title : $"{entry.Artist} - {entry.Title}";
            text.Append("#EXTINF:").Append(entry.Seconds is { } s ? ((long)Math.Round(s)).ToString(CultureInfo.InvariantCulture) : "-1").Append(',').Append(OneLine(name)).Append('\n');
            if (entry.Part is { } part)
            {
                text.Append(CultureInfo.InvariantCulture, $"#EXTVLCOPT:start-time={part.Start:0.###}\n");
                text.Append(CultureInfo.InvariantCulture, $"#EXTVLCOPT:stop-time={part.End:0.###}\n");
            }

            text.Append(Place(entry.Path, folder)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Writes a playlist; it is there whole or not at all.</summary>
    /// <param name="path">Where.</param>
    /// <param name="entries">In their order.</param>
    /// <param name="relative">Whether paths are relative to the playlist's folder.</param>
    public static void Write(string path, IReadOnlyList<PlaylistEntry> entries, bool relative = false)
    {
        string full = System.IO.Path.GetFullPath(path);
        AtomicFile.WriteAllBytes(full, Encoding.UTF8.GetBytes(Text(entries, relative ? System.IO.Path.GetDirectoryName(full) : null)));
    }

    private static string Place(string path, string? folder)
    {
        if (path.Any(c => char.IsControl(c) || c is '\u2028' or '\u2029') || path != path.Trim())
            return "file://" + string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        string place = folder is null ? path : System.IO.Path.GetRelativePath(folder, path);
        // A line that begins with # is a comment, and one like a: might be an address.
        return System.IO.Path.IsPathRooted(place) || !(place[0] == '#' || place.Contains(':')) ? place : "./" + place;
    }

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c)).Trim();
}
