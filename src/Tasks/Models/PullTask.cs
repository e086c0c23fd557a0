using Euterpe.Models;
using Euterpe.Models.Pretrained.Hub;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>Which model to fetch.</summary>
/// <param name="Name">A name of the hub, with or without @revision, or a short one of this program.</param>
/// <param name="All">Every file of it; programs too, which are never run.</param>
/// <param name="Files">Names or patterns of files that are wanted beside configuration and tokenizer; empty for the usual choice.</param>
/// <param name="DryRun">Only say what would be fetched.</param>
public sealed record PullOptions(string Name, bool All = false, IReadOnlyList<string>? Files = null, bool DryRun = false)
{
    /// <summary>Gives the variables HF_HOME, HF_ENDPOINT, HF_TOKEN ...; null for those of the process.</summary>
    public Func<string, string?>? Variable { get; init; }
}

/// <summary>One file of a model.</summary>
/// <param name="Repository">Where it comes from.</param>
/// <param name="Path">Its name there.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Present">Whether it was there before.</param>
public sealed record PulledFile(string Repository, string Path, long Bytes, bool Present);

/// <summary>What was fetched, or would be.</summary>
/// <param name="Name">The repository, and the revision where one was asked for.</param>
/// <param name="Commit">The commit that the revision is.</param>
/// <param name="Folder">Where its files lie.</param>
/// <param name="Licence">Null where its card says nothing, and nothing is known.</param>
/// <param name="Gated">Whether a licence had to be accepted on the hub.</param>
/// <param name="Files">In the order in which they are fetched.</param>
/// <param name="Bytes">Of all files.</param>
/// <param name="MissingBytes">Of those that were not there.</param>
/// <param name="Abilities">What can be done with it here; empty before it is there.</param>
/// <param name="Notes">What a person should know.</param>
/// <param name="DryRun">True where nothing was fetched.</param>
public sealed record PullResult(
    string Name, string Commit, string Folder, LicenceLine? Licence, bool Gated, IReadOnlyList<PulledFile> Files, long Bytes, long MissingBytes,
    IReadOnlyList<string> Abilities, IReadOnlyList<string> Notes, bool DryRun);

/// <summary>Fetches a published model into the cache that all of Hugging Face's programs share.</summary>
public static class PullTask
{
    /// <summary>Asks, says what will be fetched, fetches it, and looks at what came.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="context">The clock is taken from it.</param>
    /// <param name="planned">Told once, before anything is written.</param>
    /// <param name="says">Told what goes wrong on the way and is tried again.</param>
    /// <param name="progress">Told how many megabytes are there.</param>
    /// <param name="token">What came stays, and is gone on from.</param>
    /// <exception cref="OptionsException">The name is none, or a variable cannot be meant.</exception>
    /// <exception cref="ModelFileException">The hub does not have it, or breaks its word, or the disk has no room.</exception>
    public static PullResult Run(PullOptions options, TaskContext? context = null, Action<PullResult>? planned = null, Action<string>? says = null,
        IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        if (options.Name == ModelShelf.BuiltIn)
            throw new OptionsException($"[pull] {ModelShelf.BuiltIn} is built in: nothing has to be fetched.");
        if (options.All && options.Files is { Count: > 0 })
            throw new OptionsException("[pull] Either all files or some are wanted: --all and --file exclude each other.");
        HubSettings settings = HubEnvironment.Settings(options.Variable, (context ?? new TaskContext()).Clock);
        // The work waits for the network; no caller's context is needed for it.
        return Task.Run(() => Run(options, settings, planned, says, progress, token), CancellationToken.None).GetAwaiter().GetResult();
    }

    private static async Task<PullResult> Run(PullOptions options, HubSettings settings, Action<PullResult>? planned, Action<string>? says,
        IProgress<TaskProgress>? progress, CancellationToken token)
    {
        using var hub = new ModelHub(settings);
        PullPlan plan = await hub.Plan(new PullRequest(options.Name, options.All, options.Files), token).ConfigureAwait(false);
        var result = new PullResult(plan.Name.ToString(), plan.Commit, plan.Folder, LicenceLine.Of(plan.Licence), plan.Gated,
            [.. plan.Files.Select(file => new PulledFile(file.Repository, file.Path, file.Bytes, file.Present))], plan.Bytes, plan.MissingBytes, [],
            plan.Notes, options.DryRun);
        planned?.Invoke(result);
        if (options.DryRun)
            return result;
        await hub.Fetch(plan, new Megabytes(progress, says), token).ConfigureAwait(false);
        try
        {
            return result with { Abilities = PretrainedModel.Inspect(plan.Folder).Abilities };
        }
        catch (Exception error) when (error is ModelFileException or FileFormatException or IOException)
        {
            // It is what was asked for, to the last bit; whether it can be run here is another question.
            return result with { Notes = [.. result.Notes, error.Message] };
        }
    }

    private sealed class Megabytes(IProgress<TaskProgress>? inner, Action<string>? says) : IProgress<PullProgress>
    {
        public void Report(PullProgress value)
        {
            if (value.Note is not null)
                says?.Invoke(value.Note);
            inner?.Report(new TaskProgress("fetching MB", value.Done / 1_000_000, Math.Max(1, value.Total / 1_000_000), value.File));
        }
    }
}
