using Euterpe.Models;
using Euterpe.Models.Pretrained.Hub;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>Which models to list.</summary>
/// <param name="Known">Also the published models that have a short name here and are not in the cache.</param>
public sealed record ListOptions(bool Known = false)
{
    /// <summary>Gives the variables HF_HOME and HF_HUB_CACHE; null for those of the process.</summary>
    public Func<string, string?>? Variable { get; init; }
}

/// <summary>A model that can be named.</summary>
/// <param name="Name">How it is asked for.</param>
/// <param name="Alias">Its short name; null where it has none.</param>
/// <param name="State">
/// <c>built in</c>, <c>complete</c>, <c>incomplete</c>, <c>parts</c> (files that another model takes from it) or <c>not here</c>.
/// </param>
/// <param name="Architecture">What kind of model it is; null where that is not known.</param>
/// <param name="Revisions">Branches and tags that were at its commit.</param>
/// <param name="Commit">Null for what is not in the cache.</param>
/// <param name="Bytes">On the disk; for what is not here what its weights will take, null where that is not known.</param>
/// <param name="Licence">Null where nobody says.</param>
/// <param name="Abilities">What can be done with it here.</param>
/// <param name="Missing">Files that it lacks.</param>
/// <param name="UnfinishedBytes">Of downloads that were broken off.</param>
/// <param name="Folder">Where its files lie.</param>
/// <param name="Note">What is odd about it, or what it is for.</param>
public sealed record ListedModel(
    string Name, string? Alias, string State, string? Architecture, IReadOnlyList<string> Revisions, string? Commit, long? Bytes,
        LicenceLine? Licence,
    IReadOnlyList<string> Abilities, IReadOnlyList<string> Missing, long UnfinishedBytes, string? Folder, string? Note);

/// <summary>The models that are here.</summary>
/// <param name="Cache">Where they are kept.</param>
/// <param name="Models">Built-in ones first, then by name.</param>
public sealed record ListResult(string Cache, IReadOnlyList<ListedModel> Models);

/// <summary>Lists the models that can be used without fetching anything, and those that could be fetched.</summary>
public static class ListTask
{
    /// <summary>Looks into the cache. Nothing is fetched, and no weight is read.</summary>
    public static ListResult Run(ListOptions? options = null, CancellationToken token = default)
    {
        options ??= new ListOptions();
        string cache = HubEnvironment.Cache(options.Variable);
        var models = new List<ListedModel>
        {
            new(ModelShelf.BuiltIn, null, "built in", ModelShelf.BuiltIn, [], null, 0, null, ["embed sounds"], [], 0, null, null),
        };
        foreach (CachedModel model in CachedModels.List(cache))
        {
            token.ThrowIfCancellationRequested();
            models.Add(Cached(model));
        }

        if (options.Known)
        {
            models.AddRange(KnownModels.All.Where(known =>
                !models.Any(model => model.Name == known.Repository && model.State is not ("parts" or "incomplete")))
                .Select(known => new ListedModel(known.Repository, known.Alias, "not here", known.Architecture, [], known.Commit, known.Bytes,
                    LicenceLine.Of(known.Licence), [], [], 0, null, known.Purpose)));
        }

        return new ListResult(cache, models);
    }

    private static ListedModel Cached(CachedModel model)
    {
        string state = model.Missing.Count > 0 ? "incomplete" : model.PartsOnly ? "parts" : "complete";
        IReadOnlyList<string> abilities = [];
        string? note = null;
        if (state == "complete")
        {
            try
            {
                abilities = PretrainedModel.Inspect(model.Folder).Abilities;
            }
            catch (Exception error) when (error is ModelFileException or FileFormatException or IOException or UnauthorizedAccessException)
            {
                note = error.Message;
            }
        }

        return new ListedModel(model.Repository, KnownModels.Find(model.Repository)?.Alias, state, model.Architecture, model.Revisions,
            model.Commit.Length > 0 ? model.Commit : null, model.Bytes, LicenceLine.Of(model.Licence), abilities, model.Missing,
                model.UnfinishedBytes,
            model.Folder, note);
    }
}
