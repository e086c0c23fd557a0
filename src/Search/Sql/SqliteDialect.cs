using System.Data.Common;
using System.Globalization;
using Euterpe.Numerics;
using Microsoft.Data.Sqlite;

namespace Euterpe.Search.Sql;

/// <summary>SQLite: write-ahead log, <c>synchronous=FULL</c>, one file (and two beside it while it is open).</summary>
internal sealed class SqliteDialect(TimeProvider clock, TimeSpan? patience = null) : SqlDialect
{
    /// <summary>"EUTP": tells a catalogue from other people's databases.</summary>
    private const int ApplicationId = 0x45555450;

    /// <summary>How long another program may keep the catalogue to itself before this one gives up.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    public override string SkipLocked => ""; // one writer at a time

    public override string ForUpdate => "";

    public override DbTransaction Begin(SqlSession session, bool beside) => ((SqliteConnection)session.Connection).BeginTransaction(deferred: false);

    public override long Now(SqlSession session) => clock.GetUtcNow().UtcTicks;

    public override IEnumerable<string> Check(SqlSession session)
    {
        foreach (string line in session.Rows("pragma integrity_check", r => r.GetString(0)))
        {
            if (line != "ok")
                yield return $"SQLite: {line}";
        }

        foreach (string table in session.Rows("pragma foreign_key_check", r => r.GetString(0)))
            yield return $"A row of the table {table} refers to one that is not there.";
    }

    public override void Prepare(SqlSession session)
    {
        // SQLite waits itself, in steps that grow from 1 ms; the driver would look each 150 ms.
        session.Execute(string.Create(CultureInfo.InvariantCulture, $"pragma busy_timeout = {(long)(patience ?? Patience).TotalMilliseconds}"));
        // In one statement: another program may be making the tables at this moment.
        (long application, long version, long objects) = session.First(
            "select a.application_id, v.user_version, (select count(*) from sqlite_schema) from pragma_application_id a, pragma_user_version v",
            r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)));
        if (application != ApplicationId && (objects > 0 || application != 0) || (objects > 0 && version < 1))
            throw new FileFormatException($"[catalogue] {session.Place} is a database of another program. Hint: choose another file with --catalogue.");
        if (version > SqliteSchema.Version)
        {
            throw new FileFormatException($"[catalogue] {session.Place} has version {version}, and this program knows versions up to {SqliteSchema.Version}. "
                + "Hint: use the newer Euterpe that made it.");
        }

        session.Execute("pragma journal_mode = wal");
        session.Execute("pragma synchronous = full");
        session.Execute("pragma foreign_keys = on");
        if (version < SqliteSchema.Version)
            session.InTransaction(() => Migrate(session));
    }

    /// <summary>A whole copy is made of what is left: only where a quarter and more is free, and what is left is not very large and fits the disk twice.</summary>
    public override long Compact(SqlSession session, bool scattered)
    {
        const long Worth = 1 << 20, LargestLeft = 4L << 30;
        (long pages, long free, long size) = Pages();
        long left = (pages - free) * size;
        if (pages * size < Worth || (!scattered && (free * size < Worth || free * 4 < pages)) || left > LargestLeft || new DriveInfo(session.Place).AvailableFreeSpace < 2 * left)
            return 0;
        session.Execute("vacuum");
        session.Execute("pragma wal_checkpoint(truncate)");
        return Math.Max(0, (pages - Pages().Pages) * size);

        (long Pages, long Free, long Size) Pages() => session.First(
            "select c.page_count, f.freelist_count, s.page_size from pragma_page_count c, pragma_freelist_count f, pragma_page_size s",
            r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)));
    }

    public override Exception? Translate(Exception e, string place)
    {
        const int Busy = 5, Locked = 6, ReadOnly = 8, CannotWrite = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;
        if (e is not SqliteException error)
            return null;
        string what = error.SqliteErrorCode switch
        {
            Busy or Locked => "is in use by another program that does not let go. Hint: wait until its index run has ended.",
            ReadOnly => "cannot be written to. Hint: check the rights of the file and its folder.",
            CannotWrite => $"cannot be read or written ({e.Message}). Hint: check the disk, its free space and the limits on the size of files.",
            Corrupt => $"is damaged ({e.Message}). Hint: restore a copy, or index again into a new file.",
            Full => "cannot grow: the disk is full.",
            CannotOpen => "cannot be opened. Hint: check the rights of the file and its folder.",
            NotADatabase => "is not a catalogue of Euterpe. Hint: choose another file with --catalogue.",
            _ => $"failed: {e.Message}",
        };
        string message = $"[catalogue] {place} {what}";
        return error.SqliteErrorCode is Corrupt or NotADatabase ? new FileFormatException(message, e) : new IOException(message, e);
    }

    // One by one: of several statements in one command, the driver swallows the errors of all but the first.
    private static void RunEach(SqlSession session, string script)
    {
        foreach (string statement in script.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            session.Execute(statement);
    }

    /// <summary>From whatever version there is to the newest, step by step, in one transaction.</summary>
    private static bool Migrate(SqlSession session)
    {
        // Asked again inside the transaction: two programs may have opened the file at once.
        long version = (long)session.Scalar("pragma user_version")!;
        if (version == 0 && (long)session.Scalar("select count(*) from sqlite_schema")! == 0)
        {
            RunEach(session, SqliteSchema.Create);
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"pragma application_id = {ApplicationId}"));
        }
        else
        {
            for (; version < SqliteSchema.Version; version++)
                RunEach(session, SqliteSchema.Steps[(int)version - 1]);
        }

        session.Execute("insert into setting (name, value) values ('id', @id) on conflict (name) do nothing", ("@id", Guid.NewGuid().ToString("n")));
        session.Execute(string.Create(CultureInfo.InvariantCulture, $"pragma user_version = {SqliteSchema.Version}"));
        return true;
    }
}
