using Euterpe.Search;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks.Tests;

/// <summary>Several workers on one catalogue, and workers that die.</summary>
public sealed class IndexLeaseTests : IDisposable
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private readonly SoundFolder _sounds = new();
    private readonly EchoEmbedder _echo = new();

    public void Dispose() => _sounds.Dispose();

    [Fact]
    public void Files_of_a_dead_worker_are_taken_over_at_once()
    {
        string[] parts = WorkerName.New().Split('/');
        parts[3] = "1"; // a process of this number, but an earlier one
        Assert.True(WorkerName.IsDead(string.Join('/', parts)));
        Prepare(string.Join('/', parts), 3);
        Assert.Equal(3, Index().Embedded);
        using ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue);
        Assert.Equal(new QueueCount(0, 0), c.Queue.Count());
    }

    [Fact]
    public async Task A_living_worker_keeps_its_file_and_is_waited_for()
    {
        string other = WorkerName.New();
        Assert.False(WorkerName.IsDead(other));
        Assert.False(WorkerName.IsDead("another machine/boot 1/2/3/4"));
        Assert.False(WorkerName.IsDead("whoever"));
        Prepare(other, 1);
        using var waits = new ManualResetEventSlim();
        var progress = new Waits(waits);
        Task<IndexResult> run = Task.Run(() => IndexTask.Run(Options(), Context(), progress));
        Assert.True(waits.Wait(TimeSpan.FromMinutes(2)));
        using (ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue))
        {
            Assert.Equal(2, c.Count("echo-1").Vectors);
            c.Queue.Release(other);
        }

        Assert.Equal(3, (await run).Embedded);
        Assert.Equal("one file that another process works on", progress.For);
    }

    [Fact]
    public void A_file_that_ends_its_workers_is_given_up_and_the_others_are_not()
    {
        Prepare("x", 3);
        using (ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue))
        {
            c.Queue.Release("x");
            for (int i = 1; i < IndexWorker.MostAttempts; i++)
            {
                Assert.Single(c.Queue.Take("x", 1, s_hour));
                c.Queue.Release("x");
            }
        }

        IndexResult result = Index();
        Assert.Equal(2, result.Embedded);
        Assert.Equal(("given-up", _sounds["0.wav"]), (Assert.Single(result.Failures).Reason, result.Failures[0].Path));
        Assert.Equal("given-up", Assert.Single(Index().Failures).Reason);
        Assert.Equal(1, IndexTask.Run(Options() with { Retry = true }, Context()).Embedded);
    }

    [Fact]
    public async Task Two_runs_at_once_share_the_work()
    {
        for (int i = 0; i < 40; i++)
            _sounds.Tone($"{i}.wav", 20 + i);
        IndexResult[] both = new IndexResult[2];
        Task[] runs = [.. both.Select((_, i) => Task.Run(() => both[i] = IndexTask.Run(Options(), Context())))];
        await Task.WhenAll(runs);
        Assert.All(both, result => Assert.Equal(40, result.Found));
        using ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue);
        Assert.Equal(new CatalogueCount(40, 0, 40, 40, 0), c.Count("echo-1"));
        Assert.Equal(40, Index().Unchanged);
        Assert.Empty(c.Check());
    }

    [Fact]
    public void Never_more_files_are_leased_than_is_said()
    {
        for (int i = 0; i < 70; i++)
            _sounds.Tone($"{i}.wav", 20 + i);
        long most = 0;
        var watching = new EchoEmbedder
        {
            Before = _ =>
            {
                using ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue);
                most = Math.Max(most, c.Queue.Count().Leased);
            },
        };
        IndexResult result = IndexTask.Run(Options(), new TaskContext { Models = new EchoShelf(watching), Threads = 1 });
        Assert.Equal((70L, 24), (result.Embedded, result.InFlightBound));
        Assert.InRange(most, 1, result.InFlightBound);
    }

    /// <summary>Three sounds, all in the queue, some of them leased.</summary>
    private void Prepare(string worker, int leased)
    {
        for (int i = 0; i < 3; i++)
            _sounds.Tone($"{i}.wav", 20 + i);
        using ICatalogue c = Catalogue.OpenOrCreate(_sounds.Catalogue);
        c.Queue.Add([.. Enumerable.Range(0, 3).Select(i => new WorkItem(_sounds[$"{i}.wav"], Listening.StampOf(_sounds[$"{i}.wav"])))]);
        Assert.Equal(leased, c.Queue.Take(worker, leased, s_hour).Count);
    }

    private TaskContext Context() => new() { Models = new EchoShelf(_echo), Threads = 2 };

    private IndexOptions Options() => new() { Folder = _sounds.Music, Catalogue = _sounds.Catalogue };

    private IndexResult Index() => IndexTask.Run(Options(), Context());

    private sealed class Waits(ManualResetEventSlim set) : IProgress<TaskProgress>
    {
        public string? For { get; private set; }

        public void Report(TaskProgress value)
        {
            if (value.Stage != "waiting")
                return;
            For ??= value.Item;
            set.Set();
        }
    }
}
