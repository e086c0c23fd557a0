using Euterpe.Numerics;
using Microsoft.Data.Sqlite;

namespace Euterpe.Search.Tests;

public sealed class CatalogueTests : IDisposable
{
    private static readonly Provenance Here = new("euterpe 0", "own", "test");
    private readonly string _folder = Directory.CreateTempSubdirectory("euterpe-search-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_found_again_after_reopening()
    {
        string sha = Sha(1);
        using (ICatalogue made = Open())
        {
            made.Choose(new EmbedderChoice("signature", "k1", 3));
            made.Write([new Change.Holds(Of("/m/a.wav", sha), Vector("k1", 1, 0, 0))]);
        }

        using ICatalogue again = Catalogue.OpenExisting(At("c.db"));
        Assert.Equal(new EmbedderChoice("signature", "k1", 3), again.Embedder);
        Assert.Equal(Of("/m/a.wav", sha), again.Find("/m/a.wav"));
        Assert.Equal("/m/a.wav", Assert.Single(again.FindSound(sha)).Path);
        Assert.Equal([1f, 0f, 0f], again.Vector(sha, "k1")!);
        Assert.True(again.HasVector(sha, "k1"));
        Assert.False(again.HasVector(sha, "k2"));
        Assert.Null(again.Find("/m/b.wav"));
        Assert.Equal(new CatalogueCount(1, 0, 1, 1, 0), again.Count("k1"));
    }

    [Fact]
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
            changes.Add(new Change.Holds(Of(path, Sha(i)), Vector("k", v)));
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

    [Fact]
    public void Vectors_of_other_keys_are_not_seen()
    {
        using ICatalogue c = Open();
        c.Write([new Change.Holds(Of("/m/a.wav", Sha(1)), Vector("k1", 1, 0)), new Change.Holds(Of("/m/b.wav", Sha(2)), Vector("k2", 1, 0, 0))]);
        Assert.Equal("/m/a.wav", Assert.Single(c.Nearest([1, 0], "k1", 9)).Path);
        Assert.Equal("/m/b.wav", Assert.Single(c.Nearest([1, 0, 0], "k2", 9)).Path);
        Assert.Empty(c.Nearest([1, 0], "k3", 9));
        Assert.Throws<ShapeException>(() => c.Nearest([1, 0], "k2", 9));
        Assert.Throws<ShapeException>(() => c.Write([new Change.Holds(Of("/m/c.wav", Sha(3)), Vector("k1", 1, 0, 0))]));
        Assert.Null(c.Find("/m/c.wav")); // all of a write or nothing
    }

    [Fact]
    public void A_failure_hides_the_track_and_a_sound_ends_the_failure()
    {
        using ICatalogue c = Open();
        var failure = new Failure("/m/a.wav", new FileStamp(5, 6), "broken", "It is broken.", "p", "d");
        c.Write([new Change.Holds(Of("/m/a.wav", Sha(1)), Vector("k", 1, 0)), new Change.Fails(failure)]);
        Assert.True(c.Find("/m/a.wav")!.Absent);
        Assert.Equal(failure, c.FindFailure("/m/a.wav"));
        Assert.Equal([failure], c.Failures("/m"));
        Assert.Empty(c.Failures("/n"));
        Assert.Empty(c.Nearest([1, 0], "k", 9));
        Assert.Equal(["/m/a.wav"], c.PathsBelow("/m"));

        c.Write([new Change.Holds(Of("/m/a.wav", Sha(1)), null)]);
        Assert.Null(c.FindFailure("/m/a.wav"));
        Assert.Single(c.Nearest([1, 0], "k", 9));

        c.Write([new Change.Vanishes("/m/a.wav")]);
        Assert.True(c.Find("/m/a.wav")!.Absent);
        Assert.Equal(new CatalogueCount(0, 1, 1, 0, 0), c.Count("k"));
        Assert.Single(c.FindSound(Sha(1)));
    }

    [Fact]
    public void Paths_below_a_folder_are_its_own_and_come_in_pages()
    {
        using ICatalogue c = Open();
        c.Write([.. Enumerable.Range(0, 2100).Select(i => new Change.Holds(Of($"/m/x/{i:d4}.wav", Sha(i)), null))]);
        c.Write([new Change.Holds(Of("/m/x.wav", Sha(1)), null), new Change.Holds(Of("/m/x0/a.wav", Sha(1)), null)]);
        Assert.Equal(Enumerable.Range(0, 2100).Select(i => $"/m/x/{i:d4}.wav"), c.PathsBelow("/m/x/"));
        Assert.Equal(2102, c.PathsBelow("/").Count());
        Assert.Equal("/m/x/0007.wav", Assert.Single(c.FindByTail("0007.wav", 2)).Path);
        Assert.Empty(c.FindByTail("007.wav", 2));
    }

    [Fact]
    public void A_newer_catalogue_another_database_and_no_database_are_refused()
    {
        Open().Dispose();
        Run("c.db", "pragma user_version = 99");
        var newer = Assert.Throws<FileFormatException>(Open);
        Assert.Contains("version 99", newer.Message, StringComparison.Ordinal);

        Run("other.db", "create table t (a)");
        Assert.Throws<FileFormatException>(() => Catalogue.OpenOrCreate(At("other.db")));
        File.WriteAllText(At("text.db"), new string('x', 5000));
        Assert.Throws<FileFormatException>(() => Catalogue.OpenOrCreate(At("text.db")));
        Assert.Throws<FileNotFoundException>(() => Catalogue.OpenExisting(At("none.db")));
        Assert.Throws<FileFormatException>(() => Catalogue.OpenOrCreate(_folder));
    }

    [Fact]
    public void A_vector_that_is_not_finite_is_refused()
    {
        using ICatalogue c = Open();
        Assert.Throws<ArgumentException>(() => c.Write([new Change.Holds(Of("/m/a.wav", Sha(1)), Vector("k", 1, float.NaN))]));
    }

    // Weyl's sequence: spread enough for a search.
    private static float Number(int i, int k) => (uint)(((i * 131) + k + 1) * 2654435769u) / 4294967296f - 0.5f;

    private static string Sha(int i) => i.ToString("x64");

    private static Track Of(string path, string sha) => new(path, new FileStamp(1, 2), Sha(0), sha, new SoundFacts(1.5, 44100, 2, 66150), false);

    private static NewVector Vector(string key, params float[] values) => new(key, "signature", values, Here);

    private string At(string name) => Path.Combine(_folder, name);

    private ICatalogue Open() => Catalogue.OpenOrCreate(At("c.db"));

    private void Run(string name, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={At(name)};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
