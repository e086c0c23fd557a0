using Euterpe.Search;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Sounds;

/// <summary>A file that may be sound. <paramref name="Named"/>: its name says so, whatever its content.</summary>
internal readonly record struct FoundFile(string Path, FileStamp Stamp, bool Named);

/// <summary>
/// All files of a folder in the ordinal order of their names, each once. Hidden files and folders (a name with a leading dot) are left out unless asked for.
/// Links that lead to something inside the folder are left out, since it is met anyway; links that lead outside are followed, and no folder is entered twice.
/// </summary>
internal sealed class FolderWalk(string root, bool hidden)
{
    private readonly string _root = RealPath(root) ?? root;
    private readonly HashSet<string> _entered = [];

    /// <summary>Folders and names that could not be read: what the catalogue knows below them is left as it is.</summary>
    public List<BadFile> Problems { get; } = [];

    public IEnumerable<FoundFile> Files(CancellationToken token)
    {
        var folders = new Stack<string>();
        folders.Push(root);
        _entered.Add(_root);
        while (folders.TryPop(out string? folder))
        {
            token.ThrowIfCancellationRequested();
            List<FileSystemInfo> entries = List(folder);
            var below = new List<string>();
            foreach (FileSystemInfo entry in entries)
            {
                if (!hidden && entry.Name.StartsWith('.'))
                    continue;
                FileSystemInfo target = entry;
                if (entry.LinkTarget is not null)
                {
                    string? real = RealPath(entry.FullName);
                    if (real is null || !(File.Exists(real) || Directory.Exists(real)))
                    {
                        if (IsNamedSound(entry.Name))
                            Problems.Add(new BadFile(entry.FullName, Reasons.Missing, $"{entry.Name} is a link that leads nowhere ({entry.LinkTarget})."));
                        continue;
                    }

                    if (IsInside(real))
                        continue;
                    target = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
                }

                if (target is DirectoryInfo)
                {
                    if (ReferenceEquals(target, entry) || _entered.Add(target.FullName))
                        below.Add(entry.FullName);
                }
                else if (Look(entry, (FileInfo)target) is { } found)
                {
                    yield return found;
                }
            }

            for (int i = below.Count - 1; i >= 0; i--)
                folders.Push(below[i]);
        }
    }

    public static bool IsNamedSound(string name) => AudioFile.Extensions.Contains(Path.GetExtension(name));

    private List<FileSystemInfo> List(string folder)
    {
        try
        {
            var options = new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false };
            List<FileSystemInfo> entries = [.. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", options)];
            entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            return entries;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            bool named = !folder.Contains('\uFFFD') || Directory.Exists(folder);
            Problems.Add(named ? new BadFile(folder, Reasons.Unreadable, $"The folder cannot be read: {e.Message}")
                : new BadFile(folder, Reasons.NameNotUtf8, "The name of the folder is not UTF-8, so nothing in it can be read. Hint: convmv renames such folders."));
            return [];
        }
    }

    private FoundFile? Look(FileSystemInfo entry, FileInfo file)
    {
        bool named = IsNamedSound(entry.Name);
        try
        {
            // A name that is not UTF-8 arrives with replacement characters, and leads to no file.
            if (entry.FullName.Contains('\uFFFD') && !File.Exists(file.FullName))
            {
                if (named)
                    Problems.Add(new BadFile(entry.FullName, Reasons.NameNotUtf8, "The name of the file is not UTF-8. Hint: convmv renames such files."));
                return null;
            }

            return new FoundFile(entry.FullName, new FileStamp(file.Length, file.LastWriteTimeUtc.Ticks), named);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (named)
                Problems.Add(new BadFile(entry.FullName, e is FileNotFoundException ? Reasons.Missing : Reasons.Unreadable, e.Message));
            return null;
        }
    }

    private bool IsInside(string real) => real == _root || real.StartsWith(_root.EndsWith('/') ? _root : _root + "/", StringComparison.Ordinal);

    /// <summary>The path without links; null where a chain of links does not end.</summary>
    internal static string? RealPath(string path)
    {
        string full = Path.GetFullPath(path);
        if (Path.DirectorySeparatorChar != '/')
            return full;
        var rest = new Stack<string>(full.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        string real = "";
        for (int links = 0; rest.TryPop(out string? part);)
        {
            if (part == ".")
                continue;
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) is { } above && above != "/" ? above : "";
                continue;
            }

            string next = real + "/" + part;
            if (new FileInfo(next).LinkTarget is not { } link)
            {
                real = next;
                continue;
            }

            if (++links > 40)
                return null;
            if (link.StartsWith('/'))
                real = "";
            foreach (string piece in link.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
                rest.Push(piece);
        }

        return real.Length == 0 ? "/" : real;
    }
}
