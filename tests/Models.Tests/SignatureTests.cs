using Euterpe.Models.Signature;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

public sealed class SignatureTests
{
    private const string Golden = "cf0de62718d36d283b71025bd6752c9521bc55dbed8e0d3ba18519e6a32665d9";

    private static readonly SignatureEmbedder s_embedder = new();

    [Fact]
    public void Constants_are_those_that_were_recorded()
    {
        SignatureMap map = SignatureConstants.Map();
        Assert.Equal(128, s_embedder.Dimension);
        Assert.Equal(SignatureStatistics.Size, map.Mean.Length);
        Assert.Equal(SignatureConstants.Sha256, SignatureEmbedder.Hash(map));
        Assert.Contains("first half", SignatureConstants.Origin, StringComparison.Ordinal);
        Assert.Equal("signature", s_embedder.Name);
        Assert.NotEqual(s_embedder.CompatibilityKey, new SignatureEmbedder(map with { Offset = new float[128] }).CompatibilityKey);
    }

    /// <summary>Bits that change need a new revision in SignatureEmbedder, and then a new hash here.</summary>
    [Fact]
    public void Bits_are_those_of_the_revision()
    {
        using var fingerprint = new Fingerprint();
        FingerprintStage stage = SignatureStages.All[0];
        Assert.Equal(1, stage.Revision);
        stage.Run(fingerprint, 1);
        string found = fingerprint.End();
        Assert.True(found == Golden, $"expected {Golden}, found {found}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(512)]
    [InlineData(4097)]
    public void Blocks_of_any_size_give_the_same_bits(int block)
    {
        Waveform sound = Sound(44_100, 30_000, channels: 2);
        Close.Same(s_embedder.Embed(sound.Open()), s_embedder.Embed(new Blocks(sound.Open(), block)), $"blocks of {block}");
    }

    [Fact]
    public void Callers_at_once_get_the_same_bits()
    {
        Waveform[] sounds = [.. Enumerable.Range(0, 4).Select(i => Sound(i % 2 == 0 ? 48_000 : 22_050, 40_000 + (999 * i)))];
        float[][] alone = [.. sounds.Select(sound => s_embedder.Embed(sound.Open()))], found = new float[4][];
        Thread[] callers = [.. Enumerable.Range(0, 4).Select(i => new Thread(() => found[i] = s_embedder.Embed(sounds[i].Open())))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        for (int i = 0; i < 4; i++)
        {
            Close.Same(alone[i], found[i], $"caller {i}");
        }
    }

    [Fact]
    public void Loudness_and_channels_do_not_count_and_the_rate_hardly()
    {
        Waveform sound = Sound(22_050, 60_000);
        float[] vector = s_embedder.Embed(sound.Open()), samples = sound.ToMono();
        Assert.Equal(1, Math.Sqrt(vector.Sum(x => (double)x * x)), 5);
        Close.Same(vector, s_embedder.Embed(new Waveform(22_050, samples, samples).Open()), "stereo");
        Assert.InRange(Distance.Cosine(vector, s_embedder.Embed(new Waveform(22_050, [.. samples.Select(x => x * 0.5f)]).Open())), 0.99, 1.0001);
        float[] higher = new Resampler(22_050, 48_000).Run(samples);
        Assert.InRange(Distance.Cosine(vector, s_embedder.Embed(new Waveform(48_000, higher).Open())), 0.9, 1.0001);
        Assert.True(Distance.Cosine(vector, s_embedder.Embed(Sound(22_050, 60_000, item: 3).Open())) < 0.95, "another sound must be another vector");
    }

    [Fact]
    public void Odd_sounds_give_finite_vectors()
    {
        float[] broken = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e30f, -0f, 1e-40f, 0.5f];
        foreach (float[] samples in (float[][])[[0f], [1f], new float[50_000], broken, [.. Enumerable.Repeat(broken, 3000).SelectMany(x => x)]])
        {
            foreach (int rate in (int[])[8_000, 22_050, 44_100, 192_000])
            {
                float[] vector = s_embedder.Embed(new Waveform(rate, samples).Open());
                Assert.All(vector, value => Assert.True(float.IsFinite(value)));
                Assert.Equal(1, Math.Sqrt(vector.Sum(x => (double)x * x)), 5);
            }
        }
        Assert.Throws<ArgumentException>(() => s_embedder.Embed(new Waveform(22_050, Array.Empty<float>()).Open()));
    }

    /// <summary>The autocorrelation of the flux, from head and ring sums, against its definition on a whole array.</summary>
    [Fact]
    public void Rhythm_hears_the_period_of_clicks()
    {
        // A click each 14 frames: the lag of 14 frames must stand out among its neighbours.
        var samples = new float[22_050 * 6];
        for (int at = 0; at < samples.Length; at += 14 * 512)
        {
            for (int i = 0; i < 200 && at + i < samples.Length; i++)
            {
                samples[at + i] = i % 2 == 0 ? 0.8f : -0.8f;
            }
        }
        double[] statistics = SignatureEmbedder.Statistics(new Waveform(22_050, samples).Open());
        ReadOnlySpan<double> lags = statistics.AsSpan(^12);
        Assert.True(lags[4] > 0.8 && lags[4] > lags[3] + 0.3 && lags[4] > lags[5] + 0.3, string.Join(' ', lags.ToArray()));
        Assert.True(lags[7] > 0.8, "twice the period");
    }

    private static Waveform Sound(int rate, int samples, int channels = 1, int item = 0)
    {
        var wave = new float[channels][];
        for (int c = 0; c < channels; c++)
        {
            wave[c] = new float[samples];
            new Philox(5, "signature/tests").FillUniform(item + (10 * c), 0, wave[c]);
            for (int i = 0; i < samples; i++)
            {
                double t = (double)i / rate;
                double decay = DoubleFunctions.Exp(-(3 + item) * (t % 0.5));
                wave[c][i] = (float)(decay * ((0.4 * DoubleFunctions.Sin(2 * Math.PI * 220 * (1 + item) * t)) + (0.05 * (wave[c][i] - 0.5))));
            }
        }
        return new Waveform(rate, wave);
    }

    /// <summary>Gives at most so many frames at a time.</summary>
    private sealed class Blocks(IFrameSource source, int size) : IFrameSource
    {
        public int SampleRate => source.SampleRate;

        public int Channels => source.Channels;

        public int Read(Span<float> interleaved, CancellationToken token = default) =>
            source.Read(interleaved[..Math.Min(interleaved.Length, size * Channels)], token);

        public void Dispose() => source.Dispose();
    }
}
