using Euterpe.Numerics;
using Euterpe.Search.Sql;
using Microsoft.Data.Sqlite;

namespace Euterpe.Search.Tests.Catalogues;

/// <summary>What happens to a catalogue's file: older versions, full disks, other programs, sudden ends.</summary>
public sealed class SqliteTroubleTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_catalogue_of_version_1_is_brought_forward_with_all_that_it_holds()
    {
        string path = folder.File("old.db");
        VersionOne.Make(path, 40);
        using (ICatalogue c = Catalogue.OpenExisting(path))
        {
            Assert.Equal(new EmbedderChoice("signature", "key/1", 3), c.Embedder);
            Assert.Equal("x", c.Setting("other"));
            Assert.Equal(new CatalogueCount(40, 2, 40, 40, 1), c.Count("key/1"));
            Track track = c.Find("/m/007.wav")!;
            Assert.Equal(new Track("/m/007.wav", new FileStamp(107, 207), VersionOne.Sha(7), VersionOne.Sha(7), new SoundFacts(7.5, 44100, 2, 330750), false) { Identified = false }, track);
            Assert.Equal(["/m/007.wav", "/copy of 7.wav"], c.FindSound(VersionOne.Sha(7), 9).Select(t => t.Path));
            Assert.Equal([7f, 1f, 2f], c.Vector(VersionOne.Sha(7), "key/1")!);
            Assert.Equal(new Provenance("euterpe 0", "own", "m"), c.ProvenanceOf(VersionOne.Sha(7), "key/1"));
            Assert.Equal("broken", c.FindFailure("/m/bad.wav")!.Reason);
            Assert.Equal(Enumerable.Range(1, 40).Select(i => (long)i), c.Vectors("key/1").Select(v => v.Id));
            Assert.Empty(c.Check());
            Assert.Matches("^[0-9a-f]{32}$", c.Id);

            // It is as one that was made new: vectors that are replaced get new ids.
            c.Write([new Change.Gains(VersionOne.Sha(40), new NewVector("key/1", "signature", [1, 2, 3], new Provenance("p", "d", "m")))]);
            Assert.Equal(41, c.Vectors("key/1").Last().Id);
            c.Queue.Add([new WorkItem("/m/a", default)]);
        }

        using (Catalogue.OpenOrCreate(folder.File("new.db")))
        {
        }

        Assert.Equal(Shape(folder.File("new.db")), Shape(path));
    }

    [Fact]
    public void A_migration_that_finds_no_room_leaves_the_old_version_whole()
    {
        string path = folder.File("old.db");
        VersionOne.Make(path, 2000);
        string before = string.Join('\n', Shape(path));
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            long pages = (long)Query(connection, "pragma page_count").Single();
            using var session = new SqlSession(connection, new SqliteDialect(TimeProvider.System), path);
            session.Execute($"pragma max_page_count = {pages + 5}");
            var full = Assert.Throws<IOException>(() => session.Alone(() =>
            {
                session.Dialect.Prepare(session);
                return true;
            }));
            Assert.Contains("the disk is full", full.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, string.Join('\n', Shape(path)));
        using ICatalogue c = Catalogue.OpenExisting(path);
        Assert.Equal(2000, c.Count("key/1").Vectors);
        Assert.Empty(c.Check());
    }

    [Fact]
    public void A_write_that_finds_no_room_changes_nothing_and_later_ones_work()
    {
        string path = folder.File("c.db");
        using ICatalogue c = Catalogue.OpenOrCreate(path);
        c.Write([Holds(1)]);
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        var session = new SqlSession(connection, new SqliteDialect(TimeProvider.System), path);
        using (var limited = new SqlCatalogue(session))
        {
            long pages = (long)Query(connection, "pragma page_count").Single();
            session.Execute($"pragma max_page_count = {pages + 10}");
            var full = Assert.Throws<IOException>(() => limited.Write([.. Enumerable.Range(2, 500).Select(Holds)]));
            Assert.Contains("the disk is full", full.Message, StringComparison.Ordinal);
            Assert.Single(limited.Tracks());
            Assert.Equal(0, limited.Write([Holds(2)]));
        }

        Assert.Equal(2, c.Tracks().Count());
        c.Write([.. Enumerable.Range(3, 500).Select(Holds)]);
        Assert.Empty(c.Check());
    }

    [Fact]
    public void A_catalogue_that_another_program_holds_is_named_after_the_time_that_was_given()
    {
        string path = folder.File("c.db");
        Catalogue.OpenOrCreate(path).Dispose();
        using ICatalogue c = Catalogue.Sqlite(path, SqliteOpenMode.ReadWrite, null, TimeSpan.FromMilliseconds(200));
        using var other = new SqliteConnection($"Data Source={path};Pooling=False");
        other.Open();
        using (SqliteTransaction held = other.BeginTransaction(deferred: false))
        {
            var busy = Assert.Throws<IOException>(() => c.Write([Holds(1)]));
            Assert.Contains("is in use by another program", busy.Message, StringComparison.Ordinal);
            Assert.Throws<IOException>(() => c.Queue.Take("w", 1, TimeSpan.FromSeconds(1)));
            Assert.Empty(c.Tracks()); // reading goes on
        }

        Assert.Equal(0, c.Write([Holds(1)]));
        Assert.Single(c.Tracks());
    }

    [Fact]
    public void A_log_that_was_left_over_is_taken_in_and_a_torn_end_of_it_costs_whole_writes_only()
    {
        string path = folder.File("c.db");
        using ICatalogue c = Catalogue.OpenOrCreate(path);
        for (int i = 0; i < 30; i++)
            c.Write([Holds(2 * i), Holds((2 * i) + 1)]);
        byte[] log = ReadShared(path + "-wal");
        Assert.True(log.Length > 100_000);
        int last = -1;
        foreach (double part in (double[])[1, 0.999, 0.9, 0.5, 0.25, 0.1])
        {
            string copy = folder.File($"copy{part}.db");
            File.WriteAllBytes(copy, ReadShared(path));
            byte[] cut = [.. log[..(int)(log.Length * part)], .. part < 1 ? new byte[777] : []];
            File.WriteAllBytes(copy + "-wal", cut);
            using ICatalogue left = Catalogue.OpenOrCreate(copy);
            int tracks = left.Tracks().Count();
            Assert.Equal(0, tracks % 2);
            Assert.Equal(tracks, left.Vectors("k").Count());
            if (part == 1)
                Assert.Equal(60, tracks);
            Assert.True(last < 0 || tracks <= last, $"{tracks} after {last}");
            last = tracks;
            Assert.Empty(left.Check());
            Assert.Equal(0, left.Write([Holds(100)]));
        }
    }

    [Fact]
    public void A_damaged_file_is_told_as_such()
    {
        string path = folder.File("c.db");
        using (ICatalogue c = Catalogue.OpenOrCreate(path))
            c.Write([.. Enumerable.Range(0, 500).Select(Holds)]);
        byte[] whole = File.ReadAllBytes(path);
        byte[] damaged = [.. whole];
        for (int page = 2; page < damaged.Length / 4096; page++)
            damaged.AsSpan(page * 4096, 100).Fill(0xA5);
        File.WriteAllBytes(path, damaged);
        using (ICatalogue c = Catalogue.OpenOrCreate(path))
        {
            Assert.True(Record.Exception(() => Assert.NotEmpty(c.Check())) is null or FileFormatException);
            Assert.Contains("is damaged", Assert.Throws<FileFormatException>(() => c.Tracks().Count()).Message, StringComparison.Ordinal);
        }

        // Numbers that were changed behind the database's back are found by the check.
        File.WriteAllBytes(path, whole);
        Run(path, "update vector set data = x'0000c07f0000803f' where id = 5; update vector set data = x'00' where id = 7; pragma foreign_keys = off; delete from content where id = 9");
        using ICatalogue again = Catalogue.OpenOrCreate(path);
        IReadOnlyList<string> problems = again.Check();
        Assert.Contains(problems, p => p.Contains("1 vectors of another length", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("tracks without a sound", StringComparison.Ordinal));
        Assert.Contains(problems, p => p.Contains("refers to one that is not there", StringComparison.Ordinal));
        Run(path, "delete from vector where id = 7");
        Assert.Contains(again.Check(), p => p.Contains("is not finite", StringComparison.Ordinal));
    }

    [Fact]
    public void Pruning_much_gives_room_back()
    {
        string path = folder.File("c.db");
        using ICatalogue c = Catalogue.OpenOrCreate(path);
        float[] large = new float[1024];
        c.Write([.. Enumerable.Range(0, 1000).Select(i => Holds(i) with { Vector = new NewVector("large", "m", large, new Provenance("p", "d", "m")) })]);
        Assert.Equal(0, c.Compact());
        c.Write([.. Enumerable.Range(0, 900).Select(i => new Change.Vanishes($"/m/{i}.wav"))]);
        Assert.Equal(new Pruned(900, 900, 900), c.Prune());
        long freed = c.Compact();
        Assert.InRange(freed, 3_000_000, 5_000_000);
        Assert.Equal(100, c.Vectors("large").Count());
        Assert.Equal(901, c.Vectors("large").First().Id);
        Assert.Empty(c.Check());
    }

    private static Change.Holds Holds(int i) => new(
        new Track($"/m/{i}.wav", new FileStamp(1, 2), VersionOne.Sha(i), VersionOne.Sha(i), new SoundFacts(1, 2, 3, 4), false),
        new NewVector("k", "m", [i, 1], new Provenance("p", "d", "m")));

    /// <summary>Tables, columns and indexes, in no order; and the version.</summary>
    private static List<string> Shape(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return
        [
            .. Query(connection, "select 'version ' || user_version || ' ' || (select application_id from pragma_application_id) from pragma_user_version").Cast<string>(),
            .. Query(connection,
                """
                select t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || coalesce(c.dflt_value, '') || ' ' || c.pk
                from sqlite_schema t join pragma_table_info(t.name) c where t.type = 'table' order by 1
                """).Cast<string>(),
            .. Query(connection,
                """
                select t.tbl_name || ' ' || t.name || ' ' || group_concat(c.name) from sqlite_schema t join pragma_index_info(t.name) c
                where t.type = 'index' and t.name not like 'sqlite_%' group by t.name order by 1
                """).Cast<string>(),
        ];
    }

    private static List<object> Query(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<object>();
        while (reader.Read())
            rows.Add(reader.GetValue(0));
        return rows;
    }

    private static void Run(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False;Foreign Keys=False");
        connection.Open();
        foreach (string statement in sql.Split(';'))
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = statement;
            command.ExecuteNonQuery();
        }
    }

    private static byte[] ReadShared(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
