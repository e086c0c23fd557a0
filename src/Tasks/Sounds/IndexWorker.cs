using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Sounds;

/// <summary>
/// Works off the queue of a catalogue: leases files, makes what they lack, and writes it together with the end of the lease. Any number of workers may do so at once, in
/// one process or in several; what a worker holds when it dies is taken over by the others.
/// </summary>
/// <param name="catalogue">Its queue, and where the results go.</param>
/// <param name="embedder">Makes the vectors.</param>
/// <param name="model">The name or folder that opens it again.</param>
/// <param name="segments">How sounds are cut; null: not at all.</param>
/// <param name="context">Decoder, clock, threads.</param>
/// <param name="folder">Only files below it; null: all.</param>
internal sealed partial class IndexWorker(
    ICatalogue catalogue, IAudioEmbedder embedder, string model, SegmentRule? segments, TaskContext context, string? folder)
{
    /// <summary>A file that ended its worker this often, alone, is given up.</summary>
    public const int MostAttempts = 10;

    /// <summary>The reason of a file that was given up.</summary>
    public const string GivenUp = "given-up";

    // Leased so often without being finished, a file may be the one that ends its workers: it is worked on alone.
    private const int Suspicious = 3;

    // Short, since after a power cut the next run may have to wait for it; renewed long before its end.
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(2), s_renewal = TimeSpan.FromSeconds(30), s_look = TimeSpan.FromMinutes(1);

    private readonly IndexSpace space = new(catalogue, embedder.CompatibilityKey, segments);
    private readonly string worker = WorkerName.New();
    private readonly Dictionary<string, int> changed = [];
    private readonly List<WorkItem> suspects = [];
    private readonly Lazy<string> ffmpeg = new(() => AudioFile.FfmpegBuild(context.Audio) ?? "");
    private readonly Lazy<bool> identifyFirst = new(() => catalogue.Count(null).Absent > 0);
    private int held;

    /// <summary>The most files that are leased and not written at any moment: what a sudden end costs.</summary>
    public int InFlightBound { get; } = 16 + (8 * context.Workers);

    public IndexTally Tally { get; } = new();

    /// <summary>How much is done at once.</summary>
    public Width Width { get; init; } = Width.Of(context.Workers, embedder.CallersPerThread);

    /// <summary>The hours in which files are begun; null: always.</summary>
    public QuietHours? Hours { get; init; }

    /// <summary>Told about each finished file.</summary>
    public Action<string>? Finished { get; init; }

    /// <summary>Told what it waits for, in words, each time that it looks again.</summary>
    public Action<string>? Waiting { get; init; }

    private bool MayBegin => Hours is null || Hours.Contains(context.Clock.GetUtcNow(), context.Clock.LocalTimeZone);

    /// <summary>Until nothing waits any more, not even for other workers, or as <see cref="Until"/> says.</summary>
    public void Run(CancellationToken token)
    {
        using ITimer renewal = context.Clock.CreateTimer(_ => Renew(), null, s_renewal, s_renewal);
        try
        {
            while (true)
            {
                WaitForHours(Hours, context.Clock, Waiting, token);
                BuryTheDead();
                BeginPass();
                Work(Leases, token);
                foreach (WorkItem suspect in Suspects())
                {
                    if (MayBegin)
                        WorkAlone(suspect, token);
                }

                if (!MayBegin)
                    GiveBack();
                if (Superseded || !StaysFor(token))
                    return;
            }
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Waits, as long as it takes, until work may be done. The clock is looked at each minute: it may be set, and the machine may sleep.</summary>
    public static void WaitForHours(QuietHours? hours, TimeProvider clock, Action<string>? waiting, CancellationToken token)
    {
        while (hours is not null)
        {
            DateTimeOffset now = clock.GetUtcNow(), start = hours.NextStart(now, clock.LocalTimeZone);
            if (start <= now)
                return;
            waiting?.Invoke($"until {TimeZoneInfo.ConvertTime(start, clock.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture)}");
            TimeSpan left = start - now;
            Task.Delay(left < s_look ? left : s_look, clock, token).GetAwaiter().GetResult();
        }
    }

    /// <summary>All leases: nothing is in the pipeline.</summary>
    private void GiveBack()
    {
        suspects.Clear();
        catalogue.Queue.Release(worker);
        Volatile.Write(ref held, 0);
    }

    private void Release()
    {
        try
        {
            catalogue.Queue.Release(worker);
        }
        catch (Exception e) when (e is IOException or FileFormatException)
        {
            // What ended the run is told; the leases expire.
        }
    }

    private void WorkAlone(WorkItem item, CancellationToken token)
    {
        if (item.Attempts < MostAttempts)
        {
            Work(_ => [item], token);
            return;
        }

        string sentence = $"{Path.GetFileName(item.Path)}: the program ended {item.Attempts} times while it worked on this file. Hint: euterpe index --retry.";
        Tally.Failures.Add(new BadFile(item.Path, GivenUp, sentence));
        catalogue.Write([new Change.Fails(new Failure(item.Path, item.Stamp, GivenUp, sentence, ProgramIdentity.Program, ""))], worker);
        Interlocked.Decrement(ref held);
    }

    private List<WorkItem> Suspects()
    {
        List<WorkItem> now = [.. suspects.OrderBy(item => item.Attempts)];
        suspects.Clear();
        return now;
    }

    private void Renew()
    {
        try
        {
            catalogue.Queue.Renew(worker, s_lease);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or FileFormatException)
        {
            // The next write tells what is wrong; a lost lease costs nothing but work done twice.
        }
    }

    private void BuryTheDead()
    {
        foreach (string other in catalogue.Queue.Workers())
        {
            if (WorkerName.IsDead(other))
                catalogue.Queue.Release(other);
        }
    }

    /// <summary>Files as there is room for them, until none is free.</summary>
    private IEnumerable<WorkItem> Leases(CancellationToken token)
    {
        while (MayBegin && IsCurrent())
        {
            int room = InFlightBound - Volatile.Read(ref held);
            if (room <= 0)
            {
                if (suspects.Count >= InFlightBound)
                    yield break;

                // The taker writes long before the room is used up; it only has to come to it.
                token.WaitHandle.WaitOne(5);
                token.ThrowIfCancellationRequested();
                continue;
            }

            IReadOnlyList<WorkItem> leased = EndsTheRunException.Guard(() => catalogue.Queue.Take(worker, Math.Min(room, InFlightBound / 2), s_lease, folder, after));
            if (leased.Count == 0)
                yield break;
            leased = Seen(leased);
            Interlocked.Add(ref held, leased.Count);
            suspects.AddRange(leased.Where(item => item.Attempts >= Suspicious));
            foreach (WorkItem item in leased.Where(item => item.Attempts < Suspicious))
            {
                if (!MayBegin)
                    yield break;
                yield return item;
            }
        }
    }

    private void Work(Func<CancellationToken, IEnumerable<WorkItem>> items, CancellationToken token)
    {
        using var writer = new BatchWriter(catalogue, context.Clock, InFlightBound / 4, worker, count => Interlocked.Add(ref held, -count));
        var pipeline = new SoundPipeline<IndexJob>(embedder, context.Audio, Width, job => job.Path, (job, kind, stop) => job.Prepare(kind, stop));
        try
        {
            pipeline.Run(stop => items(stop).Select(item => new IndexJob(item, catalogue, space, context.Audio, identifyFirst.Value)), Take, token);
        }
        catch (EndsTheRunException e)
        {
            e.Unwrap();
        }

        void Take(IndexJob job, SoundKind kind, Listening.Outcome outcome)
        {
            writer.Add(Judge(job, kind, outcome));
            Finished?.Invoke(job.Path);
        }
    }

    private Change[] Judge(IndexJob job, SoundKind kind, Listening.Outcome outcome)
    {
        if (outcome.Bad is { Reason: Reasons.Missing })
        {
            Tally.Vanished++;
            return [new Change.Vanishes(job.Path)];
        }

        bool sameFile = Listening.IsStill(job.Path, job.Item.Stamp);
        if (job.ChangedTo is { } stamp && changed.TryAdd(job.Path, 1))
        {
            // Known to the queue as it was before: it is worked on as it is now.
            catalogue.Queue.Add([new WorkItem(job.Path, stamp)]);
            return [];
        }

        if (!sameFile && outcome.Bad is null || job.ChangedTo is not null)
            return Fail(Reasons.Changed, $"{Path.GetFileName(job.Path)}: the file changed while it was read. Hint: index again.");
        if (outcome.Bad is { } bad)
            return Fail(bad.Reason, bad.Sentence);
        return Hold(job, outcome);

        Change[] Fail(string reason, string sentence)
        {
            Tally.Failures.Add(new BadFile(job.Path, reason, sentence));
            string decoder = reason == Reasons.Empty ? "" : outcome.Decoder.Length > 0 ? outcome.Decoder : kind == SoundKind.Wav ? AudioFile.WavDecoder : ffmpeg.Value;
            return [new Change.Fails(new Failure(job.Path, job.Item.Stamp, reason, sentence, ProgramIdentity.Program, decoder))];
        }
    }

    private Change[] Hold(IndexJob job, Listening.Outcome outcome)
    {
        Track? track = job.Track;
        if (outcome.Facts is { } facts)
        {
            track ??= new Track(job.Path, job.Item.Stamp, job.FileSha256, outcome.Identity!.PacketsSha256, facts, Absent: false);
            track = track with { Facts = facts };
            if (outcome.Identity is { } identity)
                track = track with { Tags = IndexSpace.Tags(identity.Tags), TagsRevision = AudioTags.TagsRevision };
        }

        NewVector? vector = null;
        NewSegments? cut = null;
        Search.Provenance made = ProgramIdentity.With(outcome.Decoder);
        if (outcome.Vector is { } values)
            vector = new NewVector(space.Key, model, values, made);
        if (outcome.Segments is { } found)
        {
            SegmentSpan[] spans = [.. Enumerable.Range(0, found.Grid.Count).Select(i => new SegmentSpan(found.Grid.StartOf(i), found.Grid.FramesOf(i)))];
            cut = new NewSegments(space.Key, model, space.Segments!.ToString(), spans, found.Segments, made);
            Tally.Segments += spans.Length;
        }

        Count(track!, outcome, job.Retagged);
        var holds = new Change.Holds(track!, vector, cut);
        return job.Legacy is { } old ? [new Change.Identifies(old, track!.Sound), holds] : [holds];
    }

    private void Count(Track track, Listening.Outcome outcome, bool retagged)
    {
        if (outcome.Facts is null)
        {
            if (retagged)
                Tally.Retagged++;
            else
                Tally.Recognised++;
            return;
        }

        Tally.Embedded++;
        Tally.Seconds += track.Facts.Seconds;
        if (catalogue.FindDecoded(track.Facts.DecodedSha256, 2).Any(other => other.Path != track.Path && !other.Absent))
            Tally.Duplicates++;
    }
}
