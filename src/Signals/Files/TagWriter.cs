using Euterpe.Numerics.Files;
using Euterpe.Signals.Files.Writing;

namespace Euterpe.Signals.Files;

/// <summary>
/// Writes tags into sound files: MP3, FLAC, Ogg Vorbis, Opus, WAV, AIFF and M4A. Everything else of the file keeps its bytes: the sound, other
/// tags, pictures, cue points, what is not known. The new file is written beside the old one, checked (the same encoded packets, the same other
/// tags), brought to the disk and renamed: at any moment there is the old file or the new one.
/// </summary>
public static class TagWriter
{
    private static int count;

    /// <summary>Writes tags; a file that would not change is not touched.</summary>
    /// <param name="path">The file; where it is a link, what it leads to is changed.</param>
    /// <param name="tags">Names (<c>genre</c>, <c>mood</c>; lower case, in ASCII) and values.</param>
    /// <param name="overwrite">Whether a value that is there already is replaced; else it stays.</param>
    /// <param name="options">The decoder, for the check.</param>
    /// <param name="token">Looked at while the file is copied; the old one stays.</param>
    /// <returns>What the file has now, in the same order.</returns>
    /// <exception cref="NotSupportedException">The tags of this file cannot be written so that all else stays; one line says why.</exception>
    /// <exception cref="Numerics.FileFormatException">The file is not sound that can be read.</exception>
    /// <exception cref="IOException">The file or its folder cannot be written, or the file changed meanwhile.</exception>
    public static IReadOnlyList<TagWritten> Write(string path, IReadOnlyList<KeyValuePair<string, string>> tags, bool overwrite = false,
        AudioFileOptions? options = null, CancellationToken token = default)
    {
        string full = Path.GetFullPath(path);
        full = new FileInfo(full).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
        foreach ((string name, string value) in tags)
        {
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterLower(c) || c == '_') || value.Length == 0 || value.Any(char.IsControl))
            {
                throw new ArgumentException(
                    $"[tags] {name} = {value}: a name in lower case and a value without control characters are wanted.", nameof(tags));
            }
        }

        FileInfo before = Stamp(full);
        if (before.IsReadOnly)
            throw new UnauthorizedAccessException($"[tags] {before.Name}: the file is read-only.");
        var written = new List<TagWritten>();
        string partial = Path.Combine(before.DirectoryName!, $".{before.Name}.{Environment.ProcessId}-{Interlocked.Increment(ref count)}.partial");
        try
        {
            using (var file = TagFile.Open(full))
            {
                foreach ((string name, string value) in tags)
                {
                    string? there = file.Get(name);
                    bool change = there is null || (overwrite && there != value);
                    if (change)
                        file.Set(name, value);
                    written.Add(new TagWritten(name, change ? value : there!, change));
                }

                if (!written.Any(each => each.Changed))
                    return written;
                file.Write(partial, token);
            }

            Check(full, partial, written, options, token);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(partial, File.GetUnixFileMode(full));
            FileInfo after = Stamp(full);
            if (after.Length != before.Length || after.LastWriteTimeUtc != before.LastWriteTimeUtc)
                throw new IOException($"[tags] {before.Name}: the file changed while its tags were written; it was left as it is.");
            token.ThrowIfCancellationRequested();
            File.Move(partial, full, overwrite: true);
            FolderSync.Flush(before.DirectoryName!);
            return written;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static FileInfo Stamp(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? file : throw new FileNotFoundException($"[tags] {file.Name}: there is no such file.", path);
    }

    /// <summary>The new file sounds the same, says the same, and what was to be written.</summary>
    private static void Check(string old, string made, List<TagWritten> written, AudioFileOptions? options, CancellationToken token)
    {
        string name = Path.GetFileName(old);
        AudioIdentity before = AudioFile.Identify(old, options, token), after = AudioFile.Identify(made, options, token);
        if (before.PacketsSha256 != after.PacketsSha256)
            throw new NotSupportedException($"[tags] {name}: with the new tags its sound would be read differently; it was left as it is.");
        if ((before.Tags with { Genre = null }) != (after.Tags with { Genre = null }))
            throw new NotSupportedException($"[tags] {name}: with the new tags its other tags would be read differently; it was left as it is.");
        using var file = TagFile.Open(made);
        if (written.Find(each => file.Get(each.Tag) != each.Value) is { } lost)
            throw new NotSupportedException($"[tags] {name}: its kind of file does not keep the {lost.Tag} {lost.Value}; it was left as it is.");
    }
}

/// <summary>A tag of a file.</summary>
/// <param name="Tag">Its name.</param>
/// <param name="Value">What the file has now.</param>
/// <param name="Changed">False where it had it before.</param>
public sealed record TagWritten(string Tag, string Value, bool Changed);
