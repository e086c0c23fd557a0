using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>What the sounds should be like, and where to look.</summary>
public sealed record SimilarOptions
{
    /// <summary>A file, or a track of the catalogue by its path or by the end of its path.</summary>
    public required string Sound { get; init; }

    /// <summary>The catalogue's file.</summary>
    public required string Catalogue { get; init; }

    /// <summary>How many tracks at most.</summary>
    public int Count { get; init; } = 10;

    /// <summary>Without a name: the catalogue's embedder.</summary>
    public ModelChoice Model { get; init; } = new();
}

/// <summary>What was found, best first.</summary>
/// <param name="Query">The path of the sound that was asked for, or the words.</param>
/// <param name="Known">Whether its vector was in the catalogue; else it was embedded now.</param>
/// <param name="Catalogue">The catalogue's full path.</param>
/// <param name="Model">The embedder's name or full folder.</param>
/// <param name="Key">Its compatibility key: only vectors with the same were compared.</param>
/// <param name="Compared">Tracks that were compared.</param>
/// <param name="Left">Tracks of the catalogue that have no vector of this model yet.</param>
/// <param name="Matches">Best first; equal scores in the order of their paths.</param>
public sealed record SearchResult(
    string Query, bool Known, string Catalogue, string Model, string Key, long Compared, long Left, IReadOnlyList<Match> Matches)
{
    /// <summary>What a person should know about it, such as words that the model did not read; null where there is nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>"What sounds like this one?"</summary>
public static class SimilarTask
{
    /// <summary>Takes the vector of the sound from the catalogue, or embeds it now, and searches.</summary>
    /// <param name="options">What to look for.</param>
    /// <param name="context">Where models come from, how sound is decoded, which threads; null for the defaults.</param>
    /// <param name="progress">Told about each step.</param>
    /// <param name="token">Looked at between and within sounds.</param>
    public static SearchResult Run(
        SimilarOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        context.Begin();
        Searching.CheckCount("similar", options.Count);
        using ICatalogue catalogue = Catalogue.OpenExisting(options.Catalogue);
        EmbedderChoice choice = Searching.Embedder("similar", catalogue);
        OpenModel? model = null;
        try
        {
            if (options.Model != new ModelChoice())
            {
                model = context.Models.Open(options.Model.Or(choice), token);
                choice = model.Choice;
                Searching.CheckVectors("similar", catalogue, choice);
            }

            (string path, float[]? vector) = Stored(options.Sound, catalogue, choice.Key, token);
            bool known = vector is not null;
            if (vector is null)
            {
                progress?.Report(new TaskProgress("embedding", 0, 1, path));
                model ??= context.Models.Open(new ModelChoice().Or(choice), token);
                IAudioEmbedder embedder = model.SoundOrThrow();
                Searching.CheckKey("similar", catalogue, choice, embedder);
                Listening.Outcome outcome = Listening.Embed(path, embedder, context.Audio, token);
                if (outcome.Bad is { } bad)
                    throw Searching.Error("similar", bad);
                vector = outcome.Vector!;
            }

            IReadOnlyList<Match> matches = catalogue.Nearest(vector, choice.Key, options.Count, path, token);
            return Searching.Result(path, known, catalogue, choice, matches);
        }
        finally
        {
            model?.Dispose();
        }
    }

    /// <summary>The path that is meant, and its vector where the catalogue has it for the file as it is now.</summary>
    private static (string Path, float[]? Vector) Stored(string sound, ICatalogue catalogue, string key, CancellationToken token)
    {
        string path = Path.GetFullPath(sound);
        if (File.Exists(path))
        {
            if (catalogue.Find(path) is { } track && track.Stamp == Listening.StampOf(path))
                return (path, catalogue.Vector(track.Sound, key));
            if (Listening.Check(path, out _) is not null)
                return (path, null);
            Track? twin = catalogue.FindFile(Listening.Sha256Of(path, token)).FirstOrDefault(); // the same content under another name
            return (path, twin is null ? null : catalogue.Vector(twin.Sound, key));
        }

        if (Directory.Exists(path))
            return (path, null);
        if (catalogue.Find(path) is { } absent)
            return (path, catalogue.Vector(absent.Sound, key));
        IReadOnlyList<Track> found = catalogue.FindByTail(sound, 3);
        if (found.Count > 1)
        {
            throw new OptionsException($"[similar] {sound} is not one track of the catalogue but several: "
                + $"{string.Join(", ", found.Take(2).Select(t => t.Path))}{(found.Count > 2 ? " ..." : "")}. Hint: give more of the path.");
        }

        return found.Count == 1 ? (found[0].Path, catalogue.Vector(found[0].Sound, key)) : (path, null);
    }
}
