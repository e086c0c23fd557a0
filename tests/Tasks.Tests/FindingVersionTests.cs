using Euterpe.Search;
using static Euterpe.Tasks.Tests.HandMadeCatalogue;

namespace Euterpe.Tasks.Tests;

public sealed class FindingVersionTests : IDisposable
{
    private readonly HandMadeCatalogue _made = new();

    public void Dispose() => _made.Dispose();

    [Fact]
    public void Versions_stand_under_the_best_and_those_of_the_query_are_no_results()
    {
        _made.Add("q", Unit(1, 0, 0, 0)).Add("q-copy", Unit(1, 0, 0, 0), sound: "q").Add("q.mp3", Unit(1, 0.02f, 0, 0), 100.5)
            .Add("s.flac", Unit(1, 1, 0, 0), 200, decoded: "s").Add("s.wav", Unit(1, 1.01f, 0, 0), 200, decoded: "s").Add("s.ogg", Unit(1, 1.02f, 0, 0), 200.9)
            .Add("s-copy", Unit(1, 1, 0, 0), 200, sound: "s.flac", decoded: "s")
            .Add("long", Unit(1, 1.03f, 0, 0), 300).Add("other", Unit(1, 2, 0, 0), 200).Add("gone", Unit(1, 0.5f, 0, 0), absent: true).Save();
        SearchResult found = _made.Similar("q");
        Assert.Equal(["s-copy", "long", "other"], Names(found));
        Assert.Equal(["/m/s.flac copy", "/m/s.ogg near", "/m/s.wav decoded"], found.Matches[0].Versions.Select(v => $"{v.Path} {v.Kind}"));
        Assert.Equal(["/m/q-copy copy", "/m/q.mp3 near"], found.QueryVersions.Select(v => $"{v.Path} {v.Kind}"));
        SearchResult all = SimilarTask.Run(_made.Like("q") with { AllVersions = true }, Context());
        Assert.Equal(["q-copy", "q.mp3", "s-copy", "s.flac", "s.wav", "s.ogg", "long", "other"], Names(all));
        Assert.Empty(all.QueryVersions);
        // A version that the condition leaves out is not named either.
        Assert.Equal(["/m/s.wav decoded"], SimilarTask.Run(_made.Like("q") with { Where = "file~.flac or file~.wav" }, Context()).Matches[0].Versions.Select(v => $"{v.Path} {v.Kind}"));
    }

    [Fact]
    public void Near_duplicates_of_the_whole_collection_are_groups()
    {
        _made.Add("a.flac", Unit(1, 0, 0, 0), 100).Add("a.mp3", Unit(1, 0.01f, 0, 0), 100.3).Add("a-copy", Unit(1, 0, 0, 0), 100, sound: "a.flac")
            .Add("b", Unit(1, 0, 0, 0), 140).Add("c.wav", Unit(0, 1, 0, 0), 50, decoded: "c").Add("c.flac", Unit(0, 1, 0, 0), 50, decoded: "c").Add("d", Unit(0, 0, 1, 0), 50).Save();
        using ICatalogue catalogue = Catalogue.OpenExisting(_made.Place);
        IReadOnlyList<DuplicateGroup> groups = NearDuplicates.Find(catalogue, Key);
        Assert.Equal(["/m/a-copy: /m/a.flac copy, /m/a.mp3 near", "/m/c.flac: /m/c.wav decoded"],
            groups.Select(g => $"{g.Path}: {string.Join(", ", g.Versions.Select(v => $"{v.Path} {v.Kind}"))}"));
        Assert.Equal(["/m/a-copy copy", "/m/a.mp3 near"], NearDuplicates.Of(catalogue, catalogue.Find("/m/a.flac")!, Key).Select(v => $"{v.Path} {v.Kind}"));
        Assert.Empty(NearDuplicates.Of(catalogue, catalogue.Find("/m/b")!, Key));
    }
}
