using System.Diagnostics;
using System.Globalization;
using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Signals.Files;
using Euterpe.Tasks.Sounds;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Tasks.Tests;

/// <summary>Damaged files of every format: each gives a vector or a reason, in bounded time and memory, and no decoder stays behind.</summary>
public sealed class MutatedFileTests(ITestOutputHelper output) : IDisposable
{
    // One file may take so long at the very most; the decoder is ended before.
    private static readonly TimeSpan s_budget = TimeSpan.FromSeconds(60);

    private static readonly AudioFileOptions s_audio = new()
    {
        LongestSound = TimeSpan.FromMinutes(10),
        DecoderTime = TimeSpan.FromSeconds(10),
        Stall = TimeSpan.FromSeconds(20),
    };

    private static readonly string[] s_allowed = [Reasons.Empty, Reasons.NotSound, Reasons.Broken, Reasons.NoFrames, Reasons.NotFinite, Reasons.BeyondLimits];

    private readonly SoundFolder _sounds = new();

    public void Dispose() => _sounds.Dispose();

    [Fact]
    public void Two_thousand_damaged_files_of_our_own_readers_give_a_vector_or_a_reason() => InProcess(0, 2_000);

    [SkippableFact]
    public void Two_hundred_damaged_files_for_FFmpeg_give_a_vector_or_a_reason() => ThroughFfmpeg(0, 200);

    [SkippableFact]
    [Trait("Category", "Long")]
    public void Ten_thousand_damaged_files_of_all_formats_give_a_vector_or_a_reason()
    {
        InProcess(2_000, 5_000);
        for (int from = 200; from < 5_200; from += 500)
            ThroughFfmpeg(from, 500);
    }

    /// <summary>Vector and identity of each; where the file is damaged so that it is another format, FFmpeg would be asked, and is not there.</summary>
    private void InProcess(int from, int count)
    {
        const long AllowedBytes = 64 << 20;
        IReadOnlyList<SoundSeed> seeds = MutatedSounds.OwnFormats();
        AudioFileOptions audio = s_audio with { Decoder = "not-needed" };
        using IAudioEmbedder signature = ModelShelf.Shared.Open(new ModelChoice()).Sound!;
        using var echo = new EchoEmbedder();
        var reasons = new SortedDictionary<string, int>(StringComparer.Ordinal);
        string path = _sounds.Text("mutated.wav", "");
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = from; i < from + count; i++)
        {
            (_, byte[] bytes) = MutatedSounds.Make(seeds, i);
            File.WriteAllBytes(path, bytes);
            long start = Stopwatch.GetTimestamp(), allocated = GC.GetAllocatedBytesForCurrentThread();
            Listening.Outcome outcome = Listening.Embed(path, i % 8 == 0 ? signature : echo, audio, CancellationToken.None);
            string reason = Judge($"file {i}", outcome.Bad, bytes);
            reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
            Assert.Equal(outcome.Bad is null, outcome.Vector is not null);
            try
            {
                Assert.Matches("^[0-9a-f]{64}$", AudioFile.Identify(path, audio).PacketsSha256);
            }
            catch (FileFormatException e)
            {
                Assert.True(outcome.Bad is not null, $"file {i}: it was decoded, and cannot be identified: {e.Message}");
            }
            catch (FileNotFoundException e) when (e.FileName == audio.Decoder)
            {
                Assert.Equal(Reasons.NoDecoder, reason);
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - allocated < AllowedBytes, $"file {i}: {(GC.GetAllocatedBytesForCurrentThread() - allocated) >> 20} MiB");
            Assert.True(Stopwatch.GetElapsedTime(start) < s_budget, $"file {i}: {Stopwatch.GetElapsedTime(start)}");
        }

        long after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.True(after - before < AllowedBytes, $"{(after - before) >> 20} MiB are held after all files");
        Tell($"{count} files, in process", reasons);
        Assert.True(reasons["vector"] > count / 20 && reasons[Reasons.Broken] > count / 20);
    }

    /// <summary>The whole way: a folder of damaged files is indexed, while another thread watches the decoders.</summary>
    private void ThroughFfmpeg(int from, int count)
    {
        string folder = Path.Combine(_sounds.Root, "damaged");
        Directory.CreateDirectory(folder);
        IReadOnlyList<SoundSeed> seeds = MutatedSounds.FfmpegFormats(folder);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (int i = from; i < from + count; i++)
        {
            (SoundSeed seed, byte[] bytes) = MutatedSounds.Make(seeds, i);
            string path = Path.Combine(folder, $"{i:00000}.{seed.Ending}");
            File.WriteAllBytes(path, bytes);
            files.Add(path, bytes);
        }

        using var watch = new DecoderWatch(folder);
        var context = new TaskContext { Models = new EchoShelf(new EchoEmbedder()), Audio = s_audio };
        long start = Stopwatch.GetTimestamp();
        IndexResult result = IndexTask.Run(new IndexOptions { Folder = folder, Catalogue = Path.Combine(_sounds.Root, $"{from}.db") }, context);
        TimeSpan taken = Stopwatch.GetElapsedTime(start);
        Assert.True(taken < s_budget * (1 + (count / 100)), $"{taken} for {count} files");
        Assert.False(result.Stopped);
        var reasons = new SortedDictionary<string, int>(StringComparer.Ordinal) { ["vector"] = (int)(result.Found - result.Failures.Count) };
        foreach (BadFile bad in result.Failures)
        {
            string reason = Judge(Path.GetFileName(bad.Path), bad, files[bad.Path]);
            reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
        }

        Tell($"{count} files through FFmpeg in {taken.TotalSeconds:0} s, largest decoder {watch.Peak >> 20} MiB", reasons);
        Assert.Equal(count, result.Found);
        Assert.Equal(count, result.Embedded + result.Recognised + result.Retagged + result.Failures.Count);
        Assert.True(reasons["vector"] > count / 10 && reasons[Reasons.Broken] > count / 20);
        Assert.True(watch.Peak < 1L << 30, $"a decoder took {watch.Peak >> 20} MiB");
        Assert.Empty(watch.Running());
        Directory.Delete(folder, recursive: true);
    }

    private string Judge(string file, BadFile? bad, byte[] bytes)
    {
        if (bad is null)
            return "vector";
        if (bytes.Length == 0)
            Assert.Equal(Reasons.Empty, bad.Reason);
        bool allowed = s_allowed.Contains(bad.Reason) || (bad.Reason == Reasons.NoDecoder && bad.Sentence.Contains("FFmpeg is not installed", StringComparison.Ordinal));
        Assert.True(allowed, $"{file}: {bad.Reason}: {bad.Sentence}");
        Assert.DoesNotContain(bad.Sentence, char.IsControl);
        Assert.InRange(bad.Sentence.Length, 20, 600);
        return bad.Reason;
    }

    private void Tell(string what, SortedDictionary<string, int> reasons) =>
        output.WriteLine($"{what}: {string.Join(", ", reasons.Select(r => $"{r.Value.ToString(CultureInfo.InvariantCulture)} {r.Key}"))}");

    /// <summary>The processes that have a file of this folder on their command line, by Linux' own accounts; elsewhere none are seen.</summary>
    private sealed class DecoderWatch : IDisposable
    {
        private readonly string _folder;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _watcher;

        public DecoderWatch(string folder)
        {
            _folder = folder;
            _watcher = Task.Run(async () =>
            {
                while (!_stop.IsCancellationRequested)
                {
                    foreach (string process in Running())
                        Peak = Math.Max(Peak, PeakOf(process));
                    await Task.Delay(200);
                }
            });
        }

        /// <summary>The most memory that one of them had when it was seen.</summary>
        public long Peak { get; private set; }

        public string[] Running() => [.. Directory.Exists("/proc/self")
            ? Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0]) && Text($"{p}/cmdline").Contains($"file:{_folder}", StringComparison.Ordinal))
            : []];

        public void Dispose()
        {
            _stop.Cancel();
            _watcher.Wait();
            _stop.Dispose();
        }

        private static long PeakOf(string process)
        {
            string? line = Text($"{process}/status").Split('\n').FirstOrDefault(each => each.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6).Trim()[..^3], CultureInfo.InvariantCulture) << 10;
        }

        private static string Text(string file)
        {
            try
            {
                return File.ReadAllText(file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return ""; // it has just ended
            }
        }
    }
}
