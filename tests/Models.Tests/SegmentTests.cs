using Euterpe.Models.Segments;
using Euterpe.Models.Signature;
using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

[Collection("compute threads")]
public class SegmentTests
{
    public static TheoryData<string> Embedders => ["signature", "clap", "clap fusion", "mert", "mert short windows", "muq", "muq-mulan"];

    [Theory]
    [InlineData(0, new long[0], new long[0])]
    [InlineData(1, new long[] { 0 }, new long[] { 1 })]
    [InlineData(100, new long[] { 0 }, new long[] { 100 })]
    [InlineData(101, new long[] { 0, 50 }, new long[] { 100, 51 })]
    [InlineData(150, new long[] { 0, 50 }, new long[] { 100, 100 })]
    [InlineData(151, new long[] { 0, 50, 100 }, new long[] { 100, 100, 51 })]
    public void Segments_follow_each_other_and_the_rest_is_the_last(int frames, long[] starts, long[] lengths) =>
        Check(new SegmentRule(1, 0.5), frames, starts, lengths);

    [Theory]
    [InlineData(149, new long[] { 0, 49 }, new long[] { 100, 100 })] // less than half a segment is left: the last one ends with the sound
    [InlineData(150, new long[] { 0, 100 }, new long[] { 100, 50 })]
    [InlineData(200, new long[] { 0, 100 }, new long[] { 100, 100 })]
    [InlineData(201, new long[] { 0, 100, 101 }, new long[] { 100, 100, 100 })]
    public void A_short_rest_is_heard_by_a_segment_that_ends_with_the_sound(int frames, long[] starts, long[] lengths) =>
        Check(new SegmentRule(1, 1), frames, starts, lengths);

    [Theory]
    [MemberData(nameof(Embedders))]
    public void The_vector_of_a_segment_is_that_of_the_cut_alone(string name)
    {
        using IAudioEmbedder embedder = Open(name);
        foreach (int rate in (int[])[embedder.SampleRate, 4410])
        {
            foreach ((SegmentRule rule, double seconds, int channels) in ((SegmentRule, double, int)[])
                [(new(1, 0.5), 3.3, 2), (new(0.7, 0.7), 2.2, 1), (new(1, 1), 3, 1), (new(2, 0.4), 1.9, 2)])
            {
                Waveform sound = Noise(rate, channels, (int)(seconds * rate));
                SegmentedSound found = embedder.Embed(sound.Open(), rule);
                Close.Same(embedder.Embed(sound.Open()), found.Vector!, $"{rule}: the whole");
                Assert.Equal(found.Grid.Count * embedder.Dimension, found.Segments.Length);
                for (int i = 0; i < found.Grid.Count; i++)
                {
                    int start = (int)found.Grid.StartOf(i), frames = (int)found.Grid.FramesOf(i);
                    var cut = new Waveform(rate, [.. Enumerable.Range(0, channels).Select(c => sound.Channel(c).Slice(start, frames).ToArray())]);
                    Close.Same(embedder.Embed(cut.Open()), Row(found, i, embedder.Dimension), $"{rate} Hz, {rule}: segment {i}");
                }

                SegmentedSound only = embedder.Embed(sound.Open(), rule, whole: false);
                Assert.Null(only.Vector);
                Close.Same(found.Segments, only.Segments, $"{rule}: the segments alone");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Embedders))]
    public void Threads_and_callers_do_not_show(string name)
    {
        using IAudioEmbedder embedder = Open(name);
        var rule = new SegmentRule(1, 0.5);
        Waveform[] sounds = [.. Enumerable.Range(0, 4).Select(i => Noise(embedder.SampleRate, 1, (int)((1.2 + (0.8 * i)) * embedder.SampleRate), (ulong)i))];
        SegmentedSound[] alone = [.. sounds.Select(sound => embedder.Embed(sound.Open(), rule))];
        Sameness.OfThreads(threads =>
        {
            var found = new SegmentedSound[sounds.Length];
            Thread[] callers = [.. sounds.Select((sound, i) => new Thread(() => found[i] = embedder.Embed(sound.Open(), rule)))];
            Array.ForEach(callers, caller => caller.Start());
            Array.ForEach(callers, caller => caller.Join());
            for (int i = 0; i < sounds.Length; i++)
            {
                Close.Same(alone[i].Vector!, found[i].Vector!, $"{threads} threads, caller {i}");
                Close.Same(alone[i].Segments, found[i].Segments, $"{threads} threads, caller {i}, segments");
            }
        });
    }

    [Theory]
    [MemberData(nameof(Embedders))]
    public void A_sound_without_samples_is_said_to_be_one(string name)
    {
        using IAudioEmbedder embedder = Open(name);
        foreach (bool whole in (bool[])[true, false])
            Assert.Throws<ArgumentException>(() => embedder.Embed(new SegmentEmbedding.Cut([], 44100, 2), new SegmentRule(1, 1), whole));
    }

    [Fact]
    public void A_rule_is_read_as_it_is_written()
    {
        Assert.Equal(SegmentRule.Default, SegmentRule.Parse(SegmentRule.Default.ToString()));
        Assert.Equal(new SegmentRule(7.5, 2.5), SegmentRule.Parse("7.5,2.5"));
        foreach (string wrong in (string[])["", "10", "10,5,1", "10;5", "0.1,0.1", "10,11", "200,5", "10,0", "10,NaN", "1e1,5", "-10,5"])
            Assert.Contains("[segments]", Assert.Throws<OptionsException>(() => SegmentRule.Parse(wrong)).Message, StringComparison.Ordinal);
    }

    private static void Check(SegmentRule rule, int frames, long[] starts, long[] lengths)
    {
        var grid = new SegmentGrid(rule, 100, frames);
        Assert.Equal(starts, Enumerable.Range(0, grid.Count).Select(grid.StartOf));
        Assert.Equal(lengths, Enumerable.Range(0, grid.Count).Select(grid.FramesOf));
        foreach (int block in (int[])[1, 7, 100, 1000])
        {
            foreach (int channels in (int[])[1, 3])
            {
                var cutter = new SegmentCutter(rule, 100, channels);
                var found = new List<float[]>();
                foreach (float[] part in Enumerable.Range(0, frames * channels).Select(i => (float)i).Chunk(block * channels))
                {
                    for (int at = 0; at < part.Length;)
                    {
                        at += cutter.Add(part.AsSpan(at), out float[]? segment);
                        if (segment is not null)
                            found.Add(segment);
                    }
                }

                found.AddRange(cutter.Finish());
                Assert.Equal(starts.Length, found.Count);
                for (int i = 0; i < found.Count; i++)
                    Assert.Equal(Enumerable.Range((int)starts[i] * channels, (int)lengths[i] * channels).Select(v => (float)v), found[i]);
            }
        }
    }

    private static float[] Row(SegmentedSound sound, int segment, int dimension) => sound.Segments.AsSpan(segment * dimension, dimension).ToArray();

    private static Waveform Noise(int rate, int channels, int frames, ulong seed = 0)
    {
        float[][] all = [.. Enumerable.Range(0, channels).Select(_ => new float[frames])];
        for (int c = 0; c < channels; c++)
            new Philox(seed + 1, "tests/segments").FillNormal(c, 0, all[c]);
        return new Waveform(rate, all);
    }

    private static IAudioEmbedder Open(string name) => name switch
    {
        "signature" => new SignatureEmbedder(),
        "clap" => Clap.Clap.Tiny(1),
        "clap fusion" => Clap.Clap.Tiny(1, fusion: true),
        "mert" => Mert.Mert.Tiny(1, stable: true),
        "mert short windows" => Mert.Mert.Tiny(1, stable: false, options: new FrameOptions(WindowSeconds: 0.6, MarginSeconds: 0.1)),
        "muq" => new FrameEmbedder("muq-tiny", Muq.Muq.Tiny(1)),
        _ => MuqMulan.MuqMulan.Tiny(1),
    };
}
