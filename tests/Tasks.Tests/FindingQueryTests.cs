using Euterpe.Numerics;
using Euterpe.Search;
using static Euterpe.Tasks.Tests.HandMadeCatalogue;

namespace Euterpe.Tasks.Tests;

public sealed class FindingQueryTests : IDisposable
{
    private readonly HandMadeCatalogue _made = new();

    public void Dispose() => _made.Dispose();

    [Fact]
    public void Examples_are_a_weighted_sum_of_unit_vectors()
    {
        _made.Add("x", Unit(1, 0, 0, 0)).Add("y", Unit(0, 1, 0, 0), 50).Add("xy", Unit(1, 1, 0, 0), 20).Add("x-y", Unit(1, -1, 0, 0), 30).Add("z", Unit(0, 0, 1, 0), 40)
            .Add("xxy", Unit(2, 1, 0, 0), 60).Save();
        SearchResult both = Find(new("x"), new("y"));
        Assert.Equal(["xy", "xxy", "x-y", "z"], Names(both));
        Assert.Equal(1f, both.Matches[0].Score, 6);
        Assert.Equal((float)(3 / Math.Sqrt(10)), both.Matches[1].Score, 6);
        Assert.Equal("like /m/x, like /m/y", both.Query);
        Assert.True(both.Known);

        Assert.Equal("xxy", Names(Find(new("x"), new("y", 0.5)))[0]);
        Assert.Equal("x-y", Names(Find(new("x"), new("y", -1)))[0]);
        Assert.Equal("like /m/x, unlike 0.25 /m/y", Find(new("x"), new("y", -0.25)).Query);
        Assert.Equal(["x-y", "x", "z", "xxy", "xy"], Names(Find(new Example("y", -1)))); // what is least like it
        Assert.Equal(Names(Find(new("x", 3), new("y", 1.5))), Names(Find(new("x", 1), new("y", 0.5))));
        Assert.Contains("cancel", Assert.Throws<OptionsException>(() => Find(new("x"), new("x", -1))).Message, StringComparison.Ordinal);

        SearchResult Find(params Example[] examples) => SimilarTask.Run(new SimilarOptions { Catalogue = _made.Place, Examples = examples }, Context());
    }

    [Fact]
    public void Words_and_examples_count_alike_although_scores_of_words_differ_less()
    {
        using var made = new HandMadeCatalogue(EchoEmbedder.Lags);
        // All tracks lie about the first axis; words ("four" is axis 4) are nearly at right angles to all of them.
        for (int i = 0; i < 40; i++)
        {
            float[] v = new float[EchoEmbedder.Lags];
            v[0] = 1;
            v[1] = i % 8 / 8f;
            v[4] = i / 8 / 500f * MathF.Sqrt(1 + (v[1] * v[1]));
            made.Add($"{i:00}", Unit(v), 10 + (3 * i));
        }

        float[] near = new float[EchoEmbedder.Lags];
        (near[0], near[1]) = (1, 1);
        made.Add("like", Unit(near), 500).Save();
        var options = new SearchOptions { Words = "four", Catalogue = made.Place, Count = 5, AllVersions = true };
        TaskContext wordy = Context(words: true);
        SearchResult words = SearchTask.Run(options, wordy), both = SearchTask.Run(options with { Examples = [new Example("like")] }, wordy);
        Assert.StartsWith("3", Names(words)[0], StringComparison.Ordinal); // the largest axis 4: 32 to 39
        Assert.Equal("tracks", words.PercentileOf);
        // One step on axis 4 is 0.71 deviations, as much as between 3 / 8 and 7 / 8 on axis 1. A plain sum of vectors would hardly look at axis 4: 39, 31, 23, 15, 07.
        Assert.Equal(["39", "38", "37", "36", "31"], Names(both));
        Assert.Equal("like /m/like, words \"four\"", both.Query);
        SearchResult against = SearchTask.Run(options with { Examples = [new Example("like")], Descriptions = [new Description("four", -2)] }, wordy);
        Assert.Equal("07", Names(against)[0]);
    }

    [Fact]
    public void Ties_go_by_path_also_at_the_border_and_behind_many_of_one_score()
    {
        // The same vector 200 times, of different lengths: no versions of each other. The order of ids is not that of paths.
        _made.Add("q", Unit(1, 0, 0, 0), 7);
        foreach (int i in Enumerable.Range(0, 200).OrderBy(i => i * 37 % 200))
            _made.Add($"t{i:000}", Unit(1, 1, 0, 0), 1000 + (50 * i));
        _made.Save();
        Assert.Equal(["t000", "t001", "t002"], Names(_made.Similar("q", 3)));
    }

    [Fact]
    public void Percentiles_say_how_many_random_pairs_are_less_alike()
    {
        for (int i = 0; i < 19; i++)
            _made.Add($"{i:00}", Random(i, 4), 10 + (3 * i));
        _made.Save();
        SearchResult few = _made.Similar("00");
        Assert.All(few.Matches, m => Assert.Null(m.Percentile));
        Assert.Null(few.PercentileOf);
        Assert.Contains("Percentiles need 20 tracks", few.Note, StringComparison.Ordinal);

        _made.Add("19", Random(19, 4), 200).Save();
        SearchResult enough = _made.Similar("00", 19);
        Assert.Equal(("pairs", 190), (enough.PercentileOf, enough.PercentileSample)); // all pairs of 20
        float[] pairs = [.. Enumerable.Range(0, 20).SelectMany(i => Enumerable.Range(0, i).Select(j => Dot(Random(i, 4), Random(j, 4))))];
        foreach (FoundTrack match in enough.Matches)
            Assert.Equal(100.0 * pairs.Count(p => p < match.Score - 1e-6) / 190, match.Percentile!.Value, 6);

        for (int i = 20; i < 300; i++)
            _made.Add($"{i:00}", Random(i, 4), 10 + (3 * i));
        _made.Save();
        SearchResult many = _made.Similar("00");
        Assert.Equal(10_000, many.PercentileSample);
        Assert.Equal(many.Matches.Select(m => m.Percentile), _made.Similar("00").Matches.Select(m => m.Percentile));
        Assert.True(many.Matches[0].Percentile > 95);
        SearchResult two = SimilarTask.Run(_made.Like("00") with { Examples = [new Example("01")] }, Context());
        Assert.Equal(("tracks", 300), (two.PercentileOf, two.PercentileSample));
    }

    [Fact]
    public void Conditions_and_exclusions_are_met_by_every_result_however_few_meet_them()
    {
        _made.Add("q", Unit(1, 0, 0, 0));
        for (int i = 0; i < 600; i++)
            _made.Add($"{(i % 2 == 0 ? "a" : "b")}/{i:000}", Unit(1, i, 0, 0), 10 + (30 * i), tags: new TrackTags { Year = 1500 + i, Genre = i == 599 ? "Jazz" : "Rock" });
        _made.Save();
        Assert.Equal(["b/599"], Names(SimilarTask.Run(_made.Like("q") with { Where = "genre~jazz" }, Context())));
        Assert.Equal(["b/501", "b/503"], Names(SimilarTask.Run(_made.Like("q", 2) with { Where = "year>2000", Exclude = ["/m/a"] }, Context())));
        Assert.Equal(["b/003", "b/005"], Names(SimilarTask.Run(_made.Like("q", 2) with { Exclude = ["a", "/m/b/001"] }, Context())));
        Assert.Empty(SimilarTask.Run(_made.Like("q") with { Where = "year>3000" }, Context()).Matches);
        Assert.Throws<OptionsException>(() => SimilarTask.Run(_made.Like("q") with { Where = "year>>1" }, Context()));
        Assert.Throws<OptionsException>(() => SimilarTask.Run(_made.Like("q") with { Exclude = [" "] }, Context()));
    }

    [Fact]
    public void Diverse_results_differ_and_stay_relevant()
    {
        _made.Add("q", Unit(1, 0, 0, 0), 3).Add("a1", Unit(10, 2, 0, 0), 20).Add("a2", Unit(10, 2.1f, 0, 0), 30).Add("a3", Unit(10, 2.2f, 0, 0), 40)
            .Add("b", Unit(10, 0, 3.5f, 0), 50).Add("c", Unit(10, 0, 0, 3.6f), 60).Add("far", Unit(0, 0, 0, -1), 70).Save();
        Assert.Equal(["a1", "a2", "a3"], Names(Diverse(null, 3)));
        Assert.Equal(["a1", "a2", "a3"], Names(Diverse(0, 3)));
        Assert.Equal(["a1", "b", "c"], Names(Diverse(0.5, 3)));
        Assert.Equal("far", Names(Diverse(1, 2))[1]);
        Assert.Throws<OptionsException>(() => Diverse(double.NaN, 2));
        Assert.Throws<OptionsException>(() => Diverse(0.5, 1001));

        SearchResult Diverse(double? strength, int count) => SimilarTask.Run(_made.Like("q", count) with { Diversity = strength }, Context());
    }

    [Fact]
    public void Models_meet_only_where_it_is_asked_for_and_then_by_deviations()
    {
        _made.Add("q", Unit(1, 0, 0, 0), 3);
        for (int i = 0; i < 30; i++)
            _made.Add($"old{i:00}", Random(i, 4), 10 + (3 * i));
        for (int i = 0; i < 30; i++)
            _made.Add($"new{i:00}", Unit(1000, i, 0), 500 + (30 * i), key: "echo-2", model: "other"); // all of its cosines are near 1
        _made.Add("q2", Unit(1, 0, 0), 3, sound: "q", key: "echo-2", model: "other").Save();
        SearchResult alone = _made.Similar("q", 40);
        Assert.All(Names(alone), name => Assert.StartsWith("old", name, StringComparison.Ordinal));
        Assert.Contains("--mixed", alone.Note, StringComparison.Ordinal);
        SearchResult mixed = SimilarTask.Run(_made.Like("q", 40) with { Mixed = true }, Context());
        Assert.Equal(["echo", "other"], mixed.Matches.Select(m => m.Model!).Distinct().Order());
        Assert.Equal(mixed.Matches.OrderByDescending(m => m.Deviations), mixed.Matches);
        Assert.StartsWith("old", Names(mixed)[0], StringComparison.Ordinal); // though all cosines of the other are larger
        Assert.Equal(40, mixed.Matches.Count);
        var error = Assert.Throws<InvalidOperationException>(() => SearchTask.Run(
            new SearchOptions { Words = "four", Catalogue = _made.Place }, Context(words: true, new EchoEmbedder { CompatibilityKey = "echo-9" })));
        Assert.Contains("echo-1", error.Message, StringComparison.Ordinal);
        Assert.Contains("echo-9", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.mp3", "a.mp3", 1)]
    [InlineData("a.mp3:0.5", "a.mp3", 0.5)]
    [InlineData("a.mp3@2:10", "a.mp3@2:10", 1)]
    [InlineData("a.mp3@2:10-2:25:0.5", "a.mp3@2:10-2:25", 0.5)]
    [InlineData("a.mp3@2:10:3", "a.mp3@2:10", 3)]
    [InlineData("a.mp3@90:2", "a.mp3@90", 2)]
    [InlineData("c:d.mp3", "c:d.mp3", 1)]
    [InlineData("a:-1", "a:-1", 1)]
    [InlineData("a:NaN", "a:NaN", 1)]
    public void Weights_stand_behind_a_colon(string text, string sound, double weight)
    {
        Assert.Equal(new Example(sound, weight), Example.Parse(text));
        Assert.Equal(new Example(sound, -weight), Example.Parse(text, unlike: true));
    }

    [Fact]
    public void What_cannot_be_asked_is_a_clear_error()
    {
        _made.Add("a", Unit(1, 0, 0, 0)).Save();
        foreach (double weight in (double[])[0, double.NaN, double.PositiveInfinity, 1001])
            Assert.Throws<OptionsException>(() => SimilarTask.Run(_made.Like("a") with { Examples = [new Example("a", weight)] }, Context()));
        Assert.Throws<OptionsException>(() => SimilarTask.Run(new SimilarOptions { Catalogue = _made.Place }, Context()));
        foreach (string name in (string[])["", " ", "a\0b"])
            Assert.Throws<OptionsException>(() => _made.Similar(name));
        Assert.Throws<FileNotFoundException>(() => _made.Similar("nowhere"));
        Assert.Throws<FileNotFoundException>(() => _made.Similar("nowhere@1:00"));
        Assert.Throws<OptionsException>(() => _made.Similar("a@20-10"));
        Assert.Throws<FileNotFoundException>(() => _made.Similar("a@10-20")); // the file is gone, and there are no segments
        Assert.Throws<OptionsException>(() => _made.Similar("a", 10_001));
    }

    private static float Dot(float[] a, float[] b) => Reductions.Dot(a, b);
}
