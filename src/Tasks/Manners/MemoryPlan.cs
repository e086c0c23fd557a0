using System.Globalization;
using System.Runtime.ExceptionServices;
using Euterpe.Models;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>How much is done at once.</summary>
/// <param name="Embedders">Sounds that the model hears at once.</param>
/// <param name="Decoders">Files that are opened ahead of it at once.</param>
/// <param name="Ahead">Opened files that wait for the model.</param>
internal readonly record struct Width(int Embedders, int Decoders, int Ahead)
{
    /// <summary>Files whose decoder may be running.</summary>
    public int Open => Embedders + Decoders + Ahead;

    /// <param name="threads">Compute threads.</param>
    /// <param name="callers">Sounds that the model makes use of for each.</param>
    public static Width Of(int threads, int callers) => new(threads * callers, threads, threads);
}

/// <summary>
/// Fits the work into an amount of memory. What the program and the model hold is measured: the model hears some noise first, once, then by several callers at once where
/// that is sure to fit. The managed heap is limited to what is left, so that a mistake in this plan ends in an error and not in the machine's swap.
/// </summary>
internal sealed class MemoryPlan
{
    /// <summary>Of a decoder's process, beyond what all of them share; and of its decoded blocks here.</summary>
    private const long OneDecoder = 16L << 20, OneOpenFile = 4L << 20;

    // Noise of this length fills the windows that go through a network at once.
    private const int WarmUpSeconds = 45;
    private const double Slack = 0.05;

    private readonly long limit;
    private readonly IAudioEmbedder embedder;
    private readonly string model;
    private readonly SegmentRule? segments;

    private MemoryPlan(long limit, IAudioEmbedder embedder, string model, SegmentRule? segments) =>
        (this.limit, this.embedder, this.model, this.segments) = (limit, embedder, model, segments);

    /// <summary>Whether this process has a limit: then a file for which there is not enough memory fails alone.</summary>
    public static bool Limited { get; internal set; }

    /// <exception cref="OptionsException">Not even one file at a time fits.</exception>
    public static Width Make(long limit, IAudioEmbedder embedder, string model, SegmentRule? segments, int threads, CancellationToken token)
    {
        Width width = new MemoryPlan(limit, embedder, model, segments).Fit(threads, token);
        Limited = true;
        return width;
    }

    private Width Fit(int threads, CancellationToken token)
    {
        long segment = segments is null ? 0 : (long)(segments.LengthSeconds * 48_000 * 2 * sizeof(float) * 3);
        long file = OneDecoder + OneOpenFile, usable = (long)(limit * (1 - Slack));
        long before = Held();
        Refuse(before + (3 * file) + segment);
        Hear(1, token);
        long one = Held(), growth = Math.Max(one - before, 0);
        Refuse(one + (3 * file) + segment);
        long caller = growth;
        if (threads > 1 && one + growth + (6 * file) + (2 * segment) <= usable)
        {
            Hear(2, token);
            caller = Math.Max(Held() - one, 0);
        }

        Width width = new(1, 1, 1);
        for (int n = 2; n <= threads; n++)
        {
            Width wider = Width.Of(n, embedder.CallersPerThread);
            if (one + ((n - 1) * caller) + (wider.Open * file) + (wider.Embedders * segment) > usable)
                break;
            width = wider;
        }

        long managed = GC.GetGCMemoryInfo().TotalCommittedBytes, native = Math.Max(0, Held() - managed);
        long heap = Math.Max(usable - native - ((width.Embedders - 1) * caller) - (width.Open * OneDecoder), 64L << 20);
        AppContext.SetData("GCHeapHardLimit", (ulong)heap);
        GC.RefreshMemoryLimit();
        return width;

        void Refuse(long least)
        {
            if (least <= usable)
                return;
            throw new OptionsException(string.Create(CultureInfo.InvariantCulture,
                $"[memory] {Mega(limit)} are not enough: the program with {model} needs {Mega((long)(least / (1 - Slack)))} to work on one file at a time. Hint: --max-memory, or another model."));
        }
    }

    /// <summary>What this process holds, as the system sees it, without garbage.</summary>
    private static long Held()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Environment.WorkingSet;
    }

    private void Hear(int callers, CancellationToken token)
    {
        Task[] tasks = [.. Enumerable.Range(0, callers).Select(i => Task.Factory.StartNew(
            () =>
            {
                using var noise = new Noise(WarmUpSeconds, (uint)i);
                _ = segments is null ? new SegmentedSound(embedder.Embed(noise, token), [], default) : embedder.Embed(noise, segments, true, token);
            },
            token, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        try
        {
            Task.WaitAll(tasks, token);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private static string Mega(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / (double)(1 << 20)):0}M");

    /// <summary>Seconds of stereo at 48 kHz.</summary>
    private sealed class Noise(int seconds, uint seed) : Signals.IFrameSource
    {
        private long left = seconds * 48_000L;
        private uint state = seed + 1;

        public int SampleRate => 48_000;

        public int Channels => 2;

        public int Read(Span<float> interleaved, CancellationToken token = default)
        {
            token.ThrowIfCancellationRequested();
            int frames = (int)Math.Min(left, interleaved.Length / 2);
            left -= frames;
            foreach (ref float sample in interleaved[..(frames * 2)])
            {
                state = (state * 1664525) + 1013904223;
                sample = ((state >> 8) / 16777216f) - 0.5f;
            }

            return frames;
        }

        public void Dispose()
        {
        }
    }
}
