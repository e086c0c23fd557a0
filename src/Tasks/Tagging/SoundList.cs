using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks.Tagging;

/// <summary>A sound that is asked for; <paramref name="Track"/> where only the catalogue knows it.</summary>
internal readonly record struct ListedSound(string Path, Track? Track);

/// <summary>Files, folders and tracks of a catalogue, each sound once, in the order in which they were named.</summary>
internal sealed record SoundList(IReadOnlyList<ListedSound> Sounds, IReadOnlyList<BadFile> Failures)
{
    public static SoundList Of(IReadOnlyList<string> names, KnownSounds known, CancellationToken token)
    {
        var sounds = new List<ListedSound>();
        var failures = new List<BadFile>();
        var met = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (name.Length == 0)
                throw new OptionsException("[tag] The name of a file is empty.");
            string path = Path.GetFullPath(name);
            if (Directory.Exists(path))
                failures.AddRange(Below(path, token, file => Add(new ListedSound(file, null))));
            else
                Add(File.Exists(path) ? new ListedSound(path, null) : InCatalogue(name, path, known));
        }

        return new SoundList(sounds, failures);

        void Add(ListedSound sound)
        {
            if (met.Add(sound.Path))
                sounds.Add(sound);
        }
    }

    /// <summary>All sounds of a folder and below, in the order of their paths; returns what could not be looked into.</summary>
    public static IReadOnlyList<BadFile> Below(string folder, CancellationToken token, Action<string> take)
    {
        var walk = new FolderWalk(Path.TrimEndingDirectorySeparator(folder), hidden: false);
        foreach (FoundFile file in walk.Files(token))
        {
            if (file.Named || IsSound(file))
                take(file.Path);
        }

        return walk.Problems;
    }

    private static ListedSound InCatalogue(string name, string path, KnownSounds known)
    {
        if (known.Catalogue is not { } catalogue)
            return new ListedSound(path, null);
        if (catalogue.Find(path) is { } absent)
            return new ListedSound(path, absent);
        IReadOnlyList<Track> found = catalogue.FindByTail(name, 3);
        if (found.Count > 1)
        {
            throw new OptionsException($"[tag] {name} is not one track of the catalogue but several: "
                + $"{string.Join(", ", found.Take(2).Select(track => track.Path))}{(found.Count > 2 ? " ..." : "")}. Hint: give more of the path.");
        }

        return found.Count == 1 ? new ListedSound(found[0].Path, found[0]) : new ListedSound(path, null);
    }

    private static bool IsSound(FoundFile file)
    {
        try
        {
            return file.Stamp.Size > 0 && SoundKinds.Read(file.Path) != SoundKind.Unknown;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // neither its name nor its content says that it is sound
        }
    }
}
