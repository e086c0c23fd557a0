using Euterpe.Layers;
using Euterpe.Models.Conformer;
using Euterpe.Models.Wav2Vec2Bert;
using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Tensors;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

/// <summary>The same bits for any number of threads, batch, packing and callers; the grid; padding that cannot be heard.</summary>
[Collection("compute threads")]
public class Wav2Vec2BertTests
{
    [Fact]
    public void Threads_and_batches_give_the_same_bits()
    {
        using var bert = new FrameEmbedder("bert", W2vBert.Tiny(7));
        float[][] sounds = [.. Enumerable.Range(0, 5).Select(i => Sound(i, 16_000))];
        HiddenStates[] alone = Sameness.OfFrames(bert, sounds);

        Assert.NotEqual(alone[0].Layer(3).ToArray(), alone[1].Layer(3).ToArray());
    }

    [Fact]
    public void Callers_at_once_get_the_same_bits()
    {
        using var bert = new FrameEmbedder("bert", W2vBert.Tiny(8));
        Sameness.OfCallers(bert, [.. Enumerable.Range(0, 4).Select(i => Sound(i, 12_000))]);
    }

    [Theory]
    [InlineData(560, 1)]
    [InlineData(879, 1)]
    [InlineData(880, 2)]
    [InlineData(16_000, 49)]
    public void The_grid_tells_the_number_of_frames(int samples, int frames)
    {
        using var bert = new FrameEmbedder("bert", W2vBert.Tiny(9));
        Assert.Equal(frames, bert.Frames(samples));
        Assert.Equal(frames, bert.Encode([Sound(1, samples)], [0])[0].Frames);
    }

    [Theory]
    [InlineData("None")]
    [InlineData("Rotary")]
    [InlineData("Relative")]
    [InlineData("RelativeKey")]
    public void Padding_under_a_mask_is_not_heard_by_what_is_not_masked(string kind)
    {
        ConformerPositions positions = Enum.Parse<ConformerPositions>(kind);
        using W2vBertNetwork bert = W2vBert.Tiny(10, Packing.F32, positions);
        using var w = new Workspace();
        float[] shorter = Sound(1, 9_000), longer = Sound(2, 14_000);
        (Tensor features, bool[] mask, int frames) = bert.Preprocessor.PaddedFeatures(w, [shorter, longer]);
        float[] padded = bert.Model.States(w, features, 2, mask)[^1].ToArray();
        Tensor alone = bert.Model.States(w, bert.Preprocessor.Features(w, shorter), 1)[^1];
        Assert.True(alone.Size(0) < frames);
        Close.Check(alone.ToArray(), padded.AsSpan(0, (int)alone.Count), 1e-5, what: kind);
        using var plain = new FrameEmbedder("bert", W2vBert.Tiny(10, Packing.Plain, positions));
        Close.Same(plain.Encode([shorter])[0].Layer(3), alone.ToArray(), "plain and packed");
    }

    /// <summary>Both kinds of relative positions, in plain loops over the published formulas.</summary>
    [Theory]
    [InlineData("Relative")]
    [InlineData("RelativeKey")]
    [InlineData("Rotary")]
    public void Attention_is_the_published_formula(string kind)
    {
        ConformerPositions positions = Enum.Parse<ConformerPositions>(kind);
        const int Channels = 8, Heads = 2, Width = 4, Frames = 11, Left = 3, Right = 2;
        var config = new ConformerConfig(Channels, 1, Heads, 8, Fused.Silu, 1e-5f, positions, 10000, Left, Right, 3, true);
        var source = new RandomWeights(3, jitter: 0.5f);
        var attention = new ConformerAttention(Weights.From(source, "test", Packing.F32), config, new ConformerTables(config));
        using var w = new Workspace();
        float[] x = [.. Enumerable.Range(0, Frames * Channels).Select(i => ((i * 37 % 101) - 50) / 40f)];
        float[] found = attention.Forward(w, Tensor.From(x, Frames, Channels), 1, null, w.Zeros(Frames, Channels)).ToArray();

        double[] Values(string name, Initial initial, params int[] sizes) =>
            [.. source.Load(name, new Shape(sizes), initial).ToArray().Select(value => (double)value)];
        double[][] Project(string name, Func<int, int, double> from, int rows) => [.. Enumerable.Range(0, rows).Select(t =>
        {
            double[] weight = Values(name + ".weight", Initial.Fan, Channels, Channels);
            double[] bias = name == "linear_pos" ? new double[Channels] : Values(name + ".bias", Initial.Zeros, Channels);
            return Enumerable.Range(0, Channels).Select(o =>
                bias[o] + Enumerable.Range(0, Channels).Sum(i => weight[(o * Channels) + i] * from(t, i))).ToArray();
        })];
        double Turned(int t, int c)
        {
            int head = c / Width * Width, i = c % Width, pair = i % (Width / 2);
            double angle = t / Math.Sqrt(Math.Sqrt(Enumerable.Repeat(10000.0, 4 * pair / Width * 2).Aggregate(1.0, (a, b) => a * b)));
            double other = i < Width / 2 ? -x[(t * Channels) + head + i + (Width / 2)] : x[(t * Channels) + head + i - (Width / 2)];
            return (x[(t * Channels) + c] * DoubleFunctions.Cos(angle)) + (other * DoubleFunctions.Sin(angle));
        }

        bool rotary = positions == ConformerPositions.Rotary;
        double[][] q = Project("linear_q", rotary ? Turned : (t, i) => x[(t * Channels) + i], Frames);
        double[][] k = Project("linear_k", rotary ? Turned : (t, i) => x[(t * Channels) + i], Frames);
        double[][] v = Project("linear_v", (t, i) => x[(t * Channels) + i], Frames);
        double[][] p = Project("linear_pos", (row, i) =>
        {
            double angle = (row - (Frames - 1)) * DoubleFunctions.Exp(-(i / 2 * 2) * DoubleFunctions.Log(10000) / Channels);
            return i % 2 == 0 ? DoubleFunctions.Sin(angle) : DoubleFunctions.Cos(angle);
        }, (2 * Frames) - 1);
        double[] u = Values("pos_bias_u", Initial.Zeros, Heads, Width), b = Values("pos_bias_v", Initial.Zeros, Heads, Width);
        double[] e = Values("distance_embedding.weight", Initial.Normal(1), Left + Right + 1, Width);
        var context = new double[Frames][];
        for (int t = 0; t < Frames; t++)
        {
            context[t] = new double[Channels];
            for (int head = 0; head < Heads; head++)
            {
                double[] scores = [.. Enumerable.Range(0, Frames).Select(s => Enumerable.Range(head * Width, Width).Sum(c => positions switch
                {
                    // Distances from key to query: t - s stands in row t - s + frames - 1.
                    ConformerPositions.Relative => ((q[t][c] + u[c]) * k[s][c]) + ((q[t][c] + b[c]) * p[t - s + Frames - 1][c]),
                    ConformerPositions.RelativeKey =>
                        q[t][c] * (k[s][c] + e[((Math.Clamp(s - t, -Left, Right) + Left) * Width) + c - (head * Width)]),
                    _ => q[t][c] * k[s][c],
                }) / Math.Sqrt(Width))];
                double sum = scores.Sum(DoubleFunctions.Exp);
                for (int c = head * Width; c < (head + 1) * Width; c++)
                    context[t][c] = Enumerable.Range(0, Frames).Sum(s => DoubleFunctions.Exp(scores[s]) / sum * v[s][c]);
            }
        }

        float[] expected = [.. Project("linear_out", (t, i) => context[t][i], Frames).SelectMany(row => row.Select(value => (float)value))];
        Close.Check(expected, found, 1e-5, what: kind);
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
