using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

/// <summary>Long sounds in windows: as many frames as one pass, each from one window; block by block as whole.</summary>
public class FrameWindowsTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 0.2)]
    [InlineData(0.5, 0.1)]
    [InlineData(2, 0.9)]
    public void Every_frame_comes_from_exactly_one_window_on_the_grid_of_one_pass(double seconds, double margin)
    {
        var grid = new FrameGrid(20, 45);
        var windows = new FrameWindows(grid, 1000, new FrameOptions(null, seconds, margin));
        int context = Math.Min(windows.Before, windows.Frames - windows.Hop - windows.Before);
        for (int samples = 1; samples < 6000; samples += samples < 300 ? 1 : 37)
        {
            float[] wave = [.. Enumerable.Range(0, samples).Select(i => (float)i)];
            List<FrameWindow> plan = windows.Plan(wave), read = Streamed(windows, wave, 1 + (samples % 97));
            Assert.Equal(plan.Count, read.Count);
            long all = Math.Max(1, grid.Frames(samples)), next = 0;
            for (int i = 0; i < plan.Count; i++)
            {
                FrameWindow window = plan[i];
                Assert.Equal((window.FirstFrame, window.Skip, window.Take), (read[i].FirstFrame, read[i].Skip, read[i].Take));
                Close.Same(window.Samples.Span, read[i].Samples.Span, $"{samples} samples, window {i}");
                long frames = grid.Frames(window.Samples.Length);
                Assert.Equal(next, window.FirstFrame + window.Skip);
                Assert.InRange(window.Take, 1, frames - window.Skip);
                next += window.Take;
                if (plan.Count == 1)
                    continue;
                Assert.Equal(windows.Frames, frames);
                Assert.Equal(grid.Samples(windows.Frames), window.Samples.Length);
                Assert.Equal(window.FirstFrame * grid.Stride, window.Samples.Span[0]);
                Assert.True(i == 0 || window.Skip >= context, "context before");
                Assert.True(i == plan.Count - 1 || frames - window.Skip - window.Take >= context, "context behind");
            }

            Assert.Equal(all, next);
            Assert.Equal(all, plan[^1].FirstFrame + grid.Frames(plan[^1].Samples.Length));
        }
    }

    [Fact]
    public void A_whole_number_of_frames_a_second_makes_the_hop_whole_seconds()
    {
        var windows = new FrameWindows(new FrameGrid(320, 400), 24_000, new FrameOptions());
        Assert.Equal((2249, 28 * 75, 74), (windows.Frames, windows.Hop, windows.Before));
    }

    [Fact]
    public void A_sound_of_one_window_is_one_pass()
    {
        using FrameEmbedder mert = Mert.Mert.Tiny(3, stable: false, options: new FrameOptions(new LayerChoice.One(2), WindowSeconds: 3));
        foreach (int samples in (int[])[20, 1500, 3000])
        {
            float[] sound = MertSamenessTests.Sound(1, samples);
            HiddenStates whole = mert.Encode([sound])[0];
            var parts = new List<HiddenStates>();
            Assert.Equal(whole.Frames, mert.EncodeWindows(new Waveform(1000, sound).Open(), null, parts.Add));
            Assert.Single(parts);
            for (int layer = 0; layer < mert.Layers; layer++)
                Close.Same(whole.Layer(layer), parts[0].Layer(layer), $"{samples} samples, layer {layer}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_long_sound_has_the_frames_of_its_windows(bool stable)
    {
        var options = new FrameOptions(new LayerChoice.One(2), WindowSeconds: 2, MarginSeconds: 0.2);
        using FrameEmbedder mert = Mert.Mert.Tiny(4, stable, options: options);
        float[] sound = MertSamenessTests.Sound(2, 11_111);
        var rule = new FrameWindows(mert.Network.Grid, 1000, options);
        var found = new List<float>();
        long frames = mert.EncodeWindows(new Waveform(1000, sound).Open(), [2], states =>
        {
            Assert.Equal(found.Count / mert.Dimension, states.FirstFrame);
            found.AddRange(states.Layer(2));
        });
        Assert.Equal(mert.Frames(sound.Length), frames);
        foreach (FrameWindow window in rule.Plan(sound))
        {
            HiddenStates alone = mert.Encode([window.Samples], [2])[0];
            Close.Same(alone.Layer(2).Slice(window.Skip * mert.Dimension, window.Take * mert.Dimension),
                found.ToArray().AsSpan((int)(window.FirstFrame + window.Skip) * mert.Dimension, window.Take * mert.Dimension), $"window at {window.FirstFrame}");
        }

        EmbeddedSound embedded = mert.EmbedWindows(new Waveform(1000, sound).Open());
        Close.Same(mert.Embed([sound])[0], embedded.Vector, "block by block and whole");
        Assert.Equal(rule.Plan(sound).Select(window => (window.FirstFrame + window.Skip) / mert.FrameRate), embedded.Windows.Select(window => window.StartSeconds));
        Assert.Equal(frames / mert.FrameRate, embedded.Windows.Sum(window => window.LengthSeconds), 9);
        var mean = new FrameMean([1], mert.Dimension);
        mean.Add(0, found.ToArray());
        Close.Same(mean.Vector(), embedded.Vector, "mean over all frames");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_periodic_sound_gives_equal_frames_in_every_window(bool stable)
    {
        using FrameEmbedder mert = Mert.Mert.Tiny(5, stable, options: new FrameOptions(null, WindowSeconds: 4, MarginSeconds: 0.5));
        const int Period = 100; // samples; a frame has 20
        float[] sound = [.. Enumerable.Range(0, 25_000).Select(i => ((i % Period) - 50) / 100f * (i % Period < 30 ? 1 : -0.3f))];
        var windows = new List<HiddenStates>();
        mert.EncodeWindows(new Waveform(1000, sound).Open(), null, windows.Add);
        Assert.True(windows.Count > 6);
        int frames = Period / mert.Network.Grid.Stride, size = mert.Dimension;
        foreach (int layer in windows[0].Layers)
        {
            // Frames in the middle of the first inner window, and those of the same phase at the same place of every other.
            foreach (HiddenStates window in windows.Skip(2).SkipLast(1))
            {
                Assert.Equal(windows[1].FirstFrame % frames, window.FirstFrame % frames);
                Close.Check(windows[1].Layer(layer), window.Layer(layer), 1e-4, what: $"layer {layer}, window at {window.FirstFrame}");
            }

            // The last window begins at another phase; its frames of the same phase, a context away from the borders.
            HiddenStates last = windows[^1];
            int shift = (int)(((windows[1].FirstFrame - last.FirstFrame) % frames) + frames) % frames;
            int middle = (last.Frames / 2) + shift;
            middle += (int)((((windows[1].FirstFrame + (windows[1].Frames / 2)) - (last.FirstFrame + middle)) % frames) + frames) % frames;
            Close.Check(windows[1].Layer(layer).Slice(windows[1].Frames / 2 * size, size), last.Layer(layer).Slice(middle * size, size), 1e-2, what: $"layer {layer}, last");
        }
    }

    [Fact]
    public void Memory_is_bounded_for_a_sound_of_any_length()
    {
        using FrameEmbedder mert = Mert.Mert.Tiny(6, stable: false, options: new FrameOptions(new LayerChoice.One(1), WindowSeconds: 1, MarginSeconds: 0.1));
        mert.Embed(new Endless(20_000));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        mert.Embed(new Endless(120_000, () => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true))));
        Assert.InRange(most - before, long.MinValue, 8 << 20);
    }

    [Fact]
    public void Other_rates_and_channels_are_brought_to_the_models_own()
    {
        using FrameEmbedder mert = Mert.Mert.Tiny(9, stable: true);
        float[] left = MertSamenessTests.Sound(1, 4410), right = MertSamenessTests.Sound(2, 4410);
        var sound = new Waveform(2205, left, right);
        float[] whole = Resampler.Shared(2205, 1000).Run(sound.ToMono());
        Close.Same(mert.Embed([whole])[0], mert.Embed(sound.Open()), "2,205 Hz");
    }

    [Theory]
    [InlineData("")]
    [InlineData("layer=last")]
    [InlineData("layer=7 window=5 margin=0.25")]
    [InlineData("layer=0,0.5,1 margin=0")]
    [InlineData("layer=mean")]
    public void Options_come_back_from_their_text(string text) => Assert.Equal(text, FrameOptions.Parse(text).ToString());

    [Theory]
    [InlineData("layer=first")]
    [InlineData("layer=1,x")]
    [InlineData("layer=")]
    [InlineData("window=0.1")]
    [InlineData("window=NaN")]
    [InlineData("window=1 margin=0.5")]
    [InlineData("margin=-1")]
    [InlineData("hop=3")]
    public void Wrong_options_are_refused(string text) => Assert.Throws<OptionsException>(() => FrameOptions.Parse(text));

    [Theory]
    [InlineData("4")]
    [InlineData("-5")]
    [InlineData("1,2,3")]
    [InlineData("0,0,0,0")]
    public void Layers_that_are_not_there_are_refused(string choice) =>
        Assert.Throws<OptionsException>(() => Mert.Mert.Tiny(1, stable: false, options: new FrameOptions(LayerChoice.Parse(choice))));

    private static List<FrameWindow> Streamed(FrameWindows rule, float[] wave, int block)
    {
        FrameWindows cutter = rule.Begin();
        var read = new List<FrameWindow>();
        for (int at = 0; at < wave.Length;)
        {
            at += cutter.Add(wave.AsSpan(at, Math.Min(block, wave.Length - at)), out FrameWindow? full);
            if (full is { } window)
                read.Add(window);
        }

        if (cutter.Finish() is { } last)
            read.Add(last);
        return read;
    }

    /// <summary>A sound that nobody holds in memory.</summary>
    private sealed class Endless(long samples, Action? now = null) : IFrameSource
    {
        private long at;
        private int reads;

        public int SampleRate => 1000;

        public int Channels => 1;

        public int Read(Span<float> interleaved, CancellationToken token = default)
        {
            int count = (int)Math.Min(samples - at, interleaved.Length);
            for (int i = 0; i < count; i++)
                interleaved[i] = ((at + i) * 37 % 101 / 50f) - 1;
            at += count;
            if (++reads % 8 == 0)
                now?.Invoke();
            return count;
        }

        public void Dispose()
        {
        }
    }
}
