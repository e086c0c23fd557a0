using System.Buffers.Binary;
using System.Globalization;
using Euterpe.Numerics;
using Xunit.Abstractions;

namespace Euterpe.Tasks.Tests;

/// <summary>A large collection takes no more memory than a small one.</summary>
public sealed class SoakTests(ITestOutputHelper output) : IDisposable
{
    private const int Rate = 8000, Frames = 800, PerFolder = 1000;

    private readonly SoundFolder sounds = new();

    public void Dispose() => sounds.Dispose();

    [Fact]
    [Trait("Category", "Long")]
    public void A_hundred_thousand_tracks_take_no_more_memory_than_a_thousand() => Soak(100_000);

    private void Soak(int tracks)
    {
        for (int i = 0; i < tracks; i++)
            Write(i);
        var early = new List<Taken>();
        var late = new List<Taken>();
        var progress = new Watcher(p =>
        {
            // Five looks at each end: what is in flight differs from one moment to the next.
            if (p.Stage == "embedding" && p.Done is >= 1000 and <= 1400 && p.Done % 100 == 0)
                early.Add(Taken.Now());
            if (p.Stage == "embedding" && p.Done >= tracks - 400 && p.Done % 100 == 0)
                late.Add(Taken.Now());
        });
        IndexResult result = IndexTask.Run(new IndexOptions { Folder = sounds.Music, Catalogue = sounds.Catalogue }, progress: progress);
        Assert.Equal(tracks, result.Embedded);
        Assert.Empty(result.Failures);
        Assert.Equal(5, early.Count);
        Assert.Equal(5, late.Count);
        (Taken first, Taken last) = (Taken.Median(early), Taken.Median(late));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tracks:N0} tracks in {result.SecondsTaken:0} s"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"managed heap and native buffers: {first.Counted / 1e6:0.00} MB at track 1,000, {last.Counted / 1e6:0.00} MB at the end"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"resident: {first.Resident / 1e6:0.0} MB at track 1,000, {last.Resident / 1e6:0.0} MB at the end"));
        Assert.InRange(last.Counted, 0, first.Counted * 1.05);
        Assert.InRange(last.Resident, 0, first.Resident * 1.15);
    }

    /// <summary>0.1 s of noise: each its own sound.</summary>
    private void Write(int index)
    {
        string path = sounds[$"{index / PerFolder:d3}/{index % PerFolder:d3}.wav"];
        if (index % PerFolder == 0)
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        byte[] file = new byte[44 + (2 * Frames)];
        Span<byte> at = file;
        "RIFF"u8.CopyTo(at);
        BinaryPrimitives.WriteInt32LittleEndian(at[4..], file.Length - 8);
        "WAVEfmt "u8.CopyTo(at[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(at[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(at[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(at[22..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(at[24..], Rate);
        BinaryPrimitives.WriteInt32LittleEndian(at[28..], Rate * 2);
        BinaryPrimitives.WriteInt16LittleEndian(at[32..], 2);
        BinaryPrimitives.WriteInt16LittleEndian(at[34..], 16);
        "data"u8.CopyTo(at[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(at[40..], 2 * Frames);
        uint state = (uint)index + 1;
        for (int i = 0; i < Frames; i++)
        {
            state = (state * 1664525) + 1013904223;
            BinaryPrimitives.WriteInt16LittleEndian(at[(44 + (2 * i))..], (short)(state >> 16));
        }

        File.WriteAllBytes(path, file);
    }

    /// <summary>What the process holds after a full collection.</summary>
    private sealed record Taken(long Counted, long Resident)
    {
        public static Taken Now()
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
            using var process = System.Diagnostics.Process.GetCurrentProcess();
            return new Taken(GC.GetTotalMemory(forceFullCollection: false) + NativeBuffer.BytesInUse, process.WorkingSet64);
        }

        public static Taken Median(List<Taken> looks) => new(
            looks.Select(l => l.Counted).Order().ElementAt(looks.Count / 2), looks.Select(l => l.Resident).Order().ElementAt(looks.Count / 2));
    }

    private sealed class Watcher(Action<TaskProgress> look) : IProgress<TaskProgress>
    {
        public void Report(TaskProgress value) => look(value);
    }
}
