using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>
/// The folder that all of Hugging Face's programs share: <c>models--ORGANISATION--NAME/blobs/HASH</c> holds each content once,
/// <c>snapshots/COMMIT/FILE</c> are links to it, <c>refs/BRANCH</c> holds the commit that a branch was at, <c>.locks</c> lies beside the models.
/// What is Euterpe's own (the licence, which files were wanted) lies in <c>.euterpe/COMMIT.json</c> of the model.
/// </summary>
internal sealed class HubCache(string folder)
{
    public string Folder { get; } = Path.GetFullPath(folder);

    public string Model(string repository) => Path.Combine(Folder, NameOf(repository));

    public string Blobs(string repository) => Path.Combine(Model(repository), "blobs");

    public string Blob(string repository, string hash) => Path.Combine(Blobs(repository), hash);

    public string Snapshot(string repository, string commit) => Path.Combine(Model(repository), "snapshots", commit);

    public string Reference(string repository, string revision) => Path.Combine(Model(repository), "refs", Path.Combine(revision.Split('/')));

    public string Lock(string repository, string name) => Path.Combine(Folder, ".locks", NameOf(repository), name + ".lock");

    public static string NameOf(string repository) => "models--" + repository.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>
    /// The folder of a name's files; null where the cache has none. A commit may be cut to seven digits or more where that names one.
    /// </summary>
    public string? Find(ModelName name)
    {
        string snapshots = Path.Combine(Model(name.Repository), "snapshots");
        string revision = name.Revision ?? ModelName.MainBranch;
        if (ReadReference(name.Repository, revision) is { } commit && Directory.Exists(Path.Combine(snapshots, commit)))
            return Path.Combine(snapshots, commit);
        if (name.Revision is null || !revision.All(char.IsAsciiHexDigitLower) || revision.Length < 7 || !Directory.Exists(snapshots))
            return null;
        string[] found = [.. Directory.EnumerateDirectories(snapshots)
            .Where(each => Path.GetFileName(each).StartsWith(revision, StringComparison.Ordinal))];
        return found.Length == 1 ? found[0] : null;
    }

    /// <summary>Every commit of a model that has a folder of files, in order.</summary>
    public IReadOnlyList<string> Commits(string repository)
    {
        string snapshots = Path.Combine(Model(repository), "snapshots");
        return !Directory.Exists(snapshots) ? []
            : [.. Directory.EnumerateDirectories(snapshots).Select(each => Path.GetFileName(each)!).Where(IsPlain).Order(StringComparer.Ordinal)];
    }

    /// <summary>The commit that a branch or tag was at when it was fetched; null where none was.</summary>
    public string? ReadReference(string repository, string revision)
    {
        string path = Reference(repository, revision);
        var about = new FileInfo(path);
        if (!about.Exists || about.Length > 256)
            return null;
        string commit = File.ReadAllText(path).Trim();
        return IsPlain(commit) ? commit : null;
    }

    /// <summary>Branches and tags, with the commits they were at.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> References(string repository)
    {
        string refs = Path.Combine(Model(repository), "refs");
        if (!Directory.Exists(refs) || IsLink(refs))
            return [];
        var all = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 8, AttributesToSkip = FileAttributes.ReparsePoint };
        return [.. Directory.EnumerateFiles(refs, "*", all)
            .Select(file => Path.GetRelativePath(refs, file).Replace('\\', '/')).Order(StringComparer.Ordinal)
            .Select(name => KeyValuePair.Create(name, ReadReference(repository, name) ?? "")).Where(each => each.Value.Length > 0)];
    }

    public void WriteReference(string repository, string revision, string commit)
    {
        if (revision == commit || ReadReference(repository, revision) == commit)
            return;
        string path = Reference(repository, revision);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.WriteAllBytes(path, System.Text.Encoding.ASCII.GetBytes(commit));
        FolderSync.Flush(Path.GetDirectoryName(path)!);
    }

    /// <summary>Puts a file into a snapshot: a relative link to its content; where links cannot be made, the content itself.</summary>
    public void Place(string repository, string commit, string file, string hash, bool fresh)
    {
        string path = Path.Combine(Snapshot(repository, commit), Path.Combine(file.Split('/')));
        string blob = Blob(repository, hash), parent = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(parent);
        string target = Path.GetRelativePath(parent, blob);
        var there = new FileInfo(path);
        if (there.LinkTarget == target)
            return;
        if (there.LinkTarget is null && there.Exists && File.Exists(blob) && there.Length == new FileInfo(blob).Length)
            return;
        string partial = Path.Combine(parent, $".{Guid.NewGuid():N}.partial");
        try
        {
            try
            {
                File.CreateSymbolicLink(partial, target);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
            {
                // As huggingface_hub does on file systems without links: a new content goes to its name, an old one is copied.
                if (fresh)
                    File.Move(blob, partial);
                else
                    File.Copy(blob, partial);
            }

            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }

        FolderSync.Flush(parent);
    }

    /// <summary>Whether the snapshot's file is there, whole by its size.</summary>
    public bool Has(string repository, string commit, HubFile file)
    {
        var about = new FileInfo(Path.Combine(Snapshot(repository, commit), Path.Combine(file.Path.Split('/'))));
        return Size(about) == file.Size;
    }

    /// <summary>Whether a content is there, whole by its size.</summary>
    public bool HasBlob(string repository, string hash, long size) => Size(new FileInfo(Blob(repository, hash))) == size;

    /// <summary>The size of a file or of what a link means; -1 where nothing is.</summary>
    public static long Size(FileInfo about)
    {
        try
        {
            FileSystemInfo? end = about.LinkTarget is null ? about : about.ResolveLinkTarget(returnFinalTarget: true);
            return end is FileInfo { Exists: true } file ? file.Length : -1;
        }
        catch (IOException)
        {
            return -1;
        }
    }

    public static bool IsLink(string path) => (File.GetAttributes(path) & FileAttributes.ReparsePoint) != 0;

    /// <summary>A name that is a part of a path and nothing else.</summary>
    public static bool IsPlain(string name) => name.Length is > 0 and <= 128 && name.All(char.IsAsciiLetterOrDigit);

    /// <summary>
    /// Holds a file of the locks folder until disposed, as huggingface_hub holds it (flock), so that both may fetch into one cache at once; null
    /// where another process has it.
    /// </summary>
    public IDisposable? TryLock(string repository, string name, bool shared = false)
    {
        string path = Lock(repository, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            // .NET takes LOCK_EX for FileShare.None, and LOCK_SH for reading with FileShare.Read.
            return shared ? new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read, 1)
                : new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException error) when (error is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException)
            && File.Exists(path))
        {
            return null;
        }
    }
}
