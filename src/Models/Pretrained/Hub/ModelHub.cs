using System.Globalization;
using System.Text.Json;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Pretrained.Hub;

/// <summary>
/// Fetches models from a hub into the cache that all of Hugging Face's programs share. This is the one place of the library that uses the network.
/// </summary>
public sealed class ModelHub : IDisposable
{
    private const long SpareBytes = 64L << 20, LargestUnnamed = 16L << 20, LargestIndex = 64L << 20;

    private static readonly TimeSpan Rarely = TimeSpan.FromMilliseconds(100);

    private readonly HubSettings settings;
    private readonly HubCache cache;
    private readonly Wire wire;

    /// <param name="settings">Where the hub is, and where its files are kept.</param>
    public ModelHub(HubSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        this.settings = settings;
        cache = new HubCache(settings.CacheFolder);
        wire = new Wire(settings);
    }

    /// <summary>Ends its connections.</summary>
    public void Dispose() => wire.Dispose();

    /// <summary>Asks the hub what a model consists of, and chooses. Nothing is written.</summary>
    /// <exception cref="ModelFileException">
    /// The hub has no such model, or says what cannot be trusted, or nothing may be asked (HF_HUB_OFFLINE).
    /// </exception>
    public async Task<PullPlan> Plan(PullRequest request, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ModelName name = KnownModels.Resolve(ModelName.Parse(request.Name));
        if (settings.Offline)
        {
            throw new ModelFileException($"[pull] {name}: HF_HUB_OFFLINE is set, so nothing is asked for."
                + (cache.Find(name) is { } folder ? $" The cache has it: {folder}" : " The cache does not have it."));
        }

        var api = new HubApi(settings, wire);
        HubModel model = await api.Describe(name, token).ConfigureAwait(false);
        (IReadOnlyList<HubFile> files, IReadOnlyList<string> notes) = FileChoice.Of(model, request.All, request.Files ?? []);
        var parts = new List<PlannedPart> { await Part(api, name, model, files, token).ConfigureAwait(false) };
        KnownModel? known = KnownModels.Find(name.Repository);
        foreach ((string repository, IReadOnlyList<string> wanted) in known?.Also ?? [])
        {
            var other = new ModelName(repository);
            HubModel described = await api.Describe(other, token).ConfigureAwait(false);
            string[] missing = [.. wanted.Where(path => !described.Files.Any(file => file.Path == path))];
            if (missing.Length > 0)
                throw new ModelFileException($"[pull] {name} takes {string.Join(", ", missing)} of {repository}, which has none.");
            parts.Add(await Part(api, other, described, [.. described.Files.Where(file => wanted.Contains(file.Path))], token).ConfigureAwait(false));
        }

        return new PullPlan
        {
            Name = name,
            Commit = model.Commit,
            Licence = model.Licence ?? known?.Licence,
            Gated = model.Gated,
            Folder = cache.Snapshot(name.Repository, model.Commit),
            Notes = notes,
            Parts = parts,
            Files = [.. parts.SelectMany(part => part.Files
                .Select(file => new PlannedFile(part.Name.Repository, file.Path, file.Size, IsPresent(part, file))))],
        };
    }

    /// <summary>Fetches what was planned. Cancelled or broken off, it goes on from there the next time; the branch's name is written last.</summary>
    /// <returns>The folder of the model's files.</returns>
    /// <exception cref="ModelFileException">The server breaks its word, gives up, or the disk has no room.</exception>
    public async Task<string> Fetch(PullPlan plan, IProgress<PullProgress>? progress = null, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        CheckSpace(plan);
        var told = new Telling(progress, plan.Bytes, settings.Clock);
        foreach (PlannedPart part in plan.Parts)
        {
            // Others may fetch the same model at once; who removes it waits.
            using IDisposable using_ = cache.TryLock(part.Name.Repository, "euterpe-use", shared: true)
                ?? throw new ModelFileException($"[pull] {part.Name.Repository} is being removed by another process. Hint: try again in a moment.");
            var hashed = new List<HubFile>();
            foreach (HubFile file in part.Files)
            {
                token.ThrowIfCancellationRequested();
                hashed.Add(await Fetch(part, file, told, token).ConfigureAwait(false));
                if (file.Name.EndsWith(".index.json", StringComparison.Ordinal))
                    CheckShards(part, file);
            }

            ModelLicence? licence = part.Model.Licence ?? KnownModels.Find(part.Name.Repository)?.Licence;
            new Manifest(licence, hashed).Write(cache, part.Name.Repository, part.Model.Commit);
            cache.WriteReference(part.Name.Repository, part.Name.Revision ?? ModelName.MainBranch, part.Model.Commit);
        }

        return plan.Folder;
    }

    private async Task<HubFile> Fetch(PlannedPart part, HubFile file, Telling told, CancellationToken token)
    {
        string repository = part.Name.Repository, commit = part.Model.Commit;
        told.Begin(file.Path);
        if (cache.Has(repository, commit, file))
        {
            told.Came(file.Size);
            return file;
        }

        bool here = file.Blob is { } known && cache.HasBlob(repository, known, file.Size);
        if (here)
            told.Came(file.Size);
        (string hash, bool fresh) = await new Download(settings, wire, cache, part.Model, file, told.Came,
            told.Says).Run(token).ConfigureAwait(false);
        if (!here && !fresh)
            told.Came(file.Size);
        cache.Place(repository, commit, file.Path, hash, fresh);
        return file.Blob is null ? file with { GitHash = hash } : file;
    }

    /// <summary>Fills in what the list lacks, and refuses what cannot be stored or checked.</summary>
    private static async Task<PlannedPart> Part(HubApi api, ModelName name, HubModel model, IReadOnlyList<HubFile> files, CancellationToken token)
    {
        HubPath.CheckChosen(files, name.Repository);
        var whole = new List<HubFile>();
        foreach (HubFile file in files)
        {
            HubFile known = file.Size < 0 || file.Blob is null ? Joined(file, await api.Ask(model, file, token).ConfigureAwait(false), name) : file;
            if (known.Blob is null && (FileChoice.IsWeights(known) || known.Size > LargestUnnamed))
                throw new ModelFileException($"[pull] {name}: the server gives no hash of {FileText.Shown(file.Path)}, "
                    + "so it could not be checked. Nothing was fetched.");
            whole.Add(known);
        }

        return new PlannedPart(name, model, whole);
    }

    private static HubFile Joined(HubFile listed, HubFile asked, ModelName name)
    {
        if (listed.Size >= 0 && asked.Size != listed.Size)
            throw new ModelFileException($"[pull] {name}: the server lists {FileText.Shown(listed.Path)} with {listed.Size:N0} bytes, "
                + $"and announces {asked.Size:N0}.");
        return listed.Blob is null ? asked : listed with { Size = asked.Size };
    }

    // A snapshot's file is a link to its content, or where links cannot be made the content itself: either way it has its size only if it is there.
    private bool IsPresent(PlannedPart part, HubFile file) => cache.Has(part.Name.Repository, part.Model.Commit, file)
        || (file.Blob is { } hash && cache.HasBlob(part.Name.Repository, hash, file.Size));

    private void CheckSpace(PullPlan plan)
    {
        Directory.CreateDirectory(cache.Folder);
        long begun = plan.Parts.SelectMany(part => part.Files.Where(file => file.Blob is not null && !IsPresent(part, file)).Select(file =>
            Math.Min(file.Size, Math.Max(0, HubCache.Size(new FileInfo(cache.Blob(part.Name.Repository, file.Blob + ".incomplete"))))))).Sum();
        long needed = plan.MissingBytes - begun + (plan.MissingBytes > 0 ? SpareBytes : 0);
        if (needed > 0 && settings.FreeSpace(cache.Folder) is { } free && free < needed)
        {
            throw new ModelFileException(string.Create(CultureInfo.InvariantCulture,
                $"[pull] {plan.Name}: {(plan.MissingBytes - begun) / 1e6:N1} MB are to be fetched, "
                    + $"and {cache.Folder} has room for {free / 1e6:N1} MB. "
                + $"Hint: euterpe list shows what can be removed; HF_HOME names another disk."));
        }
    }

    /// <summary>What the index names must be what is being fetched: nothing missing, nothing from elsewhere.</summary>
    private void CheckShards(PlannedPart part, HubFile index)
    {
        string path = Path.Combine(cache.Snapshot(part.Name.Repository, part.Model.Commit), Path.Combine(index.Path.Split('/')));
        string[] missing;
        try
        {
            using JsonDocument json = StrictJson.ReadObject(path, LargestIndex);
            if (!json.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
                throw new ModelFileException($"[pull] {part.Name}: {index.Path} has no weight_map.");
            missing = [.. map.EnumerateObject().Select(entry => entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "")
                .Distinct()
                .Where(name => !part.Files.Any(file => file.Folder == index.Folder && file.Name == name))];
        }
        catch (FileFormatException error)
        {
            throw new ModelFileException($"[pull] {part.Name}: {index.Path} cannot be read: {error.Message}", error);
        }

        if (missing.Length > 0)
            throw new ModelFileException($"[pull] {part.Name}: {index.Path} names "
                + $"{string.Join(", ", missing.Take(3).Select(name => FileText.Shown(name)))}, which the repository does not have.");
    }

    /// <summary>Counts bytes and passes them on, not more often than a person can see.</summary>
    private sealed class Telling(IProgress<PullProgress>? progress, long total, TimeProvider clock)
    {
        private long done, last;
        private string file = "";

        public void Begin(string name)
        {
            file = name;
            Tell(null, always: true);
        }

        public void Came(long bytes)
        {
            done += bytes;
            Tell(null, always: done == total);
        }

        public void Says(string note) => Tell(note, always: true);

        private void Tell(string? note, bool always)
        {
            if (progress is null || (!always && last != 0 && clock.GetElapsedTime(last) < Rarely))
                return;
            last = clock.GetTimestamp();
            progress.Report(new PullProgress(done, total, file, note));
        }
    }
}
