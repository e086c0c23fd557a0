using Npgsql;

namespace Euterpe.Testing;

/// <summary>A schema of its own in the PostgreSQL that EUTERPE_POSTGRES names, gone with the test.</summary>
internal sealed class PostgresPlace : IDisposable
{
    private readonly string server = Environment.GetEnvironmentVariable("EUTERPE_POSTGRES") is { Length: > 0 } found ? found
        : throw new NotHereException("EUTERPE_POSTGRES is not set: export EUTERPE_POSTGRES=$(tools/shell/postgres.sh start)");

    public string Schema { get; } = "t" + Guid.NewGuid().ToString("n");

    /// <summary>The address of a catalogue in the schema.</summary>
    public string Address => $"{server}?schema={Schema}";

    public string Password => new Uri(server).UserInfo.Split(':')[1];

    /// <summary>The address with another part in it.</summary>
    public string With(string? user = null, string? password = null, string? host = null, int? port = null, string? database = null)
    {
        var uri = new Uri(server);
        string[] who = uri.UserInfo.Split(':');
        return $"postgres://{user ?? who[0]}:{password ?? who[1]}@{host ?? uri.Host}:{port ?? uri.Port}/{database ?? uri.AbsolutePath[1..]}?schema={Schema}";
    }

    public NpgsqlConnection Connect(string? database = null)
    {
        var uri = new Uri(server);
        string[] who = uri.UserInfo.Split(':');
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port,
            Username = who[0],
            Password = who[1],
            Database = database ?? uri.AbsolutePath[1..],
            SearchPath = Schema,
            Pooling = false,
        }.ToString());
        connection.Open();
        return connection;
    }

    /// <summary>Runs SQL; returns the first value.</summary>
    public object? Run(string sql, string? database = null)
    {
        using NpgsqlConnection connection = Connect(database);
        using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }

    /// <summary>Ends all connections that have this schema in their path, but the one that asks; returns how many.</summary>
    public long EndConnections(string application) => (long)Run(
        $"select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = '{application}' and pid <> pg_backend_pid()")!;

    public void Dispose() => Run($"drop schema if exists {Schema} cascade");
}
