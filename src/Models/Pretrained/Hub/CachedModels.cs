using System.Text.Json;
using Euterpe.Models.Saving;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>One revision of a model that the cache holds.</summary>
/// <param name="Repository">Its name on the hub.</param>
/// <param name="Commit">Which commit it is.</param>
/// <param name="Revisions">Branches and tags that were at this commit when they were fetched.</param>
/// <param name="Folder">Where its files lie.</param>
/// <param name="Bytes">Of its files; contents that several revisions share count for each.</param>
/// <param name="Architecture">model_type of its configuration; null where there is none.</param>
/// <param name="Licence">What was stored when it was fetched; else what is known of it.</param>
/// <param name="Missing">Files that were wanted and are not there; empty for a complete model.</param>
/// <param name="PartsOnly">True where only files are there that another model takes from it.</param>
public sealed record CachedModel(
    string Repository, string Commit, IReadOnlyList<string> Revisions, string Folder, long Bytes, string? Architecture, ModelLicence? Licence,
    IReadOnlyList<string> Missing, bool PartsOnly)
{
    /// <summary>Bytes of downloads of this model that were broken off.</summary>
    public long UnfinishedBytes { get; init; }
}

/// <summary>What was taken out of the cache.</summary>
/// <param name="Repository">Its name on the hub.</param>
/// <param name="Commits">Revisions that are gone.</param>
/// <param name="FreedBytes">Room that there is now.</param>
/// <param name="KeptBytes">Of contents that other revisions of the model go on using.</param>
public sealed record RemovedModel(string Repository, IReadOnlyList<string> Commits, long FreedBytes, long KeptBytes);

/// <summary>
/// What lies in the cache that all of Hugging Face's programs share. Nothing here uses the network, and no link is followed out of the cache.
/// </summary>
public static class CachedModels
{
    private const int Deepest = 16;
    private const long LargestJson = 64L << 20;

    /// <summary>Where the cache is: HF_HUB_CACHE, else <c>hub</c> in HF_HOME, else in <c>~/.cache/huggingface</c>.</summary>
    /// <param name="variable">Gives a variable's value, or null; without it, those of the process.</param>
    public static string DefaultFolder(Func<string, string?>? variable = null) => HubSettings.Cache(variable ?? Environment.GetEnvironmentVariable);

    /// <summary>All models, by name and commit.</summary>
    /// <param name="cacheFolder">The cache.</param>
    public static IReadOnlyList<CachedModel> List(string cacheFolder)
    {
        var cache = new HubCache(cacheFolder);
        if (!Directory.Exists(cache.Folder))
            return [];
        return [.. Directory.EnumerateDirectories(cache.Folder, "models--*")
            .Select(folder => Path.GetFileName(folder)["models--".Length..].Replace("--", "/", StringComparison.Ordinal))
            .Where(ModelName.IsRepository).Order(StringComparer.Ordinal)
            .SelectMany(repository => Revisions(cache, repository))];
    }

    /// <summary>One of them; null where the cache does not have it.</summary>
    /// <param name="cacheFolder">The cache.</param>
    /// <param name="name">A name of the hub, or a short one.</param>
    public static CachedModel? Find(string cacheFolder, string name)
    {
        if (!ModelName.IsName(name))
            return null;
        var cache = new HubCache(cacheFolder);
        ModelName meant = KnownModels.Resolve(ModelName.Parse(name));
        return cache.Find(meant) is { } folder ? Revision(cache, meant.Repository, Path.GetFileName(folder), cache.References(meant.Repository))
            : null;
    }

    /// <summary>
    /// Compares the contents of a model with the hashes by which the hub knows them. Each file that is not what it should be gives a sentence; a
    /// file without a known hash one that
    /// says so.
    /// </summary>
    /// <param name="cacheFolder">The cache.</param>
    /// <param name="model">As <see cref="Find"/> gives it.</param>
    /// <param name="progress">Told how many bytes have been read.</param>
    /// <param name="token">Looked at between blocks.</param>
    public static (int Good, IReadOnlyList<string> Bad, IReadOnlyList<string> Unknown) CheckHashes(
        string cacheFolder, CachedModel model, IProgress<long>? progress = null, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var cache = new HubCache(cacheFolder);
        Dictionary<string, HubFile> wanted = (Manifest.Read(cache, model.Repository, model.Commit)?.Files ?? [])
            .ToDictionary(file => file.Path, StringComparer.Ordinal);
        int good = 0;
        long read = 0;
        var bad = new List<string>();
        var unknown = new List<string>();
        foreach ((string path, FileInfo file) in Files(model.Folder))
        {
            token.ThrowIfCancellationRequested();
            if (HubCache.Size(file) < 0)
            {
                bad.Add($"{path} is a link that leads nowhere");
                continue;
            }

            string? linked = Content(cache, model.Repository, file);
            string? hash = wanted.TryGetValue(path, out HubFile? known) ? known.Blob : linked is not null
                && (HubPath.IsHash(linked, 64) || HubPath.IsHash(linked, 40)) ? linked : null;
            if (hash is null)
            {
                unknown.Add(path);
                continue;
            }

            string found = ContentHash.Of(file.FullName, git: hash.Length == 40, token, count => progress?.Report(read += count));
            if (found == hash)
                good++;
            else
                bad.Add($"{path} has the {(hash.Length == 40 ? "git hash" : "SHA-256")} {found}, expected {hash}");
        }

        return (good, bad, unknown);
    }

    /// <summary>Takes a revision, or all of a model, out of the cache, with the contents that no other revision uses. Nothing is asked.</summary>
    /// <param name="cacheFolder">The cache.</param>
    /// <param name="name">A name of the hub, or a short one; with @revision only that.</param>
    /// <exception cref="ModelFileException">The cache does not have it, another process is fetching it, or it is a link to elsewhere.</exception>
    public static RemovedModel Remove(string cacheFolder, string name)
    {
        var cache = new HubCache(cacheFolder);
        ModelName meant = KnownModels.Resolve(ModelName.Parse(name));
        string repository = meant.Repository, folder = cache.Model(repository);
        if (!Directory.Exists(folder))
        {
            throw new ModelFileException($"[remove] {meant} is not in the cache {cache.Folder}."
                + (KnownModels.Like(name) is { } like && Directory.Exists(cache.Model(KnownModels.Resolve(new ModelName(like)).Repository))
                    ? $" Did you mean {like}?" : "")
                + " Hint: euterpe list");
        }

        foreach (string part in (string[])[folder, cache.Blobs(repository), Path.Combine(folder, "snapshots"), Path.Combine(folder, "refs")])
        {
            if (Path.Exists(part) && HubCache.IsLink(part))
                throw new ModelFileException($"[remove] {part} is a link: what lies behind it is not of this cache. Hint: remove it by hand.");
        }

        using IDisposable held = cache.TryLock(repository, "euterpe-use")
            ?? throw new ModelFileException($"[remove] {repository} is being fetched by another process. Hint: try again when it is done.");
        string[] all = [.. cache.Commits(repository)];
        string[] gone = meant.Revision is null ? all : cache.Find(meant) is { } found ? [Path.GetFileName(found)]
            : throw new ModelFileException($"[remove] {repository} has no revision {meant.Revision} here. "
                + $"It has {(all.Length == 0 ? "none" : string.Join(", ", all))}.");
        bool whole = gone.Length == all.Length;
        HashSet<string> kept = [.. all.Except(gone).SelectMany(commit => Contents(cache, repository, commit))];
        HashSet<string> loose = [.. gone.SelectMany(commit => Contents(cache, repository, commit)).Where(hash => !kept.Contains(hash))];
        long keptBytes = gone.SelectMany(commit => Contents(cache, repository, commit)).Distinct().Where(kept.Contains)
            .Sum(hash => Math.Max(0, HubCache.Size(new FileInfo(cache.Blob(repository, hash)))));
        long freed = 0;

        // Names first: whoever looks now finds nothing, and not a half.
        foreach ((string reference, string commit) in cache.References(repository))
        {
            if (gone.Contains(commit))
                File.Delete(cache.Reference(repository, reference));
        }

        foreach (string commit in gone)
        {
            string snapshot = cache.Snapshot(repository, commit);
            freed += Files(snapshot).Where(file => file.Info.LinkTarget is null).Sum(file => file.Info.Length);
            Delete(snapshot);
            Manifest.Delete(cache, repository, commit);
            Delete(Path.Combine(folder, ".no_exist", commit));
        }

        if (Directory.Exists(cache.Blobs(repository)))
        {
            foreach (string blob in Directory.EnumerateFiles(cache.Blobs(repository)))
            {
                if (!whole && !loose.Contains(Path.GetFileName(blob).Split('.')[0]))
                    continue;
                var about = new FileInfo(blob);
                freed += about.LinkTarget is null ? about.Length : 0;
                about.Delete();
            }
        }

        if (whole)
            Delete(folder);
        FolderSync.Flush(whole ? cache.Folder : folder);
        return new RemovedModel(repository, gone, freed, keptBytes);
    }

    private static IEnumerable<CachedModel> Revisions(HubCache cache, string repository)
    {
        IReadOnlyList<KeyValuePair<string, string>> references = cache.References(repository);
        string blobs = cache.Blobs(repository);
        long unfinished = !Directory.Exists(blobs) ? 0 : Directory.EnumerateFiles(blobs, "*.incomplete").Sum(file => new FileInfo(file).Length);
        CachedModel[] found = [.. cache.Commits(repository).Select(commit => Revision(cache, repository, commit, references))];
        if (found.Length == 0 && unfinished > 0)
            return [new CachedModel(repository, "", [], cache.Model(repository), 0, null, KnownModels.Find(repository)?.Licence, ["everything"],
                false) { UnfinishedBytes = unfinished }];
        return found.Select((model, i) => i == 0 ? model with { UnfinishedBytes = unfinished } : model);
    }

    private static CachedModel Revision(HubCache cache, string repository, string commit, IReadOnlyList<KeyValuePair<string, string>> references)
    {
        string folder = cache.Snapshot(repository, commit);
        (string Path, FileInfo Info)[] files = [.. Files(folder)];
        Manifest? manifest = Manifest.Read(cache, repository, commit);
        string[] missing = manifest is not null ? [.. manifest.Files.Where(file => !cache.Has(repository, commit, file))
            .Select(file => file.Path)] : [.. Missing(folder, files)];
        bool weights = (manifest?.Files.Select(file => file.Path)
            ?? files.Select(file => file.Path)).Any(path => FileChoice.IsWeights(new HubFile(path, 0, null, null)));
        return new CachedModel(repository, commit, [.. references.Where(each => each.Value == commit).Select(each => each.Key)], folder,
            files.Sum(file => Math.Max(0, HubCache.Size(file.Info))), Architecture(folder), manifest?.Licence
                ?? KnownModels.Find(repository)?.Licence, missing, manifest is not null && !weights);
    }

    /// <summary>What another program's snapshot lacks, as far as its own files tell.</summary>
    private static IEnumerable<string> Missing(string folder, (string Path, FileInfo Info)[] files)
    {
        foreach ((string path, FileInfo info) in files)
        {
            if (HubCache.Size(info) < 0)
                yield return path;
        }

        foreach ((string path, FileInfo info) in files.Where(file => file.Path.EndsWith(".index.json", StringComparison.Ordinal)))
        {
            // safetensors are preferred: the index of pickles beside them is of no matter.
            if (path.EndsWith(".bin.index.json", StringComparison.Ordinal)
                && files.Any(file => file.Path.EndsWith(".safetensors", StringComparison.Ordinal)))
                continue;
            string[] named;
            try
            {
                using JsonDocument json = StrictJson.ReadObject(info.FullName, LargestJson);
                named = json.RootElement.TryGetProperty("weight_map", out JsonElement map) && map.ValueKind == JsonValueKind.Object
                    ? [.. map.EnumerateObject().Where(each => each.Value.ValueKind == JsonValueKind.String)
                        .Select(each => each.Value.GetString()!).Distinct()] : [];
            }
            catch (Exception error) when (error is FileFormatException or IOException)
            {
                named = [];
            }

            string inside = path.Contains('/', StringComparison.Ordinal) ? path[..(path.LastIndexOf('/') + 1)] : "";
            foreach (string shard in named.Where(shard => !files.Any(file => file.Path == inside + shard)))
                yield return inside + shard;
        }

        if (!files.Any(file => FileChoice.IsWeights(new HubFile(file.Path, 0, null, null))))
            yield return "weights";
    }

    private static string? Architecture(string folder)
    {
        string config = Path.Combine(folder, ModelSource.ConfigName);
        try
        {
            if (!File.Exists(config))
                return null;
            using JsonDocument json = StrictJson.ReadObject(config);
            return Architectures.InConfig(json.RootElement)?.Type ?? JsonFile.Text(JsonFile.Read(config), "model_type");
        }
        catch (Exception error) when (error is FileFormatException or IOException or ModelFileException)
        {
            return null;
        }
    }

    /// <summary>Names of the contents that a revision's links lead to; links to elsewhere are of no matter.</summary>
    private static IEnumerable<string> Contents(HubCache cache, string repository, string commit) =>
        Files(cache.Snapshot(repository, commit)).Select(file => Content(cache, repository, file.Info)).OfType<string>();

    private static string? Content(HubCache cache, string repository, FileInfo file)
    {
        if (file.LinkTarget is not { } target)
            return null;
        string end = Path.GetFullPath(target, file.DirectoryName!);
        return Path.GetDirectoryName(end) == cache.Blobs(repository) ? Path.GetFileName(end) : null;
    }

    private static IEnumerable<(string Path, FileInfo Info)> Files(string folder, string below = "", int depth = 0)
    {
        if (!Directory.Exists(folder) || depth > Deepest)
            yield break;
        foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos().OrderBy(each => each.Name, StringComparer.Ordinal))
        {
            if (entry is FileInfo file)
            {
                yield return (below + file.Name, file);
            }
            else if (entry.LinkTarget is null)
            {
                foreach ((string Path, FileInfo Info) each in Files(entry.FullName, $"{below}{entry.Name}/", depth + 1))
                    yield return each;
            }
        }
    }

    // .NET deletes a link to a folder, and not what lies behind it.
    private static void Delete(string folder)
    {
        if (!Path.Exists(folder))
            return;
        if (HubCache.IsLink(folder))
            Directory.Delete(folder);
        else
            Directory.Delete(folder, recursive: true);
    }
}
