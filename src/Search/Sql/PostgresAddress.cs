using System.Globalization;
using Euterpe.Numerics;
using Npgsql;

namespace Euterpe.Search.Sql;

/// <summary>
/// The address of a catalogue in PostgreSQL: <c>postgres://user:password@host:port/database?schema=NAME</c>, as libpq and many programs write it. What it leaves out comes
/// from the variables and the file of passwords that libpq knows (PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, ~/.pgpass).
/// </summary>
internal sealed class PostgresAddress
{
    public const string DefaultSchema = "euterpe";

    private const int DefaultPort = 5432;

    private const string Known = "schema, host, port, user, password, passfile, dbname, sslmode, sslrootcert, sslcert, sslkey, sslnegotiation, gssencmode, channel_binding, "
        + "connect_timeout, application_name, options";

    private PostgresAddress(NpgsqlConnectionStringBuilder connection, string schema, string place) => (Connection, Schema, Place) = (connection, schema, place);

    /// <summary>How it is reached; holds the password.</summary>
    public NpgsqlConnectionStringBuilder Connection { get; }

    /// <summary>Where the tables lie, so that they meet no others.</summary>
    public string Schema { get; }

    /// <summary>The address without its password.</summary>
    public string Place { get; }

    public static PostgresAddress Parse(string address)
    {
        string rest = address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..];
        (rest, string query) = Cut(rest, '?');
        if (rest.IndexOf('/') is >= 0 and int slash && rest.IndexOf('@', slash) >= 0 || query.Contains('@'))
        {
            // Nothing of it is shown: it may be half a password.
            throw new OptionsException("[catalogue] In the user and the password of an address, : / ? @ and % are written as %3A %2F %3F %40 and %25.");
        }

        (string authority, string database) = Cut(rest, '/');
        int at = authority.LastIndexOf('@');
        (string user, string password) = Cut(at < 0 ? "" : authority[..at], ':');
        (string host, string port) = HostAndPort(authority[(at + 1)..]);
        var values = new Dictionary<string, string>
        {
            ["user"] = Decode(user),
            ["password"] = Decode(password),
            ["host"] = Decode(host),
            ["port"] = port,
            ["dbname"] = Decode(database),
        };
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            (string name, string value) = Cut(pair, '=');
            if (!Known.Split(", ").Contains(name))
                throw new OptionsException($"[catalogue] The address of a catalogue has no parameter '{name}'. It may have {Known}.");
            values[name] = Decode(value);
        }

        string schema = values.GetValueOrDefault("schema") ?? DefaultSchema;
        if (schema.Length is 0 or > 63 || char.IsAsciiDigit(schema[0]) || !schema.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
            throw new OptionsException($"[catalogue] The schema of a catalogue has a name of a-z, 0-9 and _, at most 63 of them, and not '{schema}'.");
        NpgsqlConnectionStringBuilder connection = Build(values, schema);
        return new PostgresAddress(connection, schema, Shown(connection, schema));
    }

    private static NpgsqlConnectionStringBuilder Build(Dictionary<string, string> values, string schema)
    {
        var text = new NpgsqlConnectionStringBuilder
        {
            Host = Or("host", "PGHOST") ?? "localhost",
            Port = Port(Or("port", "PGPORT")),
            Username = Or("user", null),
            Password = Or("password", null),
            Passfile = Or("passfile", null),
            Database = Or("dbname", "PGDATABASE"),
            SearchPath = schema,
            ApplicationName = Or("application_name", "PGAPPNAME") ?? "euterpe",
            Pooling = false,
            // Reading a whole collection, or waiting for another's long write, takes what it takes.
            CommandTimeout = 0,
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            GssEncryptionMode = GssEncryptionMode.Disable,
            // Both ends notice within minutes that the other has vanished; a worker that froze in the middle of a write must not hold up the others.
            TcpKeepAlive = true,
            TcpKeepAliveTime = 30,
            TcpKeepAliveInterval = 10,
            Options = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=6 -c idle_in_transaction_session_timeout=60000",
        };
        if (Or("connect_timeout", "PGCONNECT_TIMEOUT") is { } seconds)
            text.Timeout = Whole("connect_timeout", seconds);
        if (Or("options", "PGOPTIONS") is { } options)
            text.Options += " " + options;
        Set("sslmode", "PGSSLMODE", value => text.SslMode = Enum.Parse<SslMode>(Plain(value), ignoreCase: true));
        Set("sslrootcert", null, value => text.RootCertificate = value);
        Set("sslcert", null, value => text.SslCertificate = value);
        Set("sslkey", null, value => text.SslKey = value);
        Set("sslnegotiation", null, value => text.SslNegotiation = Enum.Parse<SslNegotiation>(Plain(value), ignoreCase: true));
        Set("gssencmode", null, value => text.GssEncryptionMode = Enum.Parse<GssEncryptionMode>(Plain(value), ignoreCase: true));
        Set("channel_binding", null, value => text.ChannelBinding = Enum.Parse<ChannelBinding>(Plain(value), ignoreCase: true));
        return text;

        string? Or(string name, string? variable) => values.GetValueOrDefault(name) is { Length: > 0 } value ? value
            : variable is not null && Environment.GetEnvironmentVariable(variable) is { Length: > 0 } found ? found : null;

        void Set(string name, string? variable, Action<string> set)
        {
            if (Or(name, variable) is not { } value)
                return;
            try
            {
                set(value);
            }
            catch (ArgumentException)
            {
                throw new OptionsException($"[catalogue] {name} of a catalogue's address cannot be '{value}'.");
            }
        }

        static string Plain(string value) => value.Any(char.IsAsciiDigit) ? throw new ArgumentException(value) : value.Replace("-", "", StringComparison.Ordinal);
    }

    private static string Shown(NpgsqlConnectionStringBuilder connection, string schema)
    {
        string user = connection.Username is { } name ? Uri.EscapeDataString(name) + "@" : "";
        string host = connection.Host!.Contains(':') ? $"[{connection.Host}]" : Uri.EscapeDataString(connection.Host);
        string port = connection.Port == DefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{connection.Port}");
        string query = schema == DefaultSchema ? "" : "?schema=" + schema;
        return $"postgres://{user}{host}{port}/{Uri.EscapeDataString(connection.Database ?? "")}{query}";
    }

    private static (string Host, string Port) HostAndPort(string text)
    {
        if (text.StartsWith('[') && text.IndexOf(']') is > 0 and int end)
            return (text[1..end], text[(end + 1)..].TrimStart(':'));
        if (text.Contains(','))
            throw new OptionsException("[catalogue] The address of a catalogue names one host.");
        return Cut(text, ':');
    }

    private static int Port(string? text)
    {
        int port = text is null ? DefaultPort : Whole("port", text);
        return port is > 0 and < 65536 ? port : throw new OptionsException($"[catalogue] A port lies between 1 and 65535, and is {port}.");
    }

    private static int Whole(string name, string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
        : throw new OptionsException($"[catalogue] {name} of a catalogue's address must be a whole number.");

    private static (string, string) Cut(string text, char at) => text.IndexOf(at) is >= 0 and int i ? (text[..i], text[(i + 1)..]) : (text, "");

    private static string Decode(string text) => Uri.UnescapeDataString(text);
}
