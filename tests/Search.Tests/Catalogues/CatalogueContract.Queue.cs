namespace Euterpe.Search.Tests.Catalogues;

// The queue of work.
public abstract partial class CatalogueContract
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10), Short = TimeSpan.FromMilliseconds(400);

    [SkippableFact]
    public void Work_is_taken_in_order_by_one_worker_each()
    {
        using ICatalogue c = Open(), other = Open();
        c.Queue.Add([Item("/m/c"), Item("/m/a"), Item("/n/b"), Item("/m/b")]);
        c.Queue.Add([]);
        Assert.Equal(new QueueCount(4, 0), c.Queue.Count());
        Assert.Equal(new QueueCount(3, 0), c.Queue.Count("/m"));
        Assert.Equal(["/m/a", "/m/b"], Paths(c.Queue.Take("w1", 2, Long)));
        Assert.Equal([new WorkItem("/n/b", new FileStamp(1, 2))], other.Queue.Take("w2", 9, Long, "/n"));
        Assert.Equal(["/m/c"], Paths(other.Queue.Take("w2", 9, Long)));
        Assert.Empty(c.Queue.Take("w1", 9, Long));
        Assert.Empty(c.Queue.Take("w1", 0, Long));
        Assert.Equal(new QueueCount(4, 4), c.Queue.Count());
        Assert.Equal(["w1", "w2"], c.Queue.Workers());
        Assert.Throws<ArgumentOutOfRangeException>(() => c.Queue.Take("w1", 1, TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => c.Queue.Renew("w1", IWorkQueue.LongestLease + TimeSpan.FromSeconds(1)));
    }

    [SkippableFact]
    public void A_lease_that_expires_is_anyones_and_the_late_worker_writes_nothing()
    {
        using ICatalogue c = Open(), other = Open();
        c.Queue.Add([Item("/m/a"), Item("/m/b")]);
        c.Queue.Take("slow", 2, Short);
        Pass(Short + TimeSpan.FromMilliseconds(50));
        Assert.Empty(c.Queue.Workers());
        Assert.Equal(new QueueCount(2, 0), c.Queue.Count());
        Assert.Equal([new WorkItem("/m/a", new FileStamp(1, 2), 1)], other.Queue.Take("quick", 1, Long));

        // Nobody took the second: the late worker may still write it.
        Assert.Equal(1, c.Write([new Change.Holds(Of("/m/a", 1), Vector("k", 1)), new Change.Holds(Of("/m/b", 2), Vector("k", 2))], "slow"));
        Assert.Null(c.Find("/m/a"));
        Assert.NotNull(c.Find("/m/b"));
        Assert.Equal(0, other.Write([new Change.Holds(Of("/m/a", 1), Vector("k", 3))], "quick"));
        Assert.Equal([3f], c.Vector(Sha(1), "k")!);
        Assert.Equal(1, c.Write([new Change.Holds(Of("/m/a", 1), Vector("k", 1))], "slow"));
        Assert.Equal([3f], c.Vector(Sha(1), "k")!);
        Assert.Equal(new QueueCount(0, 0), c.Queue.Count());
    }

    [SkippableFact]
    public void A_lease_is_renewed_and_given_back()
    {
        using ICatalogue c = Open();
        c.Queue.Add([Item("/m/a"), Item("/m/b")]);
        c.Queue.Take("w", 2, Short);
        Assert.Equal(2, c.Queue.Renew("w", Long));
        Pass(Short + TimeSpan.FromMilliseconds(50));
        Assert.Empty(c.Queue.Take("x", 2, Long));
        Assert.Equal(0, c.Queue.Renew("x", Long));
        Assert.Equal(2, c.Queue.Release("w"));
        Assert.Equal(0, c.Queue.Release("w"));
        Assert.Equal([1, 1], c.Queue.Take("x", 2, Long).Select(i => i.Attempts));
        Assert.Equal(0, c.Queue.Renew("w", Long));
    }

    [SkippableFact]
    public void What_a_worker_cannot_do_is_given_back_and_passed_over()
    {
        using ICatalogue c = Open();
        c.Queue.Add([Item("/m/a"), Item("/m/b"), Item("/m/b/x"), Item("/m/c"), Item("/n/d")]);
        Assert.Equal(["/m/a", "/m/b"], Paths(c.Queue.Take("w", 2, Long)));
        Assert.Equal(1, c.Queue.GiveBack("w", ["/m/b", "/m/c", "/x"]));
        Assert.Equal(0, c.Queue.GiveBack("x", ["/m/a"]));
        Assert.Equal(["/m/b/x", "/m/c"], Paths(c.Queue.Take("w", 9, Long, "/m", after: "/m/b")));
        Assert.Equal([new WorkItem("/m/b", new FileStamp(1, 2))], c.Queue.Take("x", 9, Long, "/m"));
        Assert.Empty(c.Queue.Take("w", 9, Long, after: "/n/d"));
        Assert.Equal(["/n/d"], Paths(c.Queue.Take("w", 9, Long, after: "/m")));
    }

    [SkippableFact]
    public void A_file_that_changed_while_it_was_leased_waits_again()
    {
        using ICatalogue c = Open();
        c.Queue.Add([Item("/m/a", 1), Item("/m/b", 1)]);
        c.Queue.Take("w", 2, Long);
        c.Queue.Add([Item("/m/a", 1), Item("/m/b", 5)]);
        Assert.Equal(new QueueCount(2, 1), c.Queue.Count()); // the same stamp keeps its lease
        Assert.Equal(1, c.Write([new Change.Holds(Of("/m/a", 1, 1)), new Change.Holds(Of("/m/b", 2, 1))], "w"));
        Assert.Null(c.Find("/m/b"));
        Assert.Equal([new WorkItem("/m/b", new FileStamp(1, 5))], c.Queue.Take("w", 9, Long));

        // The worker that has both writes the older: the newer keeps waiting.
        Assert.Equal(0, c.Write([new Change.Holds(Of("/m/b", 2, 1))], "w"));
        Assert.Equal(["/m/b"], Paths(c.Queue.Take("x", 9, Long)));
        Assert.Equal(0, c.Write([new Change.Holds(Of("/m/b", 2, 5))], "x"));
        Assert.Equal(new QueueCount(0, 0), c.Queue.Count());
    }

    [SkippableFact]
    public void Work_is_done_by_failing_and_vanishing_too_and_without_a_worker()
    {
        using ICatalogue c = Open();
        c.Queue.Add([Item("/m/a"), Item("/m/b"), Item("/m/c"), Item("/m/d"), Item("/m/e", 7)]);
        c.Queue.Take("w", 5, Long);
        var failure = new Failure("/m/a", new FileStamp(1, 2), "broken", "x", "p", "d");
        Assert.Equal(1, c.Write([new Change.Fails(failure), new Change.Vanishes("/m/b"), new Change.Vanishes("/m/unknown")], "w"));
        Assert.Equal(3, c.Queue.Count().Waiting);
        Assert.Equal(0, c.Write([new Change.Holds(Of("/m/c", 1)), new Change.Holds(Of("/m/e", 1))]));
        Assert.Equal(new QueueCount(2, 2), c.Queue.Count()); // /m/e was found otherwise: it stays, and stays leased
        Assert.Equal(0, c.Write([new Change.Holds(Of("/m/c", 1))]));
    }

    [SkippableFact]
    public void Files_that_nobody_works_on_are_taken_out()
    {
        using ICatalogue c = Open();
        c.Queue.Add([Item("/m/a"), Item("/m/b"), Item("/m/c")]);
        c.Queue.Take("w", 1, Long);
        Assert.Equal(1, c.Queue.Remove(["/m/a", "/m/b", "/m/x"]));
        Assert.Equal(new QueueCount(2, 1), c.Queue.Count());
    }

    [SkippableFact]
    public async Task Many_workers_take_each_file_once()
    {
        using ICatalogue one = Open(), two = Open(), three = Open();
        const int Count = 120;
        one.Queue.Add([.. Enumerable.Range(0, Count).Select(i => Item($"/m/{i:d3}"))]);
        var done = new System.Collections.Concurrent.ConcurrentBag<string>();
        Task[] workers = [.. new[] { one, two, three }.Select((c, w) => Task.Factory.StartNew(() => Work(c, $"w{w}"), TaskCreationOptions.LongRunning))];
        await Task.WhenAll(workers);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"/m/{i:d3}"), done.Order(StringComparer.Ordinal));
        Assert.Equal(Count, one.Tracks().Count());
        Assert.Equal(new QueueCount(0, 0), two.Queue.Count());

        void Work(ICatalogue c, string name)
        {
            while (c.Queue.Take(name, 7, Long) is { Count: > 0 } items)
            {
                Assert.Equal(0, c.Write([.. items.Select(i => new Change.Holds(Of(i.Path, int.Parse(i.Path[3..]))))], name));
                foreach (WorkItem item in items)
                    done.Add(item.Path);
            }
        }
    }
}
