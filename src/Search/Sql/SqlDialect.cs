using System.Data.Common;

namespace Euterpe.Search.Sql;

/// <summary>Where two databases differ. All else of a catalogue is written once, in the SQL that both understand.</summary>
internal abstract class SqlDialect
{
    /// <summary>Makes the connection ready, makes or migrates the tables, and refuses what is not a catalogue or one of a newer version.</summary>
    public abstract void Prepare(SqlSession session);

    /// <summary>
    /// Begins a transaction that no other writer runs beside: ids are committed in the order in which they are drawn. With <paramref name="beside"/>, one that draws no ids
    /// and need not wait for other writers.
    /// </summary>
    public abstract DbTransaction Begin(SqlSession session, bool beside);

    /// <summary>The time by which leases are measured, in ticks of 100 ns since year 1, UTC: of one clock for all workers.</summary>
    public abstract long Now(SqlSession session);

    /// <summary>The end of a select that several workers run at once.</summary>
    public abstract string SkipLocked { get; }

    /// <summary>The end of a select whose rows must stay as they are until the transaction ends.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Checks what the database itself can check.</summary>
    public abstract IEnumerable<string> Check(SqlSession session);

    /// <summary>
    /// Gives freed room back where that is worth it; returns the bytes. A database that does so by itself returns 0. <paramref name="scattered"/>: much was freed, though
    /// hardly whole pages.
    /// </summary>
    public virtual long Compact(SqlSession session, bool scattered) => 0;

    /// <summary>Turns the database's own error into one that names the catalogue and what to do; null where it says enough.</summary>
    public abstract Exception? Translate(Exception e, string place);

    /// <summary>Whether an error is the database's.</summary>
    public virtual bool IsOwn(Exception e) => e is DbException;

    /// <summary>
    /// Whether what failed with this error for the <paramref name="attempt"/>th time (from 0) may run again from its beginning. A lost connection is restored first, which may
    /// take a while.
    /// </summary>
    public virtual bool Recover(SqlSession session, Exception e, int attempt) => false;

    /// <summary>Restores a connection that is known to be lost, which may take a while; false where that is not possible.</summary>
    public virtual bool Reconnect(SqlSession session) => false;

    /// <summary>Whether the last transaction that was begun was committed; asked after the connection broke in the middle of that.</summary>
    public virtual bool WasCommitted(SqlSession session) => false;
}
