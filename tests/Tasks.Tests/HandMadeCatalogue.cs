using System.Security.Cryptography;
using System.Text;
using Euterpe.Numerics;
using Euterpe.Search;

namespace Euterpe.Tasks.Tests;

/// <summary>A catalogue whose tracks and vectors a test writes itself. Paths lie below /m, where no files are.</summary>
internal sealed class HandMadeCatalogue : IDisposable
{
    public const string Key = "echo-1";
    private readonly List<Change> _changes = [];

    public HandMadeCatalogue(int dimension = 4, string key = Key, string model = "echo")
    {
        using ICatalogue catalogue = Catalogue.OpenOrCreate(Place);
        catalogue.Choose(new EmbedderChoice(model, key, dimension));
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("euterpe-find-").FullName;

    public string Place => Path.Combine(Root, "catalogue.db");

    public static string Sha(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>A unit vector in the direction of these numbers.</summary>
    public static float[] Unit(params float[] v)
    {
        double length = Math.Sqrt(v.Sum(x => (double)x * x));
        return Array.ConvertAll(v, x => (float)(x / length));
    }

    /// <summary>Points to a random direction, the same for the same number.</summary>
    public static float[] Random(int item, int dimension)
    {
        var random = new Philox(7, "test/find");
        return Unit([.. Enumerable.Range(0, dimension).Select(k => random.Normal(item, 0, k))]);
    }

    public HandMadeCatalogue Add(
        string name, float[] vector, double seconds = 100, string? sound = null, string? decoded = null, TrackTags? tags = null,
        (double Start, double End, float[] Vector)[]? segments = null, string key = Key, string model = "echo", bool absent = false)
    {
        const int Rate = 1000;
        var facts = new SoundFacts(seconds, Rate, 1, (long)(seconds * Rate), decoded is null ? "" : Sha(decoded));
        var track = new Track("/m/" + name, new FileStamp(1, 2), Sha("file " + name), Sha(sound ?? name), facts, false) { Tags = tags ?? TrackTags.None };
        var made = new Provenance("test", "test", "test");
        NewSegments? cut = segments is null ? null : new NewSegments(key, model, "10 5",
            [.. segments.Select(s => new SegmentSpan((long)(s.Start * Rate), (long)((s.End - s.Start) * Rate)))], [.. segments.SelectMany(s => s.Vector)], made);
        _changes.Add(new Change.Holds(track, new NewVector(key, model, vector, made), cut));
        if (absent)
            _changes.Add(new Change.Vanishes(track.Path));
        return this;
    }

    public HandMadeCatalogue Save()
    {
        using ICatalogue catalogue = Catalogue.OpenOrCreate(Place);
        foreach (Change[] part in _changes.Chunk(2000))
            catalogue.Write(part);
        _changes.Clear();
        return this;
    }

    public static TaskContext Context(bool words = false, EchoEmbedder? embedder = null) => new() { Models = new EchoShelf(embedder ?? new EchoEmbedder(), words) };

    public SimilarOptions Like(string sound, int count = 10) => new() { Sound = sound, Catalogue = Place, Count = count };

    public SearchResult Similar(string sound, int count = 10) => SimilarTask.Run(Like(sound, count), Context());

    public static string[] Names(SearchResult result) => [.. result.Matches.Select(m => m.Path["/m/".Length..])];

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
