using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Search.Vectors;
using Euterpe.Tasks.Finding;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>Two sounds, and how many tracks the way between them has. <see cref="FindOptions.Count"/> is that number, both ends included.</summary>
public sealed record PathOptions : FindOptions
{
    /// <summary>Where it begins: a file, a track, or an excerpt of one.</summary>
    public required string From { get; init; }

    /// <summary>Where it ends.</summary>
    public required string To { get; init; }
}

/// <summary>A smooth way from one sound to another.</summary>
/// <param name="From">Full path of the first.</param>
/// <param name="To">Full path of the last.</param>
/// <param name="Catalogue">The catalogue's full path.</param>
/// <param name="Model">The embedder's name or full folder.</param>
/// <param name="Key">Its compatibility key.</param>
/// <param name="Steps">In order, both ends included.</param>
public sealed record PathResult(string From, string To, string Catalogue, string Model, string Key, IReadOnlyList<PathStep> Steps)
{
    /// <summary>What a person should know about it; null where there is nothing.</summary>
    public string? Note { get; init; }

    /// <summary>The largest 1 - cosine of two neighbours.</summary>
    public double LargestStep => Steps.Skip(1).Select(s => 1.0 - s.Cosine!.Value).DefaultIfEmpty(0).Max();

    /// <summary>The mean 1 - cosine of two neighbours.</summary>
    public double MeanStep => Steps.Skip(1).Select(s => 1.0 - s.Cosine!.Value).DefaultIfEmpty(0).Average();
}

/// <summary>A track on the way.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Seconds">How long it is; null for a file that is not in the catalogue.</param>
/// <param name="Cosine">With the track before; null for the first.</param>
/// <param name="Progress">0 at the begin, 1 at the end.</param>
public sealed record PathStep(string Path, double? Seconds, float? Cosine, double Progress)
{
    /// <summary>0 to 100: the share of random pairs of the collection that are less alike than this track and the one before; null where that is not known.</summary>
    public double? Percentile { get; init; }

    /// <summary>Who plays, where the file says so.</summary>
    public string? Artist { get; init; }

    /// <summary>The piece, where the file says so.</summary>
    public string? Title { get; init; }
}

/// <summary>"Take me from here to there, smoothly."</summary>
public static class PathTask
{
    private const int FewestStops = 2;
    private const int MostStops = 200;
    private const int CandidatesOfStop = 64;

    /// <summary>Finds the way.</summary>
    /// <param name="options">From where to where.</param>
    /// <param name="context">Where models come from, how sound is decoded, which threads; null for the defaults.</param>
    /// <param name="progress">Told about each step.</param>
    /// <param name="token">Looked at between and within sounds.</param>
    /// <exception cref="InvalidOperationException">Both ends sound the same, or exactly opposite: there is no way between them.</exception>
    public static PathResult Run(PathOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        context.Begin();
        Searching.CheckFind("path", options);
        if (options.Count is < FewestStops or > MostStops)
            throw new OptionsException($"[path] A path has {FewestStops} to {MostStops} tracks, both ends among them; {options.Count} were asked for.");
        using ICatalogue catalogue = Catalogue.OpenExisting(options.Catalogue);
        Searching.Embedder("path", catalogue);
        AskedSound[] ends = [.. ((string[])[options.From, options.To]).Select(text => AskedSound.Resolve("path", catalogue, text, context, token))];
        using SpaceModel model = SpaceModel.Of("path", catalogue, options.Model, words: false, context, token);
        Space space = catalogue.Spaces().First(s => s.Key == model.Choice.Key);
        var notes = new List<string>();
        using var view = new SpaceView(catalogue, space, options.Exact, context, notes.Add, progress, token);
        float[][] vectors = [.. ends.Select(end =>
        {
            progress?.Report(new TaskProgress("embedding", 0, null, end.Path));
            return end.VectorIn("path", catalogue, space.Key, () => model.Sound, context, token).Vector;
        })];
        float cosine = Reductions.Dot(vectors[0], vectors[1]);
        if (MathF.Abs(cosine) > 0.99999f)
        {
            throw new InvalidOperationException($"[path] {ends[0]} and {ends[1]} sound {(cosine > 0 ? "the same" : "exactly opposite")} to {space.Model}: "
                + "there is no one way between them. Hint: euterpe similar finds what is near.");
        }

        Stop[] stops = Stops(options, view, ends, vectors);
        if (stops.Length + FewestStops < options.Count)
            notes.Add($"There are only {stops.Length + FewestStops} tracks on the way, of {options.Count} that were asked for.");
        return new PathResult(ends[0].ToString(), ends[1].ToString(), catalogue.Place, model.Choice.Model, space.Key, Steps(view, ends, vectors, stops))
        {
            Note = notes.Count == 0 ? null : string.Join(' ', notes.Distinct()),
        };
    }

    /// <summary>Fewer stops where there are not enough tracks on the way.</summary>
    private static Stop[] Stops(PathOptions options, SpaceView view, AskedSound[] ends, float[][] vectors)
    {
        if (options.Count == FewestStops)
            return [];
        Rows rows = view.Rows(segments: false);
        var admission = new Admission(rows, view.Catalogue, options.Where is { } where ? Where.Parse(where) : null, options.Exclude);
        Func<float[], double> progressOf = Journey.ProgressOf(vectors[0], vectors[1]);
        var seen = new Dictionary<long, Stop?>();
        var kept = new List<Stop>();
        float leastCosine = view.LeastCosineOfVersions;
        for (int between = options.Count - FewestStops; between > 0; between--)
        {
            float[][] targets = Journey.Targets(vectors[0], vectors[1], between);
            // More and more candidates, as many may be left out or lie behind the ends.
            for (int ask = CandidatesOfStop; ; ask *= 4)
            {
                IReadOnlyList<IReadOnlyList<Hit>> hits = rows.Nearest(targets, ask, view.Token);
                IReadOnlyList<Stop>[] candidates = [.. hits.Select(some => Candidates(some).Take(CandidatesOfStop).ToArray())];
                if (Journey.Smoothest(vectors[0], vectors[1], candidates) is { } way)
                    return way;
                bool all = hits[0].Count < ask && rows.IsComplete(ask);
                if (all)
                    between = Math.Min(between, kept.Count + 1); // these were all: no way has more stops
                if (all || ask > 1 << 14)
                    break;
            }
        }

        return [];

        IEnumerable<Stop> Candidates(IReadOnlyList<Hit> hits)
        {
            long[] unknown = [.. hits.Select(h => h.Id).Where(id => !seen.ContainsKey(id))];
            IReadOnlyList<IReadOnlyList<Track>> tracks = admission.Of(unknown);
            for (int i = 0; i < unknown.Length; i++)
                seen[unknown[i]] = StopOf(tracks[i]);
            return hits.Select(h => seen[h.Id]).OfType<Stop>();
        }

        Stop? StopOf(IReadOnlyList<Track> tracks)
        {
            if (tracks.Count == 0 || ends.Any(end => tracks.Any(t => t.Path == end.Path || t.Sound == end.Sound)) || view.VectorOf(tracks[0].Sound) is not { } vector)
                return null;
            var stop = new Stop(tracks[0], vector, progressOf(vector));
            if (stop.Progress is <= 0 or >= 1)
                return null;
            if (!options.AllVersions && (ends.Any(end => end.Track is { } t && view.KindOfVersion(stop.Track, t, leastCosine) is not null)
                || kept.Exists(k => view.KindOfVersion(stop.Track, k.Track, leastCosine) is not null)))
                return null;
            kept.Add(stop);
            return stop;
        }
    }

    private static PathStep[] Steps(SpaceView view, AskedSound[] ends, float[][] vectors, Stop[] stops)
    {
        Calibration calibration = view.Calibration(segments: false);
        var all = new List<(string Path, Track? Track, float[] Vector, double Progress)> { (ends[0].ToString(), ends[0].Track, vectors[0], 0) };
        all.AddRange(stops.Select(stop => (stop.Track.Path, (Track?)stop.Track, stop.Vector, stop.Progress)));
        all.Add((ends[1].ToString(), ends[1].Track, vectors[1], 1));
        return [.. all.Select((step, i) =>
        {
            float? cosine = i == 0 ? null : Reductions.Dot(all[i - 1].Vector, step.Vector);
            return new PathStep(step.Path, step.Track?.Facts.Seconds, cosine, step.Progress)
            {
                Percentile = cosine is { } c && calibration.Sounds > 0 ? Calibration.Percentile(calibration.Pairs, c) : null,
                Artist = step.Track?.Tags.Artist,
                Title = step.Track?.Tags.Title,
            };
        })];
    }
}
