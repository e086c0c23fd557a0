namespace Euterpe.Search.Tests.Catalogues;

/// <summary>What every database of a catalogue must do. Each has a class that says how it is opened.</summary>
public abstract partial class CatalogueContract : IDisposable
{
    private static readonly Provenance Here = new("euterpe 0", "own", "test");

    /// <summary>Opens the one catalogue of this test, over another connection each time; makes it at first.</summary>
    protected abstract ICatalogue Open();

    /// <summary>Lets time pass for the leases of the queue.</summary>
    protected abstract void Pass(TimeSpan time);

    public abstract void Dispose();

    // Weyl's sequence: spread enough for a search.
    protected static float Number(int i, int k) => (uint)(((i * 131) + k + 1) * 2654435769u) / 4294967296f - 0.5f;

    protected static string Sha(int i) => i.ToString("x64");

    protected static Track Of(string path, int sound, long modified = 2) =>
        new(path, new FileStamp(1, modified), Sha(sound + 1_000_000), Sha(sound), new SoundFacts(1.5, 44100, 2, 66150), false);

    protected static NewVector Vector(string key, params float[] values) => new(key, "signature", values, Here);

    protected static NewSegments Segments(string key, string rule, int count, int dimension) => new(key, "signature", rule,
        [.. Enumerable.Range(0, count).Select(i => new SegmentSpan(i * 5L, 10))], [.. Enumerable.Range(0, count * dimension).Select(i => Number(count, i))], Here);

    protected static WorkItem Item(string path, long modified = 2) => new(path, new FileStamp(1, modified));

    protected static IEnumerable<string> Paths(IEnumerable<Track> tracks) => tracks.Select(track => track.Path);

    protected static IEnumerable<string> Paths(IEnumerable<WorkItem> items) => items.Select(item => item.Path);

    [SkippableFact]
    public void What_is_written_is_found_again_after_reopening()
    {
        string id;
        var tags = new TrackTags
        {
            Title = "Ō 💿 \"x\"",
            Artist = "",
            Album = "'; drop table track; --",
            AlbumArtist = "a",
            Genre = "Jazz\nFunk",
            Year = 1999,
            TrackNumber = 12,
            MusicBrainzRecording = "r",
            MusicBrainzRelease = "s",
            MusicBrainzArtist = "t",
        };
        Track track = Of("/m/ü/a b'\"%_\t.wav", 1) with
        {
            Stamp = new FileStamp(long.MaxValue, -5),
            Facts = new SoundFacts(0.1 + 0.2, 192000, 32, 5_000_000_000, Sha(9)),
            Tags = tags,
            TagsRevision = 3,
        };
        Track bare = Of("/m/b.wav", 2) with { Identified = false };
        using (ICatalogue made = Open())
        {
            Assert.Null(made.Embedder);
            id = made.Id;
            Assert.Matches("^[0-9a-f]{32}$", id);
            made.Choose(new EmbedderChoice("signature", "k1", 3));
            made.Choose(new EmbedderChoice("mert", "k2", 4, "bf16", "layer=3"));
            made.Set("rule", "10 5");
            made.Set("other", "x");
            made.Set("other", null);
            Assert.Equal(0, made.Write([new Change.Holds(track, Vector("k1", 1, -0f, float.Epsilon)), new Change.Holds(bare)]));
        }

        using ICatalogue again = Open();
        Assert.Equal(id, again.Id);
        Assert.Equal(new EmbedderChoice("mert", "k2", 4, "bf16", "layer=3"), again.Embedder);
        Assert.Equal("10 5", again.Setting("rule"));
        Assert.Null(again.Setting("other"));
        Assert.Equal(track, again.Find(track.Path));
        Assert.Equal(bare, again.Find("/m/b.wav"));
        Assert.Null(again.Find("/m/B.wav"));
        Assert.Equal(track, Assert.Single(again.FindSound(Sha(1))));
        Assert.Equal(track, Assert.Single(again.FindFile(Sha(1_000_001))));
        Assert.Equal(track, Assert.Single(again.FindDecoded(Sha(9))));
        Assert.Empty(again.FindSound(Sha(77)));
        Assert.Equal(new[] { 1f, -0f, float.Epsilon }.Select(BitConverter.SingleToInt32Bits), again.Vector(Sha(1), "k1")!.Select(BitConverter.SingleToInt32Bits));
        Assert.True(again.HasVector(Sha(1), "k1"));
        Assert.False(again.HasVector(Sha(1), "k2"));
        Assert.False(again.HasVector(Sha(2), "k1"));
        Assert.Null(again.Vector(Sha(1), "k2"));
        Assert.Equal(Here, again.ProvenanceOf(Sha(1), "k1"));
        Assert.Null(again.ProvenanceOf(Sha(2), "k1"));
        Assert.Equal(new CatalogueCount(2, 0, 2, 1, 0), again.Count("k1"));
        Assert.Equal(new CatalogueCount(2, 0, 2, 0, 0), again.Count(null));
        Assert.Equal([new Space("k1", "signature", 3, 1, 0)], again.Spaces());
        Assert.Empty(again.Check());
    }

    [SkippableFact]
    public void A_choice_is_seen_by_others_that_have_the_catalogue_open()
    {
        using ICatalogue one = Open(), other = Open();
        one.Choose(new EmbedderChoice("signature", "k", 3));
        Assert.Equal(one.Embedder, other.Embedder);
    }

    [SkippableFact]
    public void A_path_has_one_sound_at_a_time_and_a_sound_many_paths()
    {
        using ICatalogue c = Open();
        c.Write([new Change.Holds(Of("/m/b.wav", 1)), new Change.Holds(Of("/m/a.wav", 1)), new Change.Holds(Of("/m/c.wav", 1)), new Change.Vanishes("/m/a.wav")]);
        Assert.Equal(["/m/b.wav", "/m/c.wav", "/m/a.wav"], Paths(c.FindSound(Sha(1), 9)));
        Assert.Equal(["/m/b.wav"], Paths(c.FindSound(Sha(1))));
        c.Write([new Change.Holds(Of("/m/b.wav", 2, 7))]);
        Assert.Equal(Sha(2), c.Find("/m/b.wav")!.Sound);
        Assert.Equal(7, c.Find("/m/b.wav")!.Stamp.Modified);
        Assert.Equal(["/m/c.wav"], Paths(c.FindSound(Sha(1))));
        Assert.Equal(["/m/b.wav", "/m/c.wav"], Paths(c.Tracks()));
        Assert.Equal(["/m/a.wav", "/m/b.wav", "/m/c.wav"], Paths(c.Tracks(absent: true)));
    }

    [SkippableFact]
    public void The_hash_of_the_decoded_sound_is_added_when_it_becomes_known_and_not_lost()
    {
        using ICatalogue c = Open();
        Track track = Of("/m/a.wav", 1);
        c.Write([new Change.Holds(track)]);
        c.Write([new Change.Holds(track with { Facts = track.Facts with { DecodedSha256 = Sha(5) } })]);
        c.Write([new Change.Holds(track)]);
        Assert.Equal(Sha(5), c.Find("/m/a.wav")!.Facts.DecodedSha256);
    }

    [SkippableFact]
    public void Text_is_ordered_by_its_bytes_and_read_in_pages()
    {
        using ICatalogue c = Open();
        // U+FFFD lies before U+1F4BF in UTF-8 and after it in UTF-16.
        string[] names = ["/m/A", "/m/Z", "/m/_", "/m/a", "/m/a\u0001", "/m/a b", "/m/é", "/m/\uFFFD", "/m/💿"];
        c.Write([.. names.Reverse().Select((name, i) => new Change.Holds(Of(name, i)))]);
        Assert.Equal(names, Paths(c.Tracks()));
        Assert.Equal(names, c.PathsBelow("/"));
        c.Write([.. Enumerable.Range(0, 2100).Select(i => new Change.Holds(Of($"/m/x/{i:d4}.wav", i)))]);
        c.Write([new Change.Holds(Of("/m/x.wav", 1)), new Change.Holds(Of("/m/x0/a.wav", 1)), new Change.Holds(Of("/m/X/a.wav", 1))]);
        Assert.Equal(Enumerable.Range(0, 2100).Select(i => $"/m/x/{i:d4}.wav"), c.PathsBelow("/m/x/"));
        Assert.Equal(Enumerable.Range(0, 2100).Select(i => $"/m/x/{i:d4}.wav"), Paths(c.Tracks("/m/x")));
        Assert.Equal(2112, c.PathsBelow("/").Count());
        Assert.Equal("/m/x/0007.wav", Assert.Single(c.FindByTail("0007.wav", 2)).Path);
        Assert.Equal("/m/x/0007.wav", Assert.Single(c.FindByTail("x/0007.wav", 2)).Path);
        Assert.Equal(["/m/X/a.wav", "/m/x0/a.wav"], Paths(c.FindByTail("a.wav", 9)));
        Assert.Empty(c.FindByTail("007.wav", 2));
        Assert.Empty(c.FindByTail("%.wav", 2));
    }

    [SkippableFact]
    public void A_failure_hides_the_track_and_a_sound_ends_the_failure()
    {
        using ICatalogue c = Open();
        var failure = new Failure("/m/a.wav", new FileStamp(5, 6), "broken", "It is broken.", "p", "d");
        c.Write([new Change.Holds(Of("/m/a.wav", 1), Vector("k", 1, 0)), new Change.Fails(failure)]);
        Assert.True(c.Find("/m/a.wav")!.Absent);
        Assert.Equal(failure, c.FindFailure("/m/a.wav"));
        Assert.Equal([failure], c.Failures("/m"));
        Assert.Equal([failure], c.Failures());
        Assert.Empty(c.Failures("/n"));
        Assert.Empty(c.Nearest([1, 0], "k", 9));
        Assert.Equal(["/m/a.wav"], c.PathsBelow("/m"));
        c.Write([new Change.Fails(failure with { Reason = "again" })]);
        Assert.Equal("again", c.FindFailure("/m/a.wav")!.Reason);

        c.Write([new Change.Holds(Of("/m/a.wav", 1))]);
        Assert.Null(c.FindFailure("/m/a.wav"));
        Assert.Single(c.Nearest([1, 0], "k", 9));

        c.Write([new Change.Vanishes("/m/a.wav"), new Change.Vanishes("/m/never.wav")]);
        Assert.True(c.Find("/m/a.wav")!.Absent);
        Assert.Equal(new CatalogueCount(0, 1, 1, 0, 0), c.Count("k"));
        Assert.Single(c.FindSound(Sha(1)));
        Assert.Empty(c.PathsBelow("/m"));

        c.Write([new Change.Fails(failure), new Change.Vanishes("/m/a.wav")]);
        Assert.Null(c.FindFailure("/m/a.wav"));
    }

    [SkippableFact]
    public void A_write_is_all_or_nothing()
    {
        using ICatalogue c = Open();
        c.Write([new Change.Holds(Of("/m/a.wav", 1), Vector("k", 1, 0))]);
        var good = new Change.Holds(Of("/m/b.wav", 2), Vector("k", 0, 1));
        Assert.Throws<Numerics.ShapeException>(() => c.Write([good, new Change.Holds(Of("/m/c.wav", 3), Vector("k", 1, 0, 0))]));
        Assert.Throws<ArgumentException>(() => c.Write([good, new Change.Holds(Of("/m/c.wav", 3), Vector("k", 1, float.NaN))]));
        Assert.Throws<ArgumentException>(() => c.Write([good, new Change.Holds(Of("/m/c\0.wav", 3))]));
        Assert.Throws<ArgumentException>(() => c.Write([good, new Change.Holds(Of("/m/c\uD800.wav", 3))]));
        Assert.Throws<ArgumentException>(() => c.Write([good, new Change.Holds(Of("/m/c.wav", 3) with { Facts = new SoundFacts(double.NaN, 1, 1, 1) })]));
        NewSegments segments = Segments("k", "r", 3, 2);
        Assert.Throws<Numerics.ShapeException>(() => c.Write([good, new Change.Holds(Of("/m/c.wav", 3), null, segments with { Values = new float[5] })]));
        Assert.Throws<Numerics.ShapeException>(() => c.Write([good, new Change.Holds(Of("/m/c.wav", 3), null, segments with { Values = new float[9] })]));
        Assert.Throws<Numerics.ShapeException>(() => c.Write([good, new Change.Holds(Of("/m/c.wav", 3), null, segments with { Spans = [], Values = [] })]));
        Assert.Throws<ArgumentException>(() => c.Write([good, new Change.Holds(Of("/m/c.wav", 3), null, segments with { Values = [1, 2, 3, 4, 5, float.PositiveInfinity] })]));
        Assert.Throws<ArgumentException>(
            () => c.Write([good, new Change.Holds(Of("/m/c.wav", 3), null, segments with { Spans = [new(0, 1), new(-1, 1), new(1, 1)] })]));
        Assert.Equal(["/m/a.wav"], Paths(c.Tracks()));
        Assert.Equal(0, c.Write([good]));
        Assert.Empty(c.Check());
    }

    [SkippableFact]
    public void Text_that_no_database_keeps_is_mended_for_people_only()
    {
        using ICatalogue c = Open();
        c.Write(
        [
            new Change.Holds(Of("/m/a.wav", 1) with { Tags = new TrackTags { Title = "a\0b\uDC00" } }),
            new Change.Fails(new Failure("/m/b.wav", new FileStamp(1, 2), "broken", "x\0", "p", "d")),
        ]);
        Assert.Equal("a\uFFFDb\uFFFD", c.Find("/m/a.wav")!.Tags.Title);
        Assert.Equal("x\uFFFD", c.FindFailure("/m/b.wav")!.Sentence);
    }

    [SkippableFact]
    public async Task Many_threads_and_connections_lose_nothing()
    {
        using ICatalogue one = Open(), other = Open();
        const int Each = 40;
        Task[] workers = [.. Enumerable.Range(0, 4).Select(t => Task.Factory.StartNew(() => Work(t), TaskCreationOptions.LongRunning))];
        await Task.WhenAll(workers);
        Assert.Equal(5 * Each, one.Tracks().Count());
        Assert.Equal(new CatalogueCount(5 * Each, 0, (4 * Each) + one.Tracks("/m/all").Select(t => t.Sound).Distinct().Count(), 4 * Each, 0), other.Count("k"));
        Assert.Empty(other.Check());

        void Work(int t)
        {
            ICatalogue c = t % 2 == 0 ? one : other;
            for (int i = 0; i < Each; i++)
            {
                c.Write([new Change.Holds(Of($"/m/{t}/{i:d3}.wav", (t * Each) + i), Vector("k", t, i)), new Change.Holds(Of($"/m/all/{i:d3}.wav", 100_000 + t))]);
                Assert.NotNull(c.Find($"/m/{t}/{i:d3}.wav"));
                Assert.Equal([t, i], c.Vector(Sha((t * Each) + i), "k")!);
            }
        }
    }
}
