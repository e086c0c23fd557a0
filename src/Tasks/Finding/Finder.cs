using System.Globalization;
using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks.Finding;

/// <summary>Examples and words to tracks and places: what <c>similar</c> and <c>search</c> do.</summary>
internal sealed class Finder
{
    private readonly QueryOptions options;
    private readonly string task;
    private readonly ICatalogue catalogue;
    private readonly TaskContext context;
    private readonly IProgress<TaskProgress>? progress;
    private readonly CancellationToken token;
    private readonly IReadOnlyList<AskedSound> asked;
    private readonly Where? where;
    private readonly List<string> notes = [];
    private bool known = true;

    private Finder(QueryOptions options, ICatalogue catalogue, TaskContext context, IProgress<TaskProgress>? progress, CancellationToken token)
    {
        (this.options, task, this.catalogue, this.context, this.progress, this.token) = (options, options.Task, catalogue, context, progress, token);
        where = options.Where is { } text ? Where.Parse(text) : null;
        asked = [.. options.AllExamples.Select(example => AskedSound.Resolve(task, catalogue, example.Sound, context, token))];
    }

    public static SearchResult Run(QueryOptions options, TaskContext? context, IProgress<TaskProgress>? progress, CancellationToken token)
    {
        context ??= new TaskContext();
        context.Begin();
        Check(options);
        using ICatalogue catalogue = Catalogue.OpenExisting(options.Catalogue);
        Searching.Embedder(options.Task, catalogue);
        return new Finder(options, catalogue, context, progress, token).Find();
    }

    private static void Check(QueryOptions options)
    {
        Searching.CheckFind(options.Task, options);
        if (options.AllExamples.Count + options.AllDescriptions.Count == 0)
            throw new OptionsException($"[{options.Task}] Nothing was asked for. Hint: name a file, a track, or words.");
        foreach (Example example in options.AllExamples)
            Weights.Check(options.Task, example.Sound, example.Weight);
        foreach (Description words in options.AllDescriptions)
        {
            if (string.IsNullOrWhiteSpace(words.Words))
                throw new OptionsException($"[{options.Task}] Words are needed, such as: euterpe search \"slow piano with rain\".");
            Weights.Check(options.Task, $"\"{words.Words}\"", words.Weight);
        }

        if (options.Diversity is { } strength && !(strength is >= 0 and <= 1))
            throw new OptionsException(FormattableString.Invariant($"[{options.Task}] Diversity lies between 0 and 1, and is {strength}."));
        if (options.Diversity is not null && options.Count > Diversity.MostMatches)
            throw new OptionsException($"[{options.Task}] At most {Diversity.MostMatches} matches can be chosen to be diverse, and {options.Count} were asked for.");
    }

    private SearchResult Find()
    {
        bool words = options.AllDescriptions.Count > 0;
        bool segments = options.Level == FindLevel.Segments || (options.Level == FindLevel.Automatic && asked.Count > 0 && !words && asked.All(a => a.Part is not null));
        if (options.Mixed)
            return Mixed(segments);
        using SpaceModel model = SpaceModel.Of(task, catalogue, options.Model, words, context, token);
        Space space = catalogue.Spaces().First(s => s.Key == model.Choice.Key);
        if (segments && space.Segmented == 0)
        {
            string none = $"The catalogue has no segments of {space.Model}";
            if (options.Level == FindLevel.Segments)
                throw new InvalidOperationException($"[{task}] {none}. Hint: euterpe index FOLDER makes them, unless the catalogue was told to have none.");
            segments = false;
            notes.Add($"{none}: whole tracks were compared.");
        }

        using var view = new SpaceView(catalogue, space, options.Exact, context, notes.Add, progress, token);
        Answer answer = In(view, model, segments);
        CatalogueCount count = catalogue.Count(space.Key);
        long left = count.Tracks - count.Vectors;
        if (left > 0 && catalogue.Spaces().FirstOrDefault(s => s.Key != space.Key && s.Vectors > 0) is { } other)
            notes.Add($"The catalogue has vectors of {other.Model} too, which cannot be compared with these. Hint: --mixed searches both.");
        return Result(model.Choice.Model, space.Key, count.Vectors, left, segments, answer) with
        {
            PercentileOf = answer.Sample == 0 ? null : answer.OfPairs ? "pairs" : "tracks",
            PercentileSample = answer.Sample,
            Search = view.Rows(segments).Way,
        };
    }

    /// <summary>What was found in one space.</summary>
    private sealed record Answer(IReadOnlyList<FoundTrack> Matches, IReadOnlyList<FoundVersion> QueryVersions, bool OfPairs, int Sample, float[] Query, double Mean, double Deviation);

    private Answer In(SpaceView view, SpaceModel model, bool segments)
    {
        float[] query = Vector(view, model, segments);
        OwnTrack[] own = [.. asked.Where(a => a.Track is { } t && t.Sound == a.Sound).Select(a => new OwnTrack(a.Track!, a.Part))];
        var admission = new Admission(view.Rows(segments), catalogue, where, options.Exclude);
        var ranking = new Ranking(view, segments, query, own, [.. asked.Select(a => a.Path)], options.AllVersions, admission);
        progress?.Report(new TaskProgress("searching", 0, null, null));
        int pool = options.Diversity is null ? options.Count : Diversity.Candidates(options.Count);
        Ranked ranked = ranking.Best(pool);
        IReadOnlyList<Group> groups = ranked.Groups;
        if (options.Diversity is { } strength)
        {
            Group[] whole = [.. groups.Where(g => view.VectorOf(g, segments) is not null)];
            groups = [.. Diversity.Choose([.. whole.Select(g => g.Score)], [.. whole.Select(g => view.VectorOf(g, segments)!)], options.Count, strength).Select(i => whole[i])];
        }

        ranking.FindPlaces(groups);
        bool pairs = options.AllDescriptions.Count == 0 && options.AllExamples is [{ Weight: > 0 }];
        Calibration calibration = view.Calibration(segments);
        float[] others = pairs && calibration.Sounds > 0 ? calibration.Pairs : calibration.Scores(query);
        if (calibration.Sounds == 0)
            notes.Add($"Percentiles need {Calibration.FewestSounds} tracks at least; the scores are cosines.");
        (double mean, double deviation) = calibration.Spread(query);
        FoundTrack[] matches = [.. groups.Select(g => Found(g) with { Percentile = Calibration.Percentile(others, g.Score) })];
        return new Answer(matches, ranked.QueryVersions, pairs, others.Length, query, mean, deviation);
    }

    private float[] Vector(SpaceView view, SpaceModel model, bool segments)
    {
        string key = model.Choice.Key;
        var sounds = new List<Term>();
        for (int i = 0; i < asked.Count; i++)
        {
            AskedSound sound = asked[i];
            IAudioEmbedder Embedder()
            {
                progress?.Report(new TaskProgress("embedding", sounds.Count, asked.Count, sound.Path));
                return model.Sound;
            }

            (float[] vector, bool stored) = sound.VectorIn(task, catalogue, key, Embedder, context, token);
            known &= stored;
            sounds.Add(new Term(vector, options.AllExamples[i].Weight));
        }

        var words = new List<Term>();
        foreach (Description each in options.AllDescriptions)
        {
            known = false;
            ITextEmbedder text = model.Words;
            progress?.Report(new TaskProgress("embedding", 0, 1, each.Words));
            words.Add(new Term(text.Embed(each.Words, token), each.Weight));
            TextReach reach = text.Reach(each.Words);
            if (!reach.IsWhole)
                notes.Add($"The words are {reach.Tokens} tokens, of which {model.Choice.Model} reads the first {reach.Read}: the rest changed nothing.");
        }

        return QueryVector.Of(task, sounds, words, () => view.Calibration(segments));
    }

    /// <summary>
    /// Every space with its own query. Scores of different models cannot be compared: they are merged by how many standard deviations they lie above the mean
    /// of random tracks of their space. A track that several spaces have is placed by the best of these.
    /// </summary>
    private SearchResult Mixed(bool segments)
    {
        EmbedderChoice chosen = Searching.Embedder(task, catalogue);
        var all = new List<FoundTrack>();
        var versions = new SortedDictionary<string, FoundVersion>(StringComparer.Ordinal);
        var searched = new List<Space>();
        foreach (Space space in catalogue.Spaces().Where(s => s.Vectors > 0).OrderBy(s => s.Key != chosen.Key))
        {
            EmbedderChoice choice = space.Key == chosen.Key ? chosen : new EmbedderChoice(space.Model, space.Key, space.Dimension);
            if (segments && space.Segmented == 0)
            {
                notes.Add($"{space.Model}: no segments, left out.");
                continue;
            }

            try
            {
                using var model = new SpaceModel(task, catalogue, choice, context, null, token);
                using var view = new SpaceView(catalogue, space, options.Exact, context, notes.Add, progress, token);
                Answer answer = In(view, model, segments);
                searched.Add(space);
                foreach (FoundVersion version in answer.QueryVersions)
                    versions.TryAdd(version.Path, version);
                all.AddRange(answer.Matches.Select(m => m with
                {
                    Model = space.Model,
                    Deviations = answer.Deviation > 1e-9 ? (m.Score - answer.Mean) / answer.Deviation : m.Score,
                }));
            }
            catch (Exception e) when (e is ModelFileException or InvalidOperationException or FileNotFoundException && e is not ObjectDisposedException)
            {
                notes.Add($"{space.Model} was left out: {e.Message}");
            }
        }

        if (searched.Count == 0)
            throw new InvalidOperationException($"[{task}] No model of the catalogue could be searched. {string.Join(' ', notes)}");
        var matches = new List<FoundTrack>();
        var seen = new HashSet<string>();
        foreach (FoundTrack match in all.OrderByDescending(m => m.Deviations).ThenBy(m => m.Path, StringComparer.Ordinal))
        {
            if (matches.Count < options.Count && !versions.ContainsKey(match.Path) && !seen.Contains(match.Path))
                matches.Add(match);
            seen.Add(match.Path);
            seen.UnionWith(match.Versions.Select(v => v.Path));
        }

        CatalogueCount count = catalogue.Count(chosen.Key);
        long compared = searched.Max(s => s.Vectors);
        var merged = new Answer(matches, [.. versions.Values], false, 0, [], 0, 0);
        return Result(string.Join(", ", searched.Select(s => s.Model)), string.Join(", ", searched.Select(s => s.Key)), Math.Min(compared, count.Tracks), 0, segments, merged) with
        {
            Search = "mixed",
        };
    }

    private SearchResult Result(string model, string key, long compared, long left, bool segments, Answer answer) =>
        new(Asked(), known, catalogue.Place, model, key, compared, left, answer.Matches)
        {
            Note = notes.Count == 0 ? null : string.Join(' ', notes.Distinct()),
            Segments = segments,
            QueryVersions = answer.QueryVersions,
        };

    private string Asked()
    {
        if (asked.Count == 1 && options.AllDescriptions.Count == 0 && options.AllExamples[0].Weight == 1)
            return asked[0].ToString();
        if (asked.Count == 0 && options.AllDescriptions is [{ Weight: 1 } one])
            return one.Words;
        return string.Join(", ", options.AllExamples.Select((e, i) => Part(e.Weight, "like", "unlike", asked[i].ToString()))
            .Concat(options.AllDescriptions.Select(d => Part(d.Weight, "words", "without words", $"\"{d.Words}\""))));

        static string Part(double weight, string with, string without, string what)
        {
            string much = Math.Abs(weight) == 1 ? "" : " " + Math.Abs(weight).ToString(CultureInfo.InvariantCulture);
            return $"{(weight > 0 ? with : without)}{much} {what}";
        }
    }

    public static FoundTrack Found(Group group) => new(group.Track.Path, group.Score, group.Track.Facts.Seconds)
    {
        Artist = group.Track.Tags.Artist,
        Title = group.Track.Tags.Title,
        Album = group.Track.Tags.Album,
        Year = group.Track.Tags.Year,
        Places = group.Places,
        Versions = [.. group.Versions.OrderBy(v => v.Path, StringComparer.Ordinal)],
    };
}
