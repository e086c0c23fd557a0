namespace Euterpe.Search.Sql;

/// <summary>The queue of a catalogue, in a table of it.</summary>
internal sealed class SqlQueue(SqlSession session) : IWorkQueue
{
    // A clock that was set back leaves leases that lie far ahead: what lies further ahead than any lease may last has expired.
    private const string Free = "(worker is null or until <= @now or until > @far)";
    private const string Held = "worker is not null and until > @now and until <= @far";

    public void Add(IReadOnlyList<WorkItem> items)
    {
        if (items.Count == 0)
            return;
        session.InTransaction(() =>
        {
            foreach (WorkItem item in items)
            {
                session.Execute(
                    """
                    insert into queue (path, size, modified, attempts) values (@path, @size, @modified, 0)
                    on conflict (path) do update set size = excluded.size, modified = excluded.modified, attempts = 0, worker = null, until = null
                    where queue.size <> excluded.size or queue.modified <> excluded.modified
                    """,
                    ("@path", StoredText.Exact(item.Path)), ("@size", item.Stamp.Size), ("@modified", item.Stamp.Modified));
            }

            return true;
        });
    }

    public IReadOnlyList<WorkItem> Take(string worker, int most, TimeSpan duration, string? folder = null, string? after = null)
    {
        (string from, string to) = Range(folder);
        if (after is not null && string.CompareOrdinal(after, from) >= 0)
            from = after + "\u0001"; // no path continues with less
        CheckDuration(duration);
        return session.InTransaction(() =>
        {
            long now = session.Dialect.Now(session);
            List<WorkItem> taken = session.Rows(
                $"""
                select path, size, modified, attempts from queue where path >= @from and path < @to and {Free}
                order by path limit @most {session.Dialect.SkipLocked}
                """,
                r => new WorkItem(r.GetString(0), new FileStamp(r.GetInt64(1), r.GetInt64(2)), (int)r.GetInt64(3)),
                ("@from", from), ("@to", to), ("@now", now), ("@far", Far(now)), ("@most", (long)most));
            foreach (WorkItem item in taken)
            {
                session.Execute(
                    "update queue set worker = @worker, until = @until, attempts = attempts + 1 where path = @path",
                    ("@worker", worker), ("@until", now + duration.Ticks), ("@path", item.Path));
            }

            return taken;
        }, beside: true);
    }

    public int Renew(string worker, TimeSpan duration)
    {
        CheckDuration(duration);
        return session.InTransaction(() => session.Execute(
            "update queue set until = @until where worker = @worker", ("@until", session.Dialect.Now(session) + duration.Ticks), ("@worker", worker)), beside: true);
    }

    public int Release(string worker) =>
        session.InTransaction(() => session.Execute("update queue set worker = null, until = null where worker = @worker", ("@worker", worker)), beside: true);

    public int GiveBack(string worker, IReadOnlyList<string> paths) => session.InTransaction(() => paths.Sum(path => session.Execute(
        "update queue set worker = null, until = null, attempts = attempts - 1 where path = @path and worker = @worker", ("@path", path), ("@worker", worker))), beside: true);

    public int Remove(IReadOnlyList<string> paths) => session.InTransaction(() =>
    {
        long now = session.Dialect.Now(session);
        return paths.Sum(path => session.Execute($"delete from queue where path = @path and {Free}", ("@path", path), ("@now", now), ("@far", Far(now))));
    }, beside: true);

    public IReadOnlyList<string> Workers() => session.Alone(() =>
    {
        long now = session.Dialect.Now(session);
        return session.Rows($"select distinct worker from queue where {Held}", r => r.GetString(0), ("@now", now), ("@far", Far(now)))
            .Order(StringComparer.Ordinal).ToList();
    });

    public QueueCount Count(string? folder = null)
    {
        (string from, string to) = Range(folder);
        return session.Alone(() =>
        {
            long now = session.Dialect.Now(session);
            return new QueueCount(
                (long)session.Scalar("select count(*) from queue where path >= @from and path < @to", ("@from", from), ("@to", to))!,
                (long)session.Scalar(
                    $"select count(*) from queue where path >= @from and path < @to and {Held}", ("@from", from), ("@to", to), ("@now", now), ("@far", Far(now)))!);
        });
    }

    private static long Far(long now) => now + IWorkQueue.LongestLease.Ticks;

    private static void CheckDuration(TimeSpan duration)
    {
        if (duration <= TimeSpan.Zero || duration > IWorkQueue.LongestLease)
            throw new ArgumentOutOfRangeException(nameof(duration), duration, $"[catalogue] A lease lasts more than nothing and at most {IWorkQueue.LongestLease}.");
    }

    private static (string From, string To) Range(string? folder) => folder is null ? ("", "\U0010FFFF") : SqlCatalogue.Below(folder);
}
