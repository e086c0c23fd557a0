using Euterpe.Numerics;

namespace Euterpe.Search.Tests.Catalogues;

// Vectors, segments, spaces, identities, pruning.
public abstract partial class CatalogueContract
{
    [SkippableFact]
    public void Nearest_equals_a_sort_of_all_scores_with_ties_by_path()
    {
        using ICatalogue c = Open();
        const int Count = 2500, Dimension = 19; // more than two blocks, and a tail of lanes
        var changes = new List<Change>();
        var rows = new List<(string Path, float[] Vector)>();
        for (int i = 0; i < Count; i++)
        {
            // Every tenth vector repeats the one before it: ties.
            float[] v = i % 10 == 9 ? rows[^1].Vector : [.. Enumerable.Range(0, Dimension).Select(k => Number(i, k))];
            string path = $"/m/{(i * 7919) % Count:d5}.wav";
            rows.Add((path, v));
            changes.Add(new Change.Holds(Of(path, i), Vector("k", v)));
        }

        c.Write(changes);
        float[] query = [.. Enumerable.Range(0, Dimension).Select(k => Number(Count, k))];
        var expected = rows.Select(r => (r.Path, Score: Score(query, r.Vector))).OrderByDescending(r => r.Score)
            .ThenBy(r => r.Path, StringComparer.Ordinal).Take(300).ToList();
        var found = c.Nearest(query, "k", 300).Select(m => (m.Path, m.Score)).ToList();
        Assert.Equal(expected, found);
        Assert.Equal(expected.Skip(1), c.Nearest(query, "k", 299, expected[0].Path).Select(m => (m.Path, m.Score)));

        static float Score(float[] query, float[] row)
        {
            float[] score = new float[1];
            DotRows.Reference(query, row, score);
            return score[0];
        }
    }

    [SkippableFact]
    public void Vectors_of_other_keys_are_not_seen()
    {
        using ICatalogue c = Open();
        c.Write([new Change.Holds(Of("/m/a.wav", 1), Vector("k1", 1, 0)), new Change.Holds(Of("/m/b.wav", 2), Vector("k2", 1, 0, 0))]);
        Assert.Equal("/m/a.wav", Assert.Single(c.Nearest([1, 0], "k1", 9)).Path);
        Assert.Equal("/m/b.wav", Assert.Single(c.Nearest([1, 0, 0], "k2", 9)).Path);
        Assert.Empty(c.Nearest([1, 0], "k3", 9));
        Assert.Throws<ShapeException>(() => c.Nearest([1, 0], "k2", 9));
        Assert.Equal([new Space("k1", "signature", 2, 1, 0), new Space("k2", "signature", 3, 1, 0)], c.Spaces());
    }

    [SkippableFact]
    public void Ids_are_never_used_again_and_tell_what_is_new()
    {
        using ICatalogue c = Open();
        c.Write([.. Enumerable.Range(0, 5).Select(i => new Change.Holds(Of($"/m/{i}.wav", i), Vector("k", i, 0), Segments("k", "10 5", 2, 2)))]);
        c.Write([new Change.Holds(Of("/m/x.wav", 50), Vector("other", 1, 1))]);
        long[] first = [.. c.Vectors("k").Select(v => v.Id)];
        Assert.Equal(first.Order(), first);
        Assert.Equal(Enumerable.Range(0, 5).Select(Sha), c.Vectors("k").Select(v => v.Sound));

        // Replaced: a new id, the old one is gone.
        c.Write([new Change.Holds(Of("/m/1.wav", 1), Vector("k", 9, 9))]);
        StoredVector replaced = Assert.Single(c.Vectors("k", first[^1]));
        Assert.Equal([9f, 9f], replaced.Values);
        Assert.Equal(5, c.Vectors("k").Count());
        Assert.DoesNotContain(first[1], c.TracksOf(first).Keys);

        // Pruned: the ids stay used, though the last is gone.
        c.Write([.. Enumerable.Range(0, 5).Select(i => new Change.Vanishes($"/m/{i}.wav"))]);
        c.Prune();
        Assert.Empty(c.Vectors("k"));
        c.Write([new Change.Holds(Of("/m/new.wav", 8), Vector("k", 1, 0), Segments("k", "10 5", 2, 2))]);
        Assert.True(Assert.Single(c.Vectors("k")).Id > replaced.Id);
        Assert.Single(c.AllSegments("k"));
    }

    [SkippableFact]
    public void Segments_are_kept_with_their_rule_and_replaced_whole()
    {
        using ICatalogue c = Open();
        NewSegments ten = Segments("k", "10 5", 4, 3), five = Segments("k", "5 5", 200, 3);
        c.Write([new Change.Holds(Of("/m/a.wav", 1), Vector("k", 1, 2, 3), ten), new Change.Holds(Of("/m/b.wav", 2), null, five)]);
        Assert.Equal("10 5", c.SegmentRule(Sha(1), "k"));
        Assert.Null(c.SegmentRule(Sha(1), "other"));
        Assert.Null(c.Segments(Sha(3), "k"));
        StoredSegments a = c.Segments(Sha(1), "k")!;
        Assert.Equal(ten.Spans, a.Spans);
        Assert.Equal(ten.Values, a.Values);
        Assert.Equal([new Space("k", "signature", 3, 1, 2)], c.Spaces());
        Assert.Equal([Sha(1), Sha(2)], c.AllSegments("k").Select(s => s.Sound));

        c.Write([new Change.Gains(Sha(1), null, five)]);
        StoredSegments again = c.Segments(Sha(1), "k")!;
        Assert.Equal("5 5", again.Rule);
        Assert.Equal(200, again.Spans.Count);
        Assert.True(again.Id > a.Id);
        Assert.Equal([again.Id], c.AllSegments("k", c.Segments(Sha(2), "k")!.Id).Select(s => s.Id));
        Assert.Throws<ShapeException>(() => c.Write([new Change.Gains(Sha(1), null, Segments("k", "r", 2, 5))]));
        Assert.Equal(1, c.Write([new Change.Gains(Sha(99), Vector("k", 1, 2, 3))]));
        Assert.Empty(c.Check());
    }

    [SkippableFact]
    public void Tracks_of_ids_are_the_present_ones_by_path()
    {
        using ICatalogue c = Open();
        const int Count = 300;
        c.Write([.. Enumerable.Range(0, Count).Select(i => new Change.Holds(Of($"/m/{i:d3}.wav", i), Vector("k", i, 1), Segments("k", "r", 1, 2)))]);
        c.Write([new Change.Holds(Of("/a/copy.wav", 7)), new Change.Holds(Of("/z/copy.wav", 7)), new Change.Vanishes("/m/008.wav")]);
        long[] ids = [.. c.Vectors("k").Select(v => v.Id)];
        IReadOnlyDictionary<long, IReadOnlyList<Track>> tracks = c.TracksOf([.. ids, ids[3], 123_456_789]);
        Assert.Equal(Count - 1, tracks.Count);
        Assert.Equal(["/a/copy.wav", "/m/007.wav", "/z/copy.wav"], Paths(tracks[ids[7]]));
        Assert.DoesNotContain(ids[8], tracks.Keys);
        Assert.All(ids.Where((_, i) => i is not (7 or 8)), id => Assert.Single(tracks[id]));
        Assert.Empty(c.TracksOf([]));
        long[] segments = [.. c.AllSegments("k").Select(v => v.Id)];
        Assert.Equal(3, c.TracksOf(segments, segments: true)[segments[7]].Count);
    }

    [SkippableFact]
    public void A_sound_of_version_1_is_identified_and_keeps_its_vectors()
    {
        using ICatalogue c = Open();
        Track Old(string path, int file) => Of(path, file) with { FileSha256 = Sha(file), Identified = false };
        c.Write(
        [
            new Change.Holds(Old("/m/a.wav", 1), Vector("k", 1, 0), Segments("k", "r", 2, 2)),
            new Change.Holds(Old("/m/b.wav", 2), Vector("k", 0, 1)),
            new Change.Holds(Old("/m/b2.wav", 2)),
            new Change.Holds(Old("/m/c.wav", 3), Vector("k", 1, 1)),
        ]);
        long id = c.Vectors("k").First().Id;

        // A new identity.
        c.Write([new Change.Identifies(Sha(1), Sha(101))]);
        Assert.Equal((Sha(101), true, Sha(1)), (c.Find("/m/a.wav")!.Sound, c.Find("/m/a.wav")!.Identified, c.Find("/m/a.wav")!.FileSha256));
        Assert.Equal([1f, 0f], c.Vector(Sha(101), "k")!);
        Assert.Equal("r", c.SegmentRule(Sha(101), "k"));
        Assert.Null(c.Vector(Sha(1), "k"));
        Assert.Equal(id, c.Vectors("k").First().Id);

        // The identity of a sound that is there: its own vector stays, what it lacks it takes over.
        c.Write([new Change.Identifies(Sha(2), Sha(101))]);
        Assert.Equal([1f, 0f], c.Vector(Sha(101), "k")!);
        Assert.Equal(["/m/a.wav", "/m/b.wav", "/m/b2.wav"], Paths(c.FindSound(Sha(101), 9)));
        c.Write([new Change.Holds(Of("/m/d.wav", 200)), new Change.Identifies(Sha(3), Sha(200))]);
        Assert.Equal([1f, 1f], c.Vector(Sha(200), "k")!);
        Assert.Equal(new CatalogueCount(5, 0, 2, 5, 0), c.Count("k"));

        // Not known, or identified already: nothing happens. Its own name is an identity too.
        c.Write([new Change.Identifies(Sha(77), Sha(78)), new Change.Identifies(Sha(101), Sha(5))]);
        Assert.Equal(3, c.FindSound(Sha(101), 9).Count);
        c.Write([new Change.Holds(Old("/m/e.wav", 4), Vector("k", 2, 2)), new Change.Identifies(Sha(4), Sha(4))]);
        Assert.True(c.Find("/m/e.wav")!.Identified);
        Assert.Equal([2f, 2f], c.Vector(Sha(4), "k")!);
        Assert.Empty(c.Check());
    }

    [SkippableFact]
    public void Pruning_forgets_what_is_absent_and_what_nothing_refers_to()
    {
        using ICatalogue c = Open();
        c.Choose(new EmbedderChoice("m", "empty", 2));
        c.Write(
        [
            new Change.Holds(Of("/m/a.wav", 1), Vector("k1", 1, 0), Segments("k1", "r", 2, 2)),
            new Change.Holds(Of("/m/b.wav", 2), Vector("k2", 1, 0) with { Provenance = new Provenance("other", "d", "m") }),
            new Change.Holds(Of("/m/copy of b.wav", 2)),
            new Change.Holds(Of("/n/c.wav", 3), Vector("k1", 1, 0)),
            new Change.Holds(Of("/n/d.wav", 4), Vector("k1", 1, 0)),
            new Change.Holds(Of("/n/d.wav", 5), Vector("k1", 1, 0)), // sound 4 has no file any more
            new Change.Vanishes("/m/b.wav"), new Change.Vanishes("/m/copy of b.wav"), new Change.Vanishes("/n/c.wav"),
        ]);
        Assert.Equal(new Pruned(2, 2, 2), c.Prune("/m"));
        Assert.Equal(["/m/a.wav", "/n/c.wav", "/n/d.wav"], Paths(c.Tracks(absent: true)));
        Assert.Equal(["k1"], c.Spaces().Select(s => s.Key));
        Assert.Equal(new Pruned(1, 1, 1), c.Prune());
        Assert.Equal(new Pruned(0, 0, 0), c.Prune());
        Assert.Equal(2, c.Vectors("k1").Count());
        Assert.Equal("r", c.SegmentRule(Sha(1), "k1"));
        Assert.Empty(c.Check());
    }
}
