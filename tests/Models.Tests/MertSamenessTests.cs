using Euterpe.Layers;
using Euterpe.Models.Mert;
using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Tensors;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

/// <summary>The same bits for any number of threads, batch, blocks and callers; packed and plain.</summary>
[Collection("compute threads")]
public class MertSamenessTests
{
    private static readonly FrameOptions Short = new(new LayerChoice.Mean(), WindowSeconds: 2, MarginSeconds: 0.2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Threads_and_batches_give_the_same_bits(bool stable)
    {
        using FrameEmbedder mert = Mert.Mert.Tiny(7, stable, options: Short);
        ReadOnlyMemory<float>[] sounds = [Sound(0, 1500), Sound(1, 1500), Sound(2, 4100), Sound(3, 5), Sound(4, 1500)];
        HiddenStates[] alone = [.. sounds.Select(sound => mert.Encode([sound])[0])];
        float[][] vectors = [.. sounds.Select(sound => mert.Embed([sound])[0])];
        Sameness.OfThreads(threads =>
        {
            HiddenStates[] together = mert.Encode(sounds);
            float[][] embedded = mert.Embed(sounds);
            for (int i = 0; i < sounds.Length; i++)
            {
                Same(alone[i], together[i], $"sound {i}, {threads} threads");
                Close.Same(vectors[i], embedded[i], $"vector {i}, {threads} threads");
            }
        });

        Assert.All(vectors, vector => Assert.Equal(1, Math.Sqrt(vector.Sum(x => (double)x * x)), 5));
        Assert.True(Distance.Cosine(vectors[0], vectors[1]) < 0.99999, "sounds must matter");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Plain_and_packed_weights_give_the_same_bits(bool stable)
    {
        using FrameEmbedder plain = Mert.Mert.Tiny(11, stable, Packing.Plain), packed = Mert.Mert.Tiny(11, stable);
        foreach (int samples in (int[])[45, 1300, 9000])
            Same(plain.Encode([Sound(4, samples)])[0], packed.Encode([Sound(4, samples)])[0], $"{samples} samples");
    }

    /// <summary>Sizes that fill no vector, odd and even positional kernels, stems and norms in other company, other functions.</summary>
    [Theory]
    [InlineData(48, 6, 16, 12, 128, false, false, false)]
    [InlineData(48, 6, 16, 12, 7, true, true, false)]
    [InlineData(20, 2, 5, 70, 16, true, false, true)]
    [InlineData(66, 3, 1, 33, 3, false, true, true)]
    public void Other_shapes_give_the_same_bits_plain_and_packed(int hidden, int heads, int groups, int channels, int position, bool layerNorms, bool stable, bool odd)
    {
        var config = new MertConfig("hubert", hidden, 2, heads, (2 * hidden) + 1, odd ? Fused.Silu : Fused.Gelu, odd ? Fused.Relu : Fused.Gelu,
            [channels, channels + 1, channels], [10, 3, 2], [5, 2, 1], odd, layerNorms, !odd, position, groups, stable, 1e-5f, true, null);
        var source = new RandomWeights(3, jitter: 0.1f);
        MertModel plain = Mert.Mert.Load(config, source, "plain", Packing.Plain), packed = Mert.Mert.Load(config, source, "packed", Packing.F32);
        foreach (int samples in (int[])[config.Field, 300, 2500])
        {
            using var w = new Workspace();
            Tensor waves = Tensor.From([.. Sound(1, samples), .. Sound(2, samples)], 2, samples);
            bool[] masked = [.. Enumerable.Range(0, 2 * (((samples - config.Field) / config.Stride) + 1)).Select(t => t % 7 == 3)];
            var expected = new List<float[]>();
            plain.Forward(w, waves, [true, true, true], (_, states) => expected.Add(states.ToArray()), masked);
            packed.Forward(w, waves, [true, true, true], (layer, states) => Close.Same(expected[layer], states.Span, $"{samples} samples, layer {layer}"), masked);
            Assert.All(expected, states => Assert.Equal(masked.Length * hidden, states.Length));
        }
    }

    [Fact]
    public void Callers_at_once_get_the_same_bits()
    {
        using FrameEmbedder mert = Mert.Mert.Tiny(8, stable: false);
        Sameness.OfCallers(mert, [.. Enumerable.Range(0, 4).Select(i => Sound(i, 2000))]);
    }

    [Fact]
    public void Layers_that_are_not_wanted_change_nothing()
    {
        using FrameEmbedder mert = Mert.Mert.Tiny(9, stable: true);
        float[] sound = Sound(1, 1800);
        HiddenStates all = mert.Encode([sound])[0];
        foreach (int layer in (int[])[0, 2, 3])
        {
            HiddenStates one = mert.Encode([sound], [layer])[0];
            Assert.Equal([layer], one.Layers);
            Close.Same(all.Layer(layer), one.Layer(layer), $"layer {layer}");
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = one.Layer(1));
        }
    }

    [Fact]
    public void Choices_of_layers_are_means_of_hidden_states()
    {
        float[] sound = Sound(2, 1800);
        foreach (string choice in (string[])["0", "last", "-2", "mean", "0,0.25,-0.5,1"])
        {
            using FrameEmbedder mert = Mert.Mert.Tiny(10, stable: false, options: new FrameOptions(LayerChoice.Parse(choice)));
            double[] weights = LayerChoice.Parse(choice).WeightsOf(4);
            HiddenStates states = mert.Encode([sound])[0];
            double[] mean = new double[mert.Dimension];
            for (int i = 0; i < states.Frames * mert.Dimension; i++)
            {
                for (int layer = 0; layer < 4; layer++)
                    mean[i % mert.Dimension] += weights[layer] * states.Layer(layer)[i];
            }

            double norm = Math.Sqrt(mean.Sum(x => x * x));
            Close.Check([.. mean.Select(x => x / norm)], [.. mert.Embed([sound])[0].Select(x => (double)x)], 1e-6, what: choice);
        }
    }

    [Fact]
    public void Cancelling_ends_a_run_and_leaves_the_model_usable()
    {
        using FrameEmbedder mert = Mert.Mert.Tiny(10, stable: false);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => mert.Embed([Sound(3, 4800)], cancelled.Token));
        Assert.Equal(48, mert.Embed([Sound(3, 4800)])[0].Length);
    }

    [Fact]
    public void A_sound_without_samples_is_refused()
    {
        using FrameEmbedder mert = Mert.Mert.Tiny(10, stable: false);
        Assert.Throws<ArgumentException>(() => mert.Embed([Array.Empty<float>()]));
        Assert.Throws<ArgumentException>(() => mert.Encode([Array.Empty<float>()]));
        Assert.Throws<ArgumentException>(() => mert.Embed(new Waveform(1000, new float[0]).Open()));
        Assert.Throws<ArgumentException>(() => mert.EncodeWindows(new Waveform(1000, new float[0]).Open(), null, _ => { }));
    }

    [Fact]
    public void The_key_names_model_weights_layer_rule_and_stages()
    {
        using FrameEmbedder one = Mert.Mert.Tiny(14, stable: false), rounded = Mert.Mert.Tiny(14, stable: false, Packing.BF16),
            last = Mert.Mert.Tiny(14, stable: false, options: new FrameOptions(LayerChoice.Parse("last"))),
            third = Mert.Mert.Tiny(14, stable: false, options: new FrameOptions(LayerChoice.Parse("3"))),
            shorter = Mert.Mert.Tiny(14, stable: false, options: new FrameOptions(WindowSeconds: 10));
        Assert.StartsWith("model=mert weights=random-14 precision=f32 window=\"layer 1, windows of 1499 frames every 1400,", one.CompatibilityKey, StringComparison.Ordinal);
        Assert.Contains("front-end=1 numerics=1 network=1", one.CompatibilityKey, StringComparison.Ordinal);
        Assert.Equal(4, new[] { one, rounded, last, shorter }.Select(each => each.CompatibilityKey).Distinct().Count());
        Assert.Equal(last.CompatibilityKey, third.CompatibilityKey);
    }

    [Fact]
    public void Rounded_weights_stay_close()
    {
        using FrameEmbedder mert = Mert.Mert.Tiny(15, stable: true), rounded = Mert.Mert.Tiny(15, stable: true, Packing.BF16);
        float[] sound = Sound(1, 3000);
        Assert.True(Distance.Cosine(mert.Embed([sound])[0], rounded.Embed([sound])[0]) > 0.999);
    }

    internal static float[] Sound(int item, int samples)
    {
        var sound = new float[samples];
        new Philox(440, "sound").FillUniform(item, 0, sound);
        for (int i = 0; i < samples; i++)
            sound[i] = (sound[i] - 0.5f) * 0.1f * (1 + (i * (item + 1) / 300 % 5));
        return sound;
    }

    private static void Same(HiddenStates expected, HiddenStates actual, string what)
    {
        Assert.Equal(expected.Frames, actual.Frames);
        foreach (int layer in expected.Layers)
            Close.Same(expected.Layer(layer), actual.Layer(layer), $"{what}, layer {layer}");
    }
}
