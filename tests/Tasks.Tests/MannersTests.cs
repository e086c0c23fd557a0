using System.Globalization;
using Euterpe.Models.Signature;
using Euterpe.Numerics;

namespace Euterpe.Tasks.Tests;

public sealed class MannersTests : IDisposable
{
    // As in Berlin: clocks go from 2 to 3 on the last Sunday of March, from 3 to 2 on the last of October.
    private static readonly TimeZoneInfo s_zone = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(1), "test", "test", "test summer",
    [
        TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(DateTime.MinValue.Date, DateTime.MaxValue.Date, TimeSpan.FromHours(1),
            TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 2, 0, 0), 3, 5, DayOfWeek.Sunday),
            TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 3, 0, 0), 10, 5, DayOfWeek.Sunday)),
    ]);

    private readonly SoundFolder _sounds = new();

    public void Dispose() => _sounds.Dispose();

    [Theory]
    [InlineData("23-7", "2026-01-10T12:00Z", "2026-01-10T22:00Z")]
    [InlineData("23-7", "2026-01-10T22:00Z", "2026-01-10T22:00Z")]
    [InlineData("23-7", "2026-01-10T01:00Z", "2026-01-10T01:00Z")] // behind midnight
    [InlineData("23-7", "2026-01-10T05:59Z", "2026-01-10T05:59Z")]
    [InlineData("23-7", "2026-01-10T06:00Z", "2026-01-10T22:00Z")]
    [InlineData("9-17:30", "2026-07-10T15:29Z", "2026-07-10T15:29Z")]
    [InlineData("9-17:30", "2026-07-10T15:30Z", "2026-07-11T07:00Z")]
    [InlineData("0-24", "2026-07-10T15:30Z", "2026-07-10T15:30Z")]
    [InlineData("2:30-4", "2026-03-28T23:00Z", "2026-03-29T01:00Z")] // 2:30 does not come that night: 3:00 follows 1:59
    [InlineData("2:15-2:45", "2026-03-28T23:00Z", "2026-03-30T00:15Z")] // nor does any of it: the night after
    [InlineData("2:30-4", "2026-10-24T23:00Z", "2026-10-25T00:30Z")] // 2:30 comes twice: the first time
    [InlineData("23-7", "2026-10-24T23:30Z", "2026-10-24T23:30Z")]
    public void Hours_begin_when_the_clock_on_the_wall_says_so(string hours, string now, string start)
    {
        QuietHours parsed = QuietHours.Parse(hours);
        Assert.Equal(Moment(start), parsed.NextStart(Moment(now), s_zone));
        Assert.True(parsed.Contains(Moment(start), s_zone));
        Assert.Equal(hours, parsed.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("23")]
    [InlineData("23-23")]
    [InlineData("25-7")]
    [InlineData("23-7-8")]
    [InlineData("23:60-7")]
    [InlineData("23:5-7")]
    [InlineData("-1-7")]
    [InlineData("24-7")]
    [InlineData("late-early")]
    public void Hours_that_are_none_are_refused(string hours) =>
        Assert.Contains("[quiet-hours]", Assert.Throws<OptionsException>(() => QuietHours.Parse(hours)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("2G", 2L << 30)]
    [InlineData("512M", 512L << 20)]
    [InlineData("1.5 GiB", 3L << 29)]
    [InlineData("4096", 4096)]
    [InlineData("1t", 1L << 40)]
    public void Amounts_of_memory_are_read(string text, long bytes) => Assert.Equal(bytes, Manners.ParseMemory(text));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("G")]
    [InlineData("-1G")]
    [InlineData("1e9")]
    [InlineData("2X")]
    [InlineData("1.2.3G")]
    [InlineData("9999999999T")]
    public void Amounts_that_are_none_are_refused(string text) => Assert.Throws<OptionsException>(() => Manners.ParseMemory(text));

    [Fact]
    public async Task Outside_its_hours_a_run_waits_says_until_when_and_works_then()
    {
        _sounds.Tone("a.wav", 50);
        var clock = new SetClock(Moment("2026-01-10T12:00Z"));
        var said = new Sayings();
        Task<IndexResult> run = Task.Run(() => IndexTask.Run(Options(), Context(clock), said));
        Assert.True(said.Waits.Wait(TimeSpan.FromMinutes(1)));
        Assert.Equal("until 2026-01-10 23:00", said.First);
        Assert.False(run.IsCompleted);
        clock.Set(Moment("2026-01-10T22:00Z"));
        Assert.Equal(1, (await run).Embedded);
    }

    [Fact]
    public async Task A_run_begins_no_file_behind_its_hours_and_goes_on_in_the_next()
    {
        for (int i = 0; i < 30; i++)
            _sounds.Tone($"{i}.wav", 20 + i);
        var clock = new SetClock(Moment("2026-01-10T22:00Z"));
        var said = new Sayings();
        var echo = new EchoEmbedder
        {
            Before = n =>
            {
                if (n == 3)
                    clock.Set(Moment("2026-01-11T06:00Z"));
            },
        };
        Task<IndexResult> run = Task.Run(() => IndexTask.Run(Options(), Context(clock) with { Models = new EchoShelf(echo), Threads = 1 }, said));
        Assert.True(said.Waits.Wait(TimeSpan.FromMinutes(1)));
        Assert.InRange(echo.Calls, 4, 15);
        Assert.Equal("until 2026-01-11 23:00", said.First);
        clock.Set(Moment("2026-01-11T22:00Z"));
        Assert.Equal(30, (await run).Embedded);
    }

    [Fact]
    public async Task Waiting_ends_when_it_is_stopped()
    {
        _sounds.Tone("a.wav", 50);
        using var stop = new CancellationTokenSource();
        var said = new Sayings();
        Task<IndexResult> run = Task.Run(() => IndexTask.Run(Options(), Context(new SetClock(Moment("2026-01-10T12:00Z"))), said, stop.Token));
        Assert.True(said.Waits.Wait(TimeSpan.FromMinutes(1)));
        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public void A_model_that_does_not_fit_is_refused_with_what_it_takes()
    {
        using var signature = new SignatureEmbedder();
        string message = Assert.Throws<OptionsException>(() => MemoryPlan.Make(20 << 20, signature, "signature", null, 2, default)).Message;
        Assert.Contains("20M are not enough: the program with signature needs", message, StringComparison.Ordinal);
        Assert.False(MemoryPlan.Limited);
    }

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static TaskContext Context(TimeProvider clock) => new() { Models = new EchoShelf(new EchoEmbedder()), Clock = clock, Threads = 2 };

    private IndexOptions Options() => new() { Folder = _sounds.Music, Catalogue = _sounds.Catalogue, Manners = new Manners { QuietHours = QuietHours.Parse("23-7") } };

    private sealed class Sayings : IProgress<TaskProgress>
    {
        public ManualResetEventSlim Waits { get; } = new();

        public string? First { get; private set; }

        public void Report(TaskProgress value)
        {
            if (value.Stage != "waiting")
                return;
            First ??= value.Item;
            Waits.Set();
        }
    }

    /// <summary>A clock that stands still until it is set; its timers look at it each few milliseconds.</summary>
    private sealed class SetClock(DateTimeOffset start) : TimeProvider
    {
        private long _ticks = start.UtcTicks;

        public override TimeZoneInfo LocalTimeZone => s_zone;

        public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks), TimeSpan.Zero);

        public void Set(DateTimeOffset now) => Volatile.Write(ref _ticks, now.UtcTicks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime > TimeSpan.FromMilliseconds(20) ? TimeSpan.FromMilliseconds(20) : dueTime, period);
    }
}
