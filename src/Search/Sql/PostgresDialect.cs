using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Euterpe.Numerics;
using Npgsql;

namespace Euterpe.Search.Sql;

/// <summary>PostgreSQL 13 or later. The tables lie in a schema of their own, writers take turns by an advisory lock, and a connection that breaks is restored.</summary>
/// <param name="address">Where it is.</param>
/// <param name="create">Whether the tables are made where they are missing.</param>
/// <param name="schema">Which tables; null: those of this program.</param>
/// <param name="patience">How long a lost database is waited for; null: <see cref="Patience"/>.</param>
internal sealed class PostgresDialect(PostgresAddress address, bool create, PostgresSchema? schema = null, TimeSpan? patience = null) : SqlDialect
{
    private const long Oldest = 130_000;

    // One database may hold several catalogues, each in its schema; "EUTP" is the first half of the lock's key.
    private const string TakeTurns = "pg_advisory_xact_lock(1163220048, hashtext(@schema))";

    private const long TicksOf1970 = 621_355_968_000_000_000;

    private readonly PostgresSchema schema = schema ?? PostgresSchema.Newest;
    private readonly TimeSpan patience = patience ?? Patience;
    private string transaction = "";

    /// <summary>How long a database that was lost in the middle of work is waited for.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    public override string SkipLocked => "for update skip locked";

    public override string ForUpdate => " for update";

    public override DbTransaction Begin(SqlSession session, bool beside)
    {
        DbTransaction begun = session.Connection.BeginTransaction();
        try
        {
            // Its number tells later whether it was committed.
            transaction = beside
                ? session.First("select cast(pg_current_xact_id() as text)", r => r.GetString(0))!
                : session.First($"select cast(pg_current_xact_id() as text), {TakeTurns}", r => r.GetString(0), ("@schema", address.Schema))!;
            return begun;
        }
        catch
        {
            begun.Dispose();
            throw;
        }
    }

    // The server's clock, so that machines whose clocks differ agree on leases.
    public override long Now(SqlSession session) =>
        (long)session.Scalar("select cast(floor(extract(epoch from clock_timestamp()) * 10000000) as bigint)")! + TicksOf1970;

    public override IEnumerable<string> Check(SqlSession session)
    {
        // Constraints are the server's care; what may be damaged under them is what it reads here.
        foreach (string table in session.Rows(
            "select conrelid::regclass::text || ': ' || conname from pg_constraint where connamespace = to_regnamespace(@schema) and not convalidated order by 1",
            r => r.GetString(0), ("@schema", address.Schema)))
        {
            yield return $"A constraint does not hold for all rows of {table}.";
        }
    }

    public override void Prepare(SqlSession session)
    {
        Found found = Look(session);
        if (found.Server < Oldest)
            throw new FileFormatException($"[catalogue] {session.Place} is PostgreSQL {found.Server / 10_000}, and 13 or later is needed.");
        if (found.Encoding != "UTF8")
        {
            throw new FileFormatException($"[catalogue] {session.Place} is a database of encoding {found.Encoding}, and UTF8 is needed. "
                + "Hint: createdb --encoding=UTF8 --template=template0 NAME");
        }

        if (found.Version == 0 && !create && found.Objects == 0)
        {
            throw new FileNotFoundException($"[catalogue] There is no catalogue at {session.Place} (no tables in the schema {address.Schema}). "
                + "Hint: euterpe index FOLDER --catalogue ADDRESS makes one.");
        }

        Refuse(session, found);
        if (found.Version < schema.Version)
            session.InTransaction(() => Migrate(session));
        if (found.Extension is { } extension && !found.View)
            OfferVectors(session, extension);
    }

    public override bool IsOwn(Exception e) => e is DbException or SocketException or TimeoutException;

    public override Exception? Translate(Exception e, string place) => PostgresErrors.Translate(e, place);

    public override bool Recover(SqlSession session, Exception e, int attempt)
    {
        const int MostAttempts = 10; // the work itself may be what ends the server's process
        if (attempt >= MostAttempts)
            return false;
        if (attempt > 0)
            Thread.Sleep(Math.Min(10 << attempt, 2000));
        if (PostgresErrors.MayRunAgain(e))
            return true;
        if (!PostgresErrors.IsLost(e))
            return false;
        return Reconnect(session);
    }

    public override bool WasCommitted(SqlSession session)
    {
        while (true)
        {
            switch ((string?)session.Scalar("select pg_xact_status(cast(@xact as xid8))", ("@xact", transaction)))
            {
                case "committed":
                    return true;
                case "in progress": // its process has not noticed yet that nobody waits for it
                    Thread.Sleep(100);
                    break;
                default:
                    return false;
            }
        }
    }

    public override bool Reconnect(SqlSession session)
    {
        long begin = TimeProvider.System.GetTimestamp();
        for (int wait = 50; ; wait = Math.Min(wait * 2, 5000))
        {
            try
            {
                session.Connection.Close();
                session.Connection.Open();
                Refuse(session, Look(session)); // it may have been restored, or made anew
                return true;
            }
            catch (Exception e) when (PostgresErrors.IsLost(e) && TimeProvider.System.GetElapsedTime(begin) < patience)
            {
                Thread.Sleep(wait);
            }
        }
    }

    /// <summary>What lies in the schema.</summary>
    private Found Look(SqlSession session)
    {
        Found found = session.First(
            """
            select cast(current_setting('server_version_num') as bigint), current_setting('server_encoding'),
                (select count(*) from pg_class c where c.relnamespace = to_regnamespace(@schema) and c.relkind in ('r', 'p', 'v', 'm', 'f')),
                to_regclass(@schema || '.euterpe_catalogue') is not null,
                (select n.nspname from pg_extension x join pg_namespace n on n.oid = x.extnamespace where x.extname = 'vector'),
                to_regclass(@schema || '.embedding') is not null
            """,
            r => new Found(r.GetInt64(0), r.GetString(1), r.GetInt64(2), r.GetBoolean(3) ? 1 : 0, r.IsDBNull(4) ? null : r.GetString(4), r.GetBoolean(5)),
            ("@schema", address.Schema))!;
        return found.Version == 0 ? found : found with { Version = (long?)session.Scalar("select max(version) from euterpe_catalogue") ?? 0 };
    }

    private void Refuse(SqlSession session, Found found)
    {
        if (found.Objects > 0 && found.Version < PostgresSchema.First)
        {
            throw new FileFormatException($"[catalogue] The schema {address.Schema} of {session.Place} holds tables of another program. "
                + "Hint: add ?schema=NAME to the address.");
        }

        if (found.Version > schema.Version)
        {
            throw new FileFormatException($"[catalogue] {session.Place} has version {found.Version}, and this program knows versions up to {schema.Version}. "
                + "Hint: use the newer Euterpe that made it.");
        }
    }

    /// <summary>From whatever version there is to the newest, step by step, in one transaction.</summary>
    private bool Migrate(SqlSession session)
    {
        // Looked at again, now that no other program can be making the tables.
        Found found = Look(session);
        Refuse(session, found);
        if (found.Version == 0)
        {
            if (session.Scalar("select 1 from pg_namespace where nspname = @schema", ("@schema", address.Schema)) is null)
                session.Execute($"create schema {address.Schema}");
            session.Execute(schema.Create);
        }
        else
        {
            for (long version = found.Version; version < schema.Version; version++)
                session.Execute(schema.Steps[(int)version - PostgresSchema.First]);
        }

        session.Execute("update euterpe_catalogue set version = @version", ("@version", (long)schema.Version));
        session.Execute("insert into setting (name, value) values ('id', @id) on conflict (name) do nothing", ("@id", Guid.NewGuid().ToString("n")));
        return true;
    }

    /// <summary>A view for other people's queries. Whoever may not make it does without.</summary>
    [SuppressMessage("Security", "CA2100", Justification = "The name of a schema, quoted.")]
    private static void OfferVectors(SqlSession session, string extension)
    {
        try
        {
            session.Execute(PostgresSchema.Embedding($"\"{extension.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.ReadOnlySqlTransaction
            or PostgresErrorCodes.UniqueViolation)
        {
            // Not the owner, a copy that is only read, or another program that made it at this moment.
        }
    }

    private sealed record Found(long Server, string Encoding, long Objects, long Version, string? Extension, bool View);
}
