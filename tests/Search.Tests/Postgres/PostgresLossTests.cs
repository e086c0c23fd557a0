namespace Euterpe.Search.Tests.Catalogues;

/// <summary>Connections that break, at rest and in the middle of work: nothing is lost, nothing is done twice.</summary>
public sealed class PostgresLossTests : IDisposable
{
    private readonly PostgresPlace place = new();

    public void Dispose() => place.Dispose();

    // Each has a name of its own for its connections, so that a test ends its own ones only.
    private ICatalogue Open(string name, TimeSpan? patience = null) =>
        Catalogue.Postgres($"{place.Address}&application_name={name}{place.Schema[..20]}", create: true, null, patience);

    private long End(string name) => place.EndConnections(name + place.Schema[..20]);

    private static Change.Holds Of(int i) => new(
        new Track($"/m/{i:d5}", new FileStamp(1, 2), (i + 1_000_000).ToString("x64"), i.ToString("x64"), new SoundFacts(1, 1, 1, 1), false),
        new NewVector("k", "m", [i, 1], new Provenance("p", "d", "m")));

    [SkippableFact]
    public void A_connection_that_broke_at_rest_is_restored()
    {
        using ICatalogue c = Open("rest");
        c.Write([Of(1)]);
        Assert.Equal(1, End("rest"));
        Assert.Single(c.Tracks());
        Assert.Equal(1, End("rest"));
        c.Write([Of(2)]);
        Assert.Equal(1, End("rest"));
        c.Queue.Add([new WorkItem("/m/q", new FileStamp(1, 2))]);
        Assert.Equal(1, End("rest"));
        Assert.Single(c.Queue.Take("w", 9, TimeSpan.FromMinutes(1)));
        Assert.Equal(2, c.Vectors("k").Count());
    }

    [SkippableFact]
    public async Task Writers_whose_connections_break_again_and_again_lose_nothing()
    {
        const int Count = 240;
        using ICatalogue one = Open("a"), other = Open("b");
        one.Queue.Add([.. Enumerable.Range(0, Count).Select(i => new WorkItem($"/m/{i:d5}", new FileStamp(1, 2)))]);
        var done = new System.Collections.Concurrent.ConcurrentBag<string>();
        Task[] workers = [.. new[] { one, other }.Select((c, w) => Task.Factory.StartNew(() => Work(c, $"w{w}"), TaskCreationOptions.LongRunning))];
        int ended = 0;
        for (int i = 0; !workers.All(w => w.IsCompleted); i++)
        {
            ended += (int)End(i % 2 == 0 ? "a" : "b");
            await Task.Delay(10 + (i * 37 % 200)); // at ever other moments, and not so often that nothing is ever finished
        }

        await Task.WhenAll(workers);
        Assert.True(ended > 3, $"only {ended} connections were ended");
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"/m/{i:d5}"), done.Order(StringComparer.Ordinal));
        Assert.Equal(Count, one.Tracks().Count());
        Assert.Equal(Count, one.Vectors("k").Count());
        Assert.Equal(new QueueCount(0, 0), one.Queue.Count());
        Assert.Empty(one.Check());

        void Work(ICatalogue c, string name)
        {
            while (c.Queue.Take(name, 6, TimeSpan.FromMinutes(1)) is { Count: > 0 } items)
            {
                Assert.Equal(0, c.Write([.. items.Select(i => Of(int.Parse(i.Path[3..])))], name));
                foreach (WorkItem item in items)
                    done.Add(item.Path);
            }
        }
    }

    [SkippableFact]
    public void A_database_that_does_not_come_back_is_told_after_a_while()
    {
        string database = "d" + place.Schema;
        place.Run($"create database {database}");
        try
        {
            using ICatalogue c = Catalogue.Postgres(place.With(database: database), create: true, null, TimeSpan.FromSeconds(0.3));
            c.Write([Of(1)]);
            place.Run($"alter database {database} allow_connections false");
            place.Run($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'");
            Assert.Throws<IOException>(() => c.Write([Of(2)]));
            place.Run($"alter database {database} allow_connections true");
            c.Write([Of(2)]);
            Assert.Equal(2, c.Tracks().Count());
        }
        finally
        {
            place.Run($"drop database {database} with (force)");
        }
    }

    [SkippableFact]
    public async Task Taking_work_does_not_wait_for_a_long_write()
    {
        using ICatalogue c = Open("t");
        c.Queue.Add([new WorkItem("/m/a", new FileStamp(1, 2)), new WorkItem("/m/b", new FileStamp(1, 2))]);
        using Npgsql.NpgsqlConnection holder = place.Connect();
        using Npgsql.NpgsqlTransaction writing = holder.BeginTransaction();
        using Npgsql.NpgsqlCommand turn = holder.CreateCommand();
        turn.CommandText = $"select pg_advisory_xact_lock(1163220048, hashtext('{place.Schema}')); select 1 from queue where path = '/m/a' for update";
        turn.ExecuteNonQuery();
        Assert.Equal("/m/b", Assert.Single(c.Queue.Take("w", 9, TimeSpan.FromMinutes(1))).Path);
        Assert.Equal(1, c.Queue.Renew("w", TimeSpan.FromMinutes(1)));
        Task<int> written = Task.Run(() => c.Write([new Change.Vanishes("/m/b")], "w"));
        await Task.Delay(100);
        Assert.False(written.IsCompleted);
        writing.Rollback();
        Assert.Equal(0, await written);
    }
}
