using System.Globalization;
using Euterpe.Numerics;
using Microsoft.Data.Sqlite;

namespace Euterpe.Search;

/// <summary>A catalogue in one SQLite file: write-ahead log, <c>synchronous=FULL</c>. One connection, used by one thread at a time.</summary>
public sealed partial class SqliteCatalogue : ICatalogue
{
    private readonly SqliteConnection _connection;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SqliteCommand> _commands = [];
    private EmbedderChoice? _embedder;
    private SqliteTransaction? _transaction;

    private SqliteCatalogue(string place, SqliteConnection connection)
    {
        Place = place;
        _connection = connection;
    }

    /// <inheritdoc/>
    public string Place { get; }

    /// <inheritdoc/>
    public EmbedderChoice? Embedder => _embedder;

    /// <summary>Opens the catalogue at <paramref name="path"/>, or makes one there (with its folder).</summary>
    public static SqliteCatalogue OpenOrCreate(string path)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new FileFormatException($"[catalogue] {full} is a folder. Hint: name a file in it, such as {Path.Combine(path, "catalogue.db")}.");
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return Open(full, SqliteOpenMode.ReadWriteCreate);
    }

    /// <summary>Opens the catalogue at <paramref name="path"/>; a missing file is a <see cref="FileNotFoundException"/>.</summary>
    public static SqliteCatalogue OpenExisting(string path)
    {
        string full = Path.GetFullPath(path);
        if (!File.Exists(full))
            throw new FileNotFoundException($"[catalogue] There is no catalogue at {full}. Hint: euterpe index FOLDER makes one.", full);
        return Open(full, SqliteOpenMode.ReadWrite);
    }

    /// <inheritdoc/>
    public void Choose(EmbedderChoice choice)
    {
        lock (_gate)
        {
            InTransaction(() =>
            {
                const string Sql = "insert into setting (name, value) values ($name, $value) on conflict (name) do update set value = excluded.value";
                Execute(Sql, ("$name", "model"), ("$value", choice.Model));
                Execute(Sql, ("$name", "key"), ("$value", choice.Key));
                Execute(Sql, ("$name", "dimension"), ("$value", choice.Dimension.ToString(CultureInfo.InvariantCulture)));
                Execute(Sql, ("$name", "precision"), ("$value", choice.Precision));
                Execute(Sql, ("$name", "frames"), ("$value", choice.Frames));
            });
            _embedder = choice;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (SqliteCommand command in _commands.Values)
                command.Dispose();
            _commands.Clear();
            _connection.Dispose();
        }
    }

    private static SqliteCatalogue Open(string full, SqliteOpenMode mode)
    {
        var text = new SqliteConnectionStringBuilder { DataSource = full, Mode = mode, Pooling = false, DefaultTimeout = 30 };
        var connection = new SqliteConnection(text.ToString());
        var catalogue = new SqliteCatalogue(full, connection);
        try
        {
            catalogue.Guarded(() =>
            {
                connection.Open();
                catalogue.CheckOrCreate();
                return true;
            });
            return catalogue;
        }
        catch
        {
            catalogue.Dispose();
            throw;
        }
    }

    private void CheckOrCreate()
    {
        long application = (long)Scalar("pragma application_id")!;
        long version = (long)Scalar("pragma user_version")!;
        long objects = (long)Scalar("select count(*) from sqlite_schema")!;
        if (application != Schema.ApplicationId && objects > 0)
            throw new FileFormatException($"[catalogue] {Place} is a database of another program. Hint: choose another file with --catalogue.");
        if (version > Schema.Version)
        {
            throw new FileFormatException($"[catalogue] {Place} has version {version}, and this program knows versions up to {Schema.Version}. "
                + "Hint: use the newer Euterpe that made it.");
        }

        Execute("pragma journal_mode = wal");
        Execute("pragma synchronous = full");
        Execute("pragma foreign_keys = on");
        if (objects == 0)
        {
            InTransaction(() =>
            {
                if ((long)Scalar("select count(*) from sqlite_schema")! != 0) // two programs may have opened the new file at once
                    return;
                Execute(Schema.Create);
                Execute(string.Create(CultureInfo.InvariantCulture, $"pragma application_id = {Schema.ApplicationId}"));
                Execute(string.Create(CultureInfo.InvariantCulture, $"pragma user_version = {Schema.Version}"));
            });
        }

        if (Setting("model") is { } model && Setting("key") is { } key && Setting("dimension") is { } dimension)
        {
            _embedder = new EmbedderChoice(
                model, key, int.Parse(dimension, CultureInfo.InvariantCulture), Setting("precision") ?? "f32", Setting("frames") ?? "");
        }
    }

    private string? Setting(string name) => (string?)Scalar("select value from setting where name = $name", ("$name", name));

    private SqliteCommand Command(string sql, ReadOnlySpan<(string Name, object Value)> values)
    {
        if (!_commands.TryGetValue(sql, out SqliteCommand? command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            foreach ((string name, object value) in values)
                command.Parameters.AddWithValue(name, value);
            _commands.Add(sql, command);
        }

        foreach ((string name, object value) in values)
            command.Parameters[name].Value = value;
        command.Transaction = _transaction;
        return command;
    }

    private void Execute(string sql, params ReadOnlySpan<(string Name, object Value)> values) => Command(sql, values).ExecuteNonQuery();

    private object? Scalar(string sql, params ReadOnlySpan<(string Name, object Value)> values) => Command(sql, values).ExecuteScalar();

    /// <summary>All of <paramref name="work"/> or nothing.</summary>
    private void InTransaction(Action work) => Guarded(() =>
    {
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        _transaction = transaction;
        try
        {
            work();
            transaction.Commit();
            return true;
        }
        finally
        {
            _transaction = null;
        }
    });

    /// <summary>Turns the database's own errors into ones that name the file and what to do.</summary>
    private T Guarded<T>(Func<T> work)
    {
        const int Busy = 5, Locked = 6, ReadOnly = 8, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;
        try
        {
            return work();
        }
        catch (SqliteException e)
        {
            string what = e.SqliteErrorCode switch
            {
                Busy or Locked => "is in use by another program that does not let go. Hint: wait until its index run has ended.",
                ReadOnly => "cannot be written to. Hint: check the rights of the file and its folder.",
                Corrupt => $"is damaged ({e.Message}). Hint: restore a copy, or index again into a new file.",
                Full => "cannot grow: the disk is full.",
                CannotOpen => "cannot be opened. Hint: check the rights of the file and its folder.",
                NotADatabase => "is not a catalogue of Euterpe. Hint: choose another file with --catalogue.",
                _ => $"failed: {e.Message}",
            };
            if (e.SqliteErrorCode is Corrupt or NotADatabase)
                throw new FileFormatException($"[catalogue] {Place} {what}", e);
            throw new IOException($"[catalogue] {Place} {what}", e);
        }
    }
}
