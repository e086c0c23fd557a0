using Euterpe.Search;

namespace Euterpe.Tasks.Tests;

public sealed class WorkTaskTests : IDisposable
{
    private readonly SoundFolder _sounds = new();
    private readonly EchoEmbedder _echo = new();

    public void Dispose() => _sounds.Dispose();

    private TaskContext Context => new() { Models = new EchoShelf(_echo), Threads = 2 };

    private IndexResult Queue(ModelChoice? model = null) => IndexTask.Run(
        new IndexOptions { Folder = _sounds.Music, Catalogue = _sounds.Catalogue, QueueOnly = true, Model = model ?? new() }, Context);

    private WorkResult Work(WorkEnd end = WorkEnd.Done, string? folder = null, CancellationToken token = default) =>
        WorkTask.Run(new WorkOptions { Catalogue = _sounds.Catalogue, Folder = folder, End = end }, Context, null, token);

    [Fact]
    public void A_worker_does_what_index_left_to_it()
    {
        for (int i = 0; i < 6; i++)
            _sounds.Tone($"{(i % 2 == 0 ? "a" : "b")}/{i}.wav", 20 + i);
        _sounds.Text("a/words.wav", "not a sound");
        IndexResult queued = Queue();
        Assert.Equal((7, 7, 0, 0), (queued.Found, queued.Queued, queued.Embedded, queued.Failures.Count));
        Assert.Equal(0, _echo.Calls);

        WorkResult some = Work(folder: _sounds["b"]);
        Assert.Equal((3, 3, 0), (some.Worked, some.Embedded, some.Waiting));
        WorkResult rest = Work();
        Assert.Equal((4, 3, 0, 0, false), (rest.Worked, rest.Embedded, rest.Waiting, rest.Unseen, rest.Stopped));
        Assert.Equal("not-sound", Assert.Single(rest.Failures).Reason);
        Assert.Equal(6, _echo.Calls);
        Assert.Equal((6, 0), (Queue().Unchanged, Work().Worked));
    }

    [Fact]
    public void A_catalogue_that_is_missing_or_has_no_embedder_is_refused()
    {
        Assert.Throws<FileNotFoundException>(() => Work());
        Catalogue.OpenOrCreate(_sounds.Catalogue).Dispose();
        Assert.Throws<InvalidOperationException>(() => Work());
    }

    [Fact]
    public void What_cannot_be_seen_is_left_to_others_and_what_is_gone_among_others_has_vanished()
    {
        _sounds.Tone("b.wav", 20);
        _sounds.Tone("c.wav", 30);
        _sounds.Tone("z.wav", 40);
        Queue();
        File.Delete(_sounds["c.wav"]);
        Directory.CreateDirectory(_sounds["empty"]);
        using (ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue))
        {
            // As another machine found them: one before all others, one in the middle, one where nothing is mounted.
            c.Queue.Add([.. new[] { "/nowhere/a.wav", _sounds["empty/x.wav"], "/zz/y.wav" }.Select(path => new WorkItem(path, new FileStamp(1, 2)))]);
        }

        WorkResult done = Work();
        Assert.Equal((3, 2, 1, 3, 3), (done.Worked, done.Embedded, done.Vanished, done.Unseen, done.Waiting));
        Assert.Equal("/nowhere/a.wav", done.UnseenExample);
        using ICatalogue after = Catalogue.OpenExisting(_sounds.Catalogue);
        Assert.Equal([0, 0, 0], after.Queue.Take("other", 9, TimeSpan.FromMinutes(1)).Select(item => item.Attempts));
    }

    [Fact]
    public async Task A_worker_goes_on_with_the_embedder_that_is_chosen_meanwhile()
    {
        _sounds.Tone("a.wav", 20);
        Queue();
        using var stop = new CancellationTokenSource();
        Task<WorkResult> worker = Task.Run(() => Work(WorkEnd.Never, token: stop.Token));
        Wait(c => c.Count("echo-1").Vectors == 1);
        _sounds.Tone("b.wav", 30);
        Queue(new ModelChoice("other"));
        Wait(c => c.Count("echo-2").Vectors == 2);
        stop.Cancel();
        WorkResult done = await worker;
        Assert.True(done.Stopped);
        Assert.Equal(("other", 3L), (done.Model, done.Worked));
        Assert.Equal(1, _echo.Calls);
    }

    [Fact]
    public async Task A_worker_stays_while_others_work_unless_told_otherwise()
    {
        _sounds.Tone("a.wav", 20);
        _sounds.Tone("b.wav", 30);
        Queue();
        using ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue);
        Assert.Equal(_sounds["a.wav"], Assert.Single(c.Queue.Take("another machine", 1, TimeSpan.FromMinutes(5))).Path);
        WorkResult once = Work(WorkEnd.NothingFree);
        Assert.Equal((1, 1), (once.Worked, once.Waiting));
        Task<WorkResult> worker = Task.Run(() => Work());
        await Task.Delay(300);
        Assert.False(worker.IsCompleted);
        Assert.Equal(1, c.Queue.Release("another machine"));
        WorkResult rest = await worker;
        Assert.Equal((1, 0), (rest.Worked, rest.Waiting));
    }

    private void Wait(Func<ICatalogue, bool> until)
    {
        using ICatalogue c = Catalogue.OpenExisting(_sounds.Catalogue);
        for (int i = 0; !until(c); i++)
        {
            Assert.True(i < 600, "the worker has not come to it in 30 s");
            Thread.Sleep(50);
        }
    }
}
