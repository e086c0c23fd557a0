using Euterpe.Search;

namespace Euterpe.Tasks.Tests;

/// <summary>A clock that is wrong, or is set back between two runs, costs nothing: what is indexed does not depend on it.</summary>
public sealed class ClockTests : IDisposable
{
    private readonly SoundFolder sounds = new();

    public void Dispose() => sounds.Dispose();

    [Fact]
    public void A_clock_that_is_set_back_between_runs_changes_nothing()
    {
        for (int i = 0; i < 6; i++)
            sounds.Tone($"{i}.wav", 30 + i);
        var clock = new SetClock { Time = new DateTimeOffset(2040, 1, 1, 0, 0, 0, TimeSpan.Zero) };
        var context = new TaskContext { Clock = clock };
        var options = new IndexOptions { Folder = sounds.Music, Catalogue = sounds.Catalogue };
        Assert.Equal(6, IndexTask.Run(options, context).Embedded);

        // A worker of another machine has taken a file, and was never heard of again; then somebody sets the clock right.
        string late = sounds.Tone("late.wav", 77);
        using (ICatalogue c = Catalogue.OpenExisting(sounds.Catalogue, clock))
        {
            c.Queue.Add([new WorkItem(late, new FileStamp(new FileInfo(late).Length, File.GetLastWriteTimeUtc(late).Ticks))]);
            Assert.Single(c.Queue.Take("elsewhere", 1, IWorkQueue.LongestLease));
        }

        clock.Time = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        IndexResult again = IndexTask.Run(options, context);
        Assert.Equal((1, 6, 0), (again.Embedded, again.Unchanged, again.Failures.Count));
        string other = Path.Combine(sounds.Root, "other.db");
        Assert.Equal(7, IndexTask.Run(options with { Catalogue = other }).Embedded);
        Assert.Equal(Sha(other), Sha(sounds.Catalogue));
    }

    private static string Sha(string path)
    {
        using ICatalogue c = Catalogue.OpenExisting(path);
        return CatalogueExport.Write(c, path + "-export", canonical: true).Sha256;
    }

    private sealed class SetClock : TimeProvider
    {
        public DateTimeOffset Time { get; set; }

        public override DateTimeOffset GetUtcNow() => Time;
    }
}
