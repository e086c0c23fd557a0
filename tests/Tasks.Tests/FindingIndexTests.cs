using System.Diagnostics;
using Euterpe.Search;
using Euterpe.Search.Vectors;
using Euterpe.Tasks.Finding;
using static Euterpe.Tasks.Tests.HandMadeCatalogue;

namespace Euterpe.Tasks.Tests;

public sealed class FindingIndexTests : IDisposable
{
    private const int Dimension = 24;
    private readonly HandMadeCatalogue _made = new(Dimension);

    public void Dispose()
    {
        _made.Dispose();
    }

    private string Folder => _made.Place + ".index";

    private static TaskContext Indexed => Context() with { Indexing = new IndexPolicy(1, 1, 250_000) };

    [Fact]
    public void The_index_gives_what_the_scan_gives_and_follows_the_catalogue()
    {
        Fill(0, 300);
        Same("exact", 300);
        Assert.NotEmpty(Directory.GetFiles(Folder, "*.rows"));
        Fill(300, 340); // appended
        Same("exact", 340);
        using (ICatalogue catalogue = Catalogue.OpenExisting(_made.Place))
        {
            // Some are gone, some have new vectors, some are absent.
            catalogue.Write([.. Enumerable.Range(10, 10).Select(i => new Change.Vanishes($"/m/{i:0000}"))]);
            catalogue.Prune();
            catalogue.Write([.. Enumerable.Range(30, 10).Select(i => new Change.Gains(Sha($"{i:0000}"),
                new NewVector(Key, "echo", Random(5000 + i, Dimension), new Provenance("t", "t", "t"))))]);
            catalogue.Write([.. Enumerable.Range(50, 10).Select(i => new Change.Vanishes($"/m/{i:0000}"))]);
        }

        Same("exact", 340);
        Assert.DoesNotContain("0015", Names(Search(Indexed, 330)));
    }

    [Fact]
    public void A_lost_damaged_or_foreign_index_is_made_again_and_this_is_said()
    {
        Fill(0, 200);
        Same("exact", 200);
        string rows = Directory.GetFiles(Folder, "*.rows").Order().First();
        File.Delete(rows);
        Assert.Null(Same("exact", 200).Note);
        File.WriteAllText(rows, "no rows");
        Assert.Contains("damaged", Same("exact", 200).Note, StringComparison.Ordinal);
        File.WriteAllBytes(rows, File.ReadAllBytes(rows)[..5000]);
        Assert.Contains("made anew", Same("exact", 200).Note, StringComparison.Ordinal);
        foreach (string sample in Directory.GetFiles(Folder, "*.sample"))
            File.WriteAllText(sample, File.ReadAllText(sample).Replace("end", "1x\nend", StringComparison.Ordinal));
        Assert.Null(Same("exact", 200).Note);

        // A copy of the catalogue from before, that then got other sounds under the same ids.
        string copy = File.ReadAllText(_made.Place).Length > 0 ? Path.Combine(_made.Root, "before.db") : "";
        File.Copy(_made.Place, copy);
        Fill(200, 230);
        Same("exact", 230);
        foreach (string part in (string[])["", "-wal", "-shm"])
            File.Delete(_made.Place + part);
        File.Move(copy, _made.Place);
        Fill(400, 430);
        Assert.Contains("another state", Same("exact", 230).Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_index_cannot_be_written_the_catalogue_is_searched()
    {
        Fill(0, 100);
        SearchResult plain = Search(Context(), 50);
        File.WriteAllText(Folder, "a file where the folder should be");
        SearchResult found = Search(Indexed, 50);
        Assert.Equal("scan", found.Search);
        Assert.Contains("catalogue itself was searched", found.Note, StringComparison.Ordinal);
        Assert.Equal(plain.Matches.Select(m => (m.Path, m.Score)), found.Matches.Select(m => (m.Path, m.Score)));
    }

    [Fact]
    public void Segments_have_an_index_too()
    {
        for (int i = 0; i < 60; i++)
        {
            _made.Add($"{i:0000}", Random(i, Dimension), 30 + (3 * i),
                segments: [.. Enumerable.Range(0, 1 + (i % 7)).Select(s => (5.0 * s, (5.0 * s) + 10, Random(1000 + (i * 10) + s, Dimension)))]);
        }

        _made.Save();
        SimilarOptions options = _made.Like("0005@0-10", 20);
        SearchResult scan = SimilarTask.Run(options, Context()), index = SimilarTask.Run(options, Indexed);
        Assert.Equal(("scan", "exact"), (scan.Search, index.Search));
        Assert.Equal(Told(scan), Told(index));

        static IEnumerable<string> Told(SearchResult r) => r.Matches.Select(m => $"{m.Path} {m.Score} {m.Percentile} {string.Join(' ', m.Places)}");
    }

    [Fact]
    public void The_report_builds_a_graph_measures_it_and_names_duplicates()
    {
        Fill(0, 1500);
        _made.Add("dup-a", Random(9000, Dimension), 50, sound: "dup").Add("dup-b", Random(9000, Dimension), 50, sound: "dup").Save();
        SearchReport plain = SearchReportTask.Run(new SearchReportOptions { Catalogue = _made.Place }, Context());
        Assert.Equal(("scan", null, null), (plain.Spaces[0].Way, plain.Spaces[0].Rows, plain.Spaces[0].Recall));
        Assert.Equal(10_000, plain.Spaces[0].Pairs!.Sample);
        Assert.Equal("/m/dup-a", Assert.Single(plain.Duplicates!).Path);
        SearchReport report = SearchReportTask.Run(new SearchReportOptions { Catalogue = _made.Place, Graph = true, Recall = new RecallOptions(Sample: 50) }, Indexed);
        SpaceReport space = Assert.Single(report.Spaces);
        Assert.Equal(("graph", 1501L), (space.Way, space.Rows));
        Assert.True(space.Recall!.Reached && space.Recall.Chosen.At10 >= 0.97);
        Assert.Equal("graph", Search(Indexed, 10).Search);
        // A condition that few meet is met as often as without the graph.
        SimilarOptions few = _made.Like("0000") with { Where = "file~77" };
        Assert.Equal(Names(SimilarTask.Run(few with { Count = 50 }, Context())), Names(SimilarTask.Run(few with { Count = 50 }, Indexed)));
        Assert.Equal("exact", SimilarTask.Run(_made.Like("0000") with { Exact = true }, Indexed).Search);
    }

    [Trait("Category", "Long")]
    [Fact]
    public void A_million_vectors_are_searched()
    {
        const int N = 1_000_000, D = 64;
        using var made = new HandMadeCatalogue(D);
        long begun = Stopwatch.GetTimestamp();
        for (int i = 0; i < N; i++)
        {
            made.Add($"{i / 1000:000}/{i:0000000}", Random(i, D), 60 + (i % 1000));
            if (i % 20_000 == 19_999)
                made.Save();
        }

        Console.WriteLine($"a million tracks written: {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.0} s");
        SimilarOptions options = made.Like("0123456");
        var first = Timed("first search, which makes the index", options);
        var second = Timed("second search", options);
        Timed("with a condition", options with { Where = "seconds>1050" });
        Timed("diverse", options with { Diversity = 0.5 });
        Assert.Equal("exact", second.Search);
        Assert.Equal(first.Matches.Select(m => m.Path), second.Matches.Select(m => m.Path));
        float[] query = Random(123_456, D);
        var truth = Enumerable.Range(0, N).Select(i => (Score: Numerics.Reductions.Dot(query, Random(i, D)), I: i)).Where(x => x.I != 123_456)
            .OrderByDescending(x => x.Score).Take(10).Select(x => $"{x.I / 1000:000}/{x.I:0000000}");
        Assert.Equal(truth, Names(second));

        SearchResult Timed(string what, SimilarOptions asked)
        {
            long from = Stopwatch.GetTimestamp();
            SearchResult result = SimilarTask.Run(asked, Context());
            Console.WriteLine($"{what}: {Stopwatch.GetElapsedTime(from).TotalSeconds:0.00} s, {result.Search}");
            return result;
        }
    }

    private void Fill(int from, int to)
    {
        for (int i = from; i < to; i++)
            _made.Add($"{i:0000}", Random(i, Dimension), 10 + (3 * i));
        _made.Save();
    }

    private SearchResult Search(TaskContext context, int count) => SimilarTask.Run(_made.Like("0000", count), context);

    private SearchResult Same(string way, int count)
    {
        SearchResult scan = Search(Context(), count), index = Search(Indexed, count);
        Assert.Equal(("scan", way), (scan.Search, index.Search));
        Assert.Equal(scan.Matches.Select(m => (m.Path, m.Score, m.Percentile)), index.Matches.Select(m => (m.Path, m.Score, m.Percentile)));
        return index;
    }
}
