using Microsoft.Data.Sqlite;

namespace Euterpe.Search.Tests.Catalogues;

/// <summary>Makes catalogues as version 1 of the schema had them, by its own text.</summary>
internal static class VersionOne
{
    private const string Schema = """
        create table setting (
            name text primary key,
            value text not null) strict, without rowid;
        create table content (
            id integer primary key,
            sha256 blob not null unique check (length(sha256) = 32),
            seconds real not null,
            rate integer not null,
            channels integer not null,
            frames integer not null) strict;
        create table track (
            id integer primary key,
            path text not null unique,
            size integer not null,
            modified integer not null,
            content integer not null references content (id),
            absent integer not null default 0) strict;
        create index track_content on track (content);
        create table space (
            id integer primary key,
            key text not null unique,
            model text not null,
            dimension integer not null) strict;
        create table provenance (
            id integer primary key,
            program text not null,
            decoder text not null,
            machine text not null,
            unique (program, decoder, machine)) strict;
        create table vector (
            id integer primary key,
            space integer not null references space (id),
            content integer not null references content (id),
            provenance integer not null references provenance (id),
            data blob not null,
            unique (space, content)) strict;
        create table failure (
            path text primary key,
            size integer not null,
            modified integer not null,
            reason text not null,
            sentence text not null,
            program text not null,
            decoder text not null) strict, without rowid;
        """;

    public static string Sha(int i) => i.ToString("x64");

    /// <summary>Sounds 1 to <paramref name="count"/> with a vector of three numbers each; two absent files, one bad one.</summary>
    public static void Make(string path, int count)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Run("pragma journal_mode = wal");
        using SqliteTransaction all = connection.BeginTransaction();
        Run(Schema);
        Run($"pragma application_id = {0x45555450}; pragma user_version = 1");
        Run("insert into setting values ('model', 'signature'), ('key', 'key/1'), ('dimension', '3'), ('other', 'x')");
        Run("insert into space values (4, 'key/1', 'signature', 3)");
        Run("insert into provenance values (6, 'euterpe 0', 'own', 'm')");
        for (int i = 1; i <= count; i++)
        {
            string data = Convert.ToHexString([.. new[] { (float)i, 1, 2 }.SelectMany(BitConverter.GetBytes)]);
            Run(FormattableString.Invariant($"insert into content values ({i}, x'{Sha(i)}', {i}.5, 44100, 2, {(i * 44100) + 22050})"));
            Run($"insert into track values ({i + 1000}, '/m/{i:d3}.wav', {i + 100}, {i + 200}, {i}, 0)");
            Run($"insert into vector values ({i}, 4, {i}, 6, x'{data}')");
        }

        Run("insert into track values (900, '/copy of 7.wav', 1, 2, 7, 1), (901, '/gone.wav', 1, 2, 8, 1)");
        Run("insert into failure values ('/m/bad.wav', 5, 6, 'broken', 'It is.', 'euterpe 0', 'own')");
        all.Commit();

        void Run(string sql)
        {
            foreach (string statement in sql.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                using SqliteCommand command = connection.CreateCommand();
                command.CommandText = statement;
                command.ExecuteNonQuery();
            }
        }
    }
}
