using System.Data;
using System.Data.Common;

namespace Euterpe.Search.Sql;

/// <summary>One connection with its prepared commands, used by one thread at a time.</summary>
internal sealed class SqlSession(DbConnection connection, SqlDialect dialect, string place) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, DbCommand> commands = [];
    private DbTransaction? transaction;
    private bool opened, disposed;

    public DbConnection Connection => connection;

    public SqlDialect Dialect => dialect;

    public string Place => place;

    /// <summary>Connects and makes the tables ready. What fails here is not tried again.</summary>
    public void Open()
    {
        Alone(() =>
        {
            connection.Open();
            dialect.Prepare(this);
            return true;
        });
        opened = true;
    }

    /// <summary>
    /// Runs <paramref name="work"/> alone, with the database's errors made readable. Where the database was only lost for a while it runs again, so it must not leave anything
    /// behind when it fails.
    /// </summary>
    public T Alone<T>(Func<T> work)
    {
        lock (gate)
        {
            for (int attempt = 0; ; attempt++)
            {
                ObjectDisposedException.ThrowIf(disposed, this);
                if (opened && transaction is null && connection.State is not ConnectionState.Open)
                    Restoring(() => dialect.Reconnect(this));
                try
                {
                    return work();
                }
                catch (Exception e) when (dialect.IsOwn(e))
                {
                    // Inside a transaction: whoever began it runs it again, or tells. (Asked here, where all that the work held is let go, and not in the filter.)
                    if (transaction is not null)
                        throw;
                    if (opened && Restoring(() => dialect.Recover(this, e, attempt)))
                        continue;
                    if (dialect.Translate(e, place) is { } better)
                        throw better;
                    throw;
                }
            }
        }
    }

    /// <summary>All of <paramref name="work"/> or nothing, durably.</summary>
    /// <param name="beside">Other writers may run at the same time: for changes of the queue that are short.</param>
    public T InTransaction<T>(Func<T> work, bool beside = false) => Run(work, keep: true, beside);

    /// <summary>Does all of <paramref name="work"/>, then nothing of it.</summary>
    public T Tentatively<T>(Func<T> work) => Run(work, keep: false, beside: false);

    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> values) => Command(sql, values).ExecuteNonQuery();

    /// <summary>The first value of the first row; null where there is no row or it is null.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> values) =>
        Command(sql, values).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>All rows; for results whose size is bounded.</summary>
    public List<T> Rows<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var rows = new List<T>();
        using DbDataReader reader = Command(sql, values).ExecuteReader();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }

    /// <summary>Every row, as it comes.</summary>
    public void ForEach(string sql, Action<DbDataReader> read, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using DbDataReader reader = Command(sql, values).ExecuteReader();
        while (reader.Read())
            read(reader);
    }

    /// <summary>The first row; default where there is none.</summary>
    public T? First<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using DbDataReader reader = Command(sql, values).ExecuteReader();
        return reader.Read() ? read(reader) : default;
    }

    public void Dispose()
    {
        lock (gate)
        {
            foreach (DbCommand command in commands.Values)
                command.Dispose();
            commands.Clear();
            connection.Dispose();
            disposed = true;
        }
    }

    private bool Restoring(Func<bool> attempt)
    {
        try
        {
            return attempt();
        }
        catch (Exception e) when (dialect.IsOwn(e) && dialect.Translate(e, place) is { } better)
        {
            throw better;
        }
    }

    private T Run<T>(Func<T> work, bool keep, bool beside)
    {
        bool unsure = false;
        T result = default!;
        return Alone(() =>
        {
            // The connection broke while it was committed: the transaction may have reached the database or not.
            if (unsure && dialect.WasCommitted(this))
                return result;
            unsure = false;
            using DbTransaction running = dialect.Begin(this, beside);
            transaction = running;
            try
            {
                result = work();
                unsure = keep;
                if (keep)
                    running.Commit();
                return result;
            }
            finally
            {
                transaction = null;
            }
        });
    }

    private DbCommand Command(string sql, ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (!commands.TryGetValue(sql, out DbCommand? command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            foreach ((string name, _) in values)
            {
                DbParameter parameter = command.CreateParameter();
                parameter.ParameterName = name;
                command.Parameters.Add(parameter);
            }

            commands.Add(sql, command);
        }

        for (int i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i].Value ?? DBNull.Value;
        command.Transaction = transaction;
        return command;
    }
}
