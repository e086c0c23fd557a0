using Euterpe.Numerics;
using Euterpe.Search.Sql;
using Npgsql;

namespace Euterpe.Search.Tests.Catalogues;

/// <summary>What PostgreSQL alone does: addresses, schemas, versions, and connections that break.</summary>
public sealed class PostgresTests : IDisposable
{
    private readonly PostgresPlace place = new();

    public void Dispose() => place.Dispose();

    private ICatalogue Open(PostgresSchema? schema = null, TimeSpan? patience = null) => Catalogue.Postgres(place.Address, create: true, schema, patience);

    [SkippableFact]
    public void The_password_is_shown_nowhere()
    {
        using ICatalogue c = Open();
        Assert.StartsWith("postgres://euterpe@127.0.0.1:", c.Place, StringComparison.Ordinal);
        Assert.EndsWith("?schema=" + place.Schema, c.Place, StringComparison.Ordinal);
        Exception[] errors =
        [
            Assert.Throws<IOException>(() => Catalogue.OpenOrCreate(place.With(user: "nobody"))),
            Assert.Throws<IOException>(() => Catalogue.OpenOrCreate(place.With(database: "none"))),
            Assert.Throws<IOException>(() => Catalogue.OpenOrCreate(place.With(port: 1))),
            Assert.Throws<IOException>(() => Catalogue.OpenOrCreate(place.With(host: "host.invalid"))),
        ];
        Assert.All(errors, e => Assert.DoesNotContain(place.Password, e.ToString(), StringComparison.Ordinal));
        Assert.Contains("refuses this user", errors[0].Message, StringComparison.Ordinal);
        Assert.Contains("is not there", errors[1].Message, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", errors[2].Message, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", errors[3].Message, StringComparison.Ordinal);

        var wrong = Assert.Throws<IOException>(() => Catalogue.OpenOrCreate(place.With(password: "hunter2")));
        Assert.Contains("refuses this user", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", wrong.ToString(), StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("PGPASSWORD") is null)
            Assert.Contains("wants a password", Assert.Throws<IOException>(() => Catalogue.OpenOrCreate(place.With(password: ""))).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void What_is_not_there_is_made_only_where_that_was_asked_for()
    {
        var missing = Assert.Throws<FileNotFoundException>(() => Catalogue.OpenExisting(place.Address));
        Assert.Contains("There is no catalogue", missing.Message, StringComparison.Ordinal);
        Assert.Null(place.Run($"select 1 from pg_namespace where nspname = '{place.Schema}'"));
        Open().Dispose();
        Catalogue.OpenExisting(place.Address).Dispose();
    }

    [SkippableFact]
    public void Other_peoples_tables_and_newer_versions_are_refused()
    {
        place.Run($"create schema {place.Schema}; create table {place.Schema}.track (a int)");
        Assert.Contains("another program", Assert.Throws<FileFormatException>(() => Open()).Message, StringComparison.Ordinal);
        Assert.Contains("another program", Assert.Throws<FileFormatException>(() => Catalogue.OpenExisting(place.Address)).Message, StringComparison.Ordinal);
        place.Run("drop table track");
        Open().Dispose();
        place.Run("update euterpe_catalogue set version = 99");
        Assert.Contains("version 99", Assert.Throws<FileFormatException>(() => Open()).Message, StringComparison.Ordinal);
        Assert.Contains("version 99", Assert.Throws<FileFormatException>(() => Catalogue.OpenExisting(place.Address)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_older_version_is_brought_up_to_date_by_its_steps_or_not_at_all()
    {
        PostgresSchema now = PostgresSchema.Newest;
        string id;
        using (ICatalogue c = Open())
            id = c.Id;
        var broken = now with { Version = now.Version + 2, Steps = [.. now.Steps, "alter table track add column mood text", "create table track (a int)"] };
        Assert.Throws<IOException>(() => Open(broken));
        Assert.Equal((long)now.Version, place.Run("select version from euterpe_catalogue"));
        Open().Dispose();

        var newer = now with { Version = now.Version + 2, Steps = [.. now.Steps, "alter table track add column mood text", "create index track_mood on track (mood)"] };
        using (ICatalogue c = Open(newer))
            Assert.Equal(id, c.Id);
        Assert.Equal((long)newer.Version, place.Run("select version from euterpe_catalogue"));
        Assert.Throws<FileFormatException>(() => Open());
        Open(newer).Dispose();
    }

    [SkippableFact]
    public void A_database_of_another_encoding_is_refused()
    {
        string name = "d" + place.Schema;
        place.Run($"create database {name} encoding 'LATIN1' locale 'C' locale_provider libc template template0");
        try
        {
            Assert.Contains("LATIN1", Assert.Throws<FileFormatException>(() => Catalogue.OpenOrCreate(place.With(database: name))).Message, StringComparison.Ordinal);
        }
        finally
        {
            place.Run($"drop database {name} with (force)");
        }
    }

    [SkippableFact]
    public async Task Several_that_make_one_catalogue_at_once_get_the_same()
    {
        Task<string>[] opened = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
        {
            using ICatalogue c = Open();
            return c.Id;
        }, TaskCreationOptions.LongRunning))];
        Assert.Single((await Task.WhenAll(opened)).Distinct());
    }

    [SkippableFact]
    public void Who_may_only_read_reads_and_is_told_that_writing_fails()
    {
        using (ICatalogue c = Open())
            c.Write([new Change.Vanishes("/m/never")]);
        string reader = "r" + place.Schema;
        place.Run($"create role {reader} login password 'secret'; grant usage on schema {place.Schema} to {reader}; grant select on all tables in schema {place.Schema} to {reader}");
        try
        {
            using ICatalogue c = Catalogue.OpenExisting(place.With(user: reader, password: "secret"));
            Assert.Empty(c.Tracks());
            Assert.Contains("does not allow this", Assert.Throws<IOException>(() => c.Set("a", "b")).Message, StringComparison.Ordinal);
            place.Run($"alter role {reader} set default_transaction_read_only = on");
            using ICatalogue d = Catalogue.OpenExisting(place.With(user: reader, password: "secret"));
            Assert.ThrowsAny<IOException>(() => d.Set("a", "b"));
        }
        finally
        {
            place.Run($"drop owned by {reader}; drop role {reader}");
        }
    }

    [SkippableFact]
    public void The_vectors_are_numbers_in_sql_too()
    {
        float[] values = [0, -0f, 1, -1.5f, 0.1f, float.Epsilon, -1.17549435E-38f, float.MaxValue, 3.14159274f, 1e-40f];
        using ICatalogue c = Open();
        c.Write([new Change.Holds(
            new Track("/m/a", new FileStamp(1, 2), 1.ToString("x64"), 2.ToString("x64"), new SoundFacts(1, 1, 1, 1), false),
            new NewVector("k", "m", values, new Provenance("p", "d", "m")))]);
        using NpgsqlConnection connection = place.Connect();
        using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = "select floats(data) from vector";
        Assert.Equal(values, (float[])command.ExecuteScalar()!);
    }

    [SkippableFact]
    public void A_view_for_pgvector_is_there_where_the_extension_is()
    {
        if (place.Run("select 1 from pg_available_extensions where name = 'vector'") is null)
            throw new NotHereException("the server has no pgvector");
        string name = "d" + place.Schema;
        place.Run($"create database {name}");
        try
        {
            Catalogue.OpenOrCreate(place.With(database: name)).Dispose();
            place.Run("create extension vector schema public", name);
            using (ICatalogue c = Catalogue.OpenOrCreate(place.With(database: name)))
            {
                c.Write([new Change.Holds(
                    new Track("/m/a", new FileStamp(1, 2), 1.ToString("x64"), 2.ToString("x64"), new SoundFacts(1, 1, 1, 1), false),
                    new NewVector("k", "m", [0.6f, 0.8f], new Provenance("p", "d", "m")))]);
            }

            Assert.Equal("/m/a", place.Run("select path from embedding where vector operator(public.<=>) '[0.6,0.8]' < 0.001", name));
            place.Run("create index on vector using hnsw ((floats(data)::public.vector(2)) public.vector_cosine_ops)", name);
            place.Run("drop extension vector cascade", name);
            Catalogue.OpenOrCreate(place.With(database: name)).Dispose();
        }
        finally
        {
            place.Run($"drop database {name} with (force)");
        }
    }

    [SkippableFact]
    public void Both_databases_have_the_same_tables_and_version()
    {
        using ICatalogue c = Open();
        using var sqlite = new Microsoft.Data.Sqlite.SqliteConnection("Data Source=:memory:");
        sqlite.Open();
        using Microsoft.Data.Sqlite.SqliteCommand make = sqlite.CreateCommand();
        make.CommandText = SqliteSchema.Create;
        make.ExecuteNonQuery();
        make.CommandText = """
            select m.name || '.' || c.name from sqlite_schema m join pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite_%' order by 1
            """;
        var columns = new List<string>();
        using (Microsoft.Data.Sqlite.SqliteDataReader reader = make.ExecuteReader())
        {
            while (reader.Read())
                columns.Add(reader.GetString(0));
        }

        string? ours = (string?)place.Run(
            $"""
            select string_agg(table_name || '.' || column_name, ' ' order by (table_name || '.' || column_name) collate "C") from information_schema.columns
            where table_schema = '{place.Schema}' and table_name not in ('euterpe_catalogue', 'embedding')
            """);
        Assert.Equal(string.Join(' ', columns.Order(StringComparer.Ordinal)), ours);
        Assert.Equal(SqliteSchema.Version, PostgresSchema.Newest.Version);
        Assert.Equal(PostgresSchema.Newest.Version - PostgresSchema.First, PostgresSchema.Newest.Steps.Count);
        Assert.Null(place.Run(
            $"""
            select table_name from information_schema.columns where table_schema = '{place.Schema}' and data_type = 'text' and collation_name is distinct from 'C'
            and table_name <> 'embedding' limit 1
            """));
    }
}
