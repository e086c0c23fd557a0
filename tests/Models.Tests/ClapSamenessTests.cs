using Euterpe.Layers;
using Euterpe.Models.Clap;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Tensors;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

/// <summary>The same bits for any number of threads, batch, blocks and callers.</summary>
[Collection("compute threads")]
public class ClapSamenessTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Threads_and_batches_give_the_same_bits(bool fusion)
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(7, fusion);
        float[][] sounds = [.. Enumerable.Range(0, 5).Select(i => Sound(i, 10_000 + (9_000 * i)))];
        long[][] texts = [.. Enumerable.Range(0, 5).Select(i => Enumerable.Range(0, 3 + (5 * i)).Select(t => (long)(4 + (t * 37 % 290))).ToArray())];
        float[][] alone = [.. sounds.Select(sound => clap.Embed([sound])[0])];
        float[][] aloneTexts = [.. texts.Select(text => clap.Embed([text])[0])];
        Sameness.OfThreads(threads =>
        {
            float[][] together = clap.Embed([.. sounds.Select(sound => (ReadOnlyMemory<float>)sound)]);
            float[][] togetherTexts = clap.Embed(texts);
            for (int i = 0; i < 5; i++)
            {
                Close.Same(alone[i], together[i], $"sound {i}, {threads} threads");
                Close.Same(aloneTexts[i], togetherTexts[i], $"text {i}, {threads} threads");
            }
        });

        Assert.All(alone, vector => Assert.Equal(1, Math.Sqrt(vector.Sum(x => (double)x * x)), 5));
        Assert.True(Distance.Cosine(alone[0], alone[1]) < 0.99999, "sounds must matter");
        Assert.True(Distance.Cosine(aloneTexts[0], aloneTexts[1]) < 0.999, "words must matter");
    }

    [Fact]
    public void Callers_at_once_get_the_same_bits()
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(8);
        Sameness.OfCallers(clap, [.. Enumerable.Range(0, 4).Select(i => Sound(i, 20_000))]);
    }

    [Fact]
    public void A_long_sound_in_blocks_is_the_normalized_mean_of_its_windows()
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(9);
        float[] sound = Sound(1, 110_000);
        EmbeddedSound whole = clap.EmbedWindows(new Waveform(48000, sound).Open());
        Assert.Equal([0, 1, 62_000 / 48000.0], whole.Windows.Select(window => window.StartSeconds));
        Close.Same(clap.Embed([sound])[0], whole.Vector, "block by block and whole");
        for (int i = 0; i < 3; i++)
        {
            float[] part = sound.AsSpan((int)Math.Round(whole.Windows[i].StartSeconds * 48000), 48_000).ToArray();
            Close.Same(clap.Embed([part])[0], whole.Windows[i].Vector, $"window {i}");
        }

        float[] mean = new float[whole.Vector.Length];
        for (int i = 0; i < mean.Length; i++)
            mean[i] = whole.Windows.Sum(window => window.Vector[i]);
        double norm = Math.Sqrt(mean.Sum(x => (double)x * x));
        Close.Check([.. mean.Select(x => (float)(x / norm))], whole.Vector, 1e-6, what: "mean");
    }

    [Fact]
    public void Channels_are_averaged()
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(9);
        float[] left = Sound(1, 30_000), right = Sound(2, 30_000);
        float[] mean = [.. left.Zip(right, (a, b) => (a + b) / 2)];
        Close.Same(clap.Embed([mean])[0], ((IAudioEmbedder)clap).Embed(new Waveform(48000, left, right).Open()), "two channels");
    }

    [Fact]
    public void Other_rates_are_resampled_as_a_whole_sound_is()
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(9);
        float[] left = Sound(1, 44_100), right = Sound(2, 44_100);
        var sound = new Waveform(44_100, left, right);
        float[] whole = Resampler.Shared(44_100, 48_000).Run(sound.ToMono());
        Close.Same(clap.Embed([whole])[0], ((IAudioEmbedder)clap).Embed(sound.Open()), "44.1 kHz");
    }

    [Fact]
    public void Cancelling_ends_a_run_and_leaves_the_model_usable()
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(10);
        float[] sound = Sound(3, 48_000);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => clap.Embed([sound], cancelled.Token));
        Assert.Equal(24, clap.Embed([sound])[0].Length);
    }

    [Fact]
    public void A_sound_without_samples_is_refused()
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(10);
        Assert.Throws<ArgumentException>(() => clap.Embed([Array.Empty<float>()]));
        Assert.Throws<ArgumentException>(() => ((IAudioEmbedder)clap).Embed(new Waveform(48000, new float[0]).Open()));
    }

    [Fact]
    public void Plain_and_packed_weights_give_the_same_bits()
    {
        using ClapEmbedder plain = Clap.Clap.Tiny(11, fusion: true, packing: Packing.Plain), packed = Clap.Clap.Tiny(11, fusion: true);
        float[] sound = Sound(4, 15_000);
        Close.Same(plain.Embed([sound])[0], packed.Embed([sound])[0], "sound");
        long[][] texts = [[0, 5, 6, 7, 2]];
        Close.Same(plain.Embed(texts)[0], packed.Embed(texts)[0], "text");
    }

    [Fact]
    public void Fusion_hears_the_crops()
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(12, fusion: true);
        using var w = new Workspace();
        float[] sound = Sound(5, 70_000);
        Tensor one = clap.FrontEnd.FusedFeatures(w, sound), other = clap.FrontEnd.FusedFeatures(w, sound, [0, 0, 0]);
        float[] a = clap.Model.Audio.Embed(w, one, [true]).ToArray(), b = clap.Model.Audio.Embed(w, other, [true]).ToArray(),
            c = clap.Model.Audio.Embed(w, one, [false]).ToArray();
        Assert.NotEqual(a, b);
        Assert.NotEqual(a, c);
    }

    [Fact]
    public void The_random_crop_is_a_function_of_its_seed()
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(13);
        using var w = new Workspace();
        float[] sound = Sound(6, 60_000);
        float[] one = clap.FrontEnd.RandomCropFeatures(w, sound, 1).ToArray();
        Assert.Equal(one, clap.FrontEnd.RandomCropFeatures(w, sound, 1).ToArray());
        Assert.NotEqual(one, clap.FrontEnd.RandomCropFeatures(w, sound, 2).ToArray());
    }

    [Fact]
    public void The_key_names_model_weights_rule_and_stages()
    {
        using ClapEmbedder clap = Clap.Clap.Tiny(14), rounded = Clap.Clap.Tiny(14, packing: Packing.BF16);
        Assert.StartsWith("model=clap weights=random-14 precision=f32 window=\"1 s without overlap", clap.CompatibilityKey, StringComparison.Ordinal);
        Assert.Contains("front-end=1 numerics=1 network=1", clap.CompatibilityKey, StringComparison.Ordinal);
        Assert.NotEqual(clap.CompatibilityKey, rounded.CompatibilityKey);
    }

    private static float[] Sound(int item, int samples)
    {
        var sound = new float[samples];
        new Philox(440, "sound").FillUniform(item, 0, sound);
        for (int i = 0; i < samples; i++)
            sound[i] = (sound[i] - 0.5f) * 0.1f * (1 + (i * (item + 1) / 3000 % 5));
        return sound;
    }
}
