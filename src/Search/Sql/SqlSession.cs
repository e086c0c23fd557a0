using System.Data.Common;

namespace Euterpe.Search.Sql;

/// <summary>One connection with its prepared commands, used by one thread at a time.</summary>
internal sealed class SqlSession(DbConnection connection, SqlDialect dialect, string place) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, DbCommand> commands = [];
    private DbTransaction? transaction;

    public DbConnection Connection => connection;

    public SqlDialect Dialect => dialect;

    public string Place => place;

    /// <summary>Runs <paramref name="work"/> alone, with the database's errors made readable.</summary>
    public T Alone<T>(Func<T> work)
    {
        lock (gate)
        {
            try
            {
                return work();
            }
            catch (DbException e) when (dialect.Translate(e, place) is { } better)
            {
                throw better;
            }
        }
    }

    /// <summary>All of <paramref name="work"/> or nothing, durably.</summary>
    public T InTransaction<T>(Func<T> work) => Run(work, keep: true);

    /// <summary>Does all of <paramref name="work"/>, then nothing of it.</summary>
    public T Tentatively<T>(Func<T> work) => Run(work, keep: false);

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
        }
    }

    private T Run<T>(Func<T> work, bool keep) => Alone(() =>
    {
        using DbTransaction running = dialect.Begin(connection);
        transaction = running;
        try
        {
            T result = work();
            if (keep)
                running.Commit();
            return result;
        }
        finally
        {
            transaction = null;
        }
    });

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
