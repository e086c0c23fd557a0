using Euterpe.Layers;
using Euterpe.Models.Conformer;
using Euterpe.Models.Muq;
using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Tensors;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

/// <summary>The same bits for any number of threads, batch, packing and callers; sounds that are cut, and sounds that are short.</summary>
[Collection("compute threads")]
public class MuqSamenessTests
{
    [Fact]
    public void Threads_and_batches_give_the_same_bits()
    {
        using var muq = new FrameEmbedder("muq", Muq.Muq.Tiny(7));
        float[][] sounds = [.. Enumerable.Range(0, 5).Select(i => Sound(i, 20_000))];
        HiddenStates[] alone = Sameness.OfFrames(muq, sounds);

        Assert.NotEqual(alone[0].Layer(3).ToArray(), alone[1].Layer(3).ToArray());
    }

    [Fact]
    public void Callers_at_once_get_the_same_bits()
    {
        using var muq = new FrameEmbedder("muq", Muq.Muq.Tiny(8));
        Sameness.OfCallers(muq, [.. Enumerable.Range(0, 4).Select(i => Sound(i, 12_000))]);
    }

    [Theory]
    [InlineData(240)]
    [InlineData(1_024)]
    [InlineData(1_025)]
    [InlineData(1_199)]
    [InlineData(1_200)]
    [InlineData(62_000)]
    public void The_grid_tells_the_number_of_frames(int samples)
    {
        using var muq = new FrameEmbedder("muq", Muq.Muq.Tiny(9));
        HiddenStates states = muq.Encode([Sound(1, samples)], [0])[0];
        Assert.Equal(muq.Frames(samples), states.Frames);
        Assert.Equal((samples / 240 + 3) / 4, states.Frames);
    }

    [Fact]
    public void Pieces_of_the_stem_join_without_a_seam()
    {
        // More than one piece of 64 tokens; each token of the stem sees some frames of mel only.
        using MuqNetwork muq = Muq.Muq.Tiny(10);
        using var w = new Workspace();
        float[] sound = Sound(2, 150 * 960);
        Tensor features = muq.Model.FrontEnd.Features(w, sound);
        float[] whole = muq.Model.Encoder.Stem(w, features).ToArray();
        Tensor part = Operations.Copy(w, features.Narrow(0, 4 * 40, 4 * 60));
        float[] middle = muq.Model.Encoder.Stem(w, part).ToArray();
        int width = muq.Dimension;
        Close.Same(whole.AsSpan(45 * width, 50 * width), middle.AsSpan(5 * width, 50 * width), "tokens 45 to 94");
    }

    [Fact]
    public void Blocks_behind_the_last_wanted_state_do_not_matter()
    {
        using var muq = new FrameEmbedder("muq", Muq.Muq.Tiny(11));
        float[] sound = Sound(3, 10_000);
        HiddenStates all = muq.Encode([sound])[0], one = muq.Encode([sound], [1])[0];
        Close.Same(all.Layer(1), one.Layer(1), "state 1");
        Assert.Equal([1], one.Layers);
    }

    [Theory]
    [InlineData("None")]
    [InlineData("Rotary")]
    [InlineData("Relative")]
    public void Plain_and_packed_weights_give_the_same_bits(string kind)
    {
        ConformerPositions positions = Enum.Parse<ConformerPositions>(kind);
        using var plain = new FrameEmbedder("muq", Muq.Muq.Tiny(12, Packing.Plain, positions));
        using var packed = new FrameEmbedder("muq", Muq.Muq.Tiny(12, Packing.F32, positions));
        float[] sound = Sound(4, 15_000);
        Close.Same(plain.Embed([sound])[0], packed.Embed([sound])[0], $"{positions}");
    }

    [Fact]
    public void Positions_matter()
    {
        float[] sound = Sound(5, 15_000);
        ConformerPositions[] kinds = [ConformerPositions.None, ConformerPositions.Rotary, ConformerPositions.Relative];
        float[][] vectors = [.. kinds.Select(positions =>
        {
            using var muq = new FrameEmbedder("muq", Muq.Muq.Tiny(13, Packing.F32, positions), new FrameOptions(new LayerChoice.One(-1)));
            return muq.Embed([sound])[0];
        })];
        Assert.NotEqual(vectors[0], vectors[1]);
        Assert.NotEqual(vectors[0], vectors[2]);
    }

    [Fact]
    public void Target_tokens_need_whole_tokens()
    {
        using MuqNetwork muq = Muq.Muq.Tiny(14);
        using var w = new Workspace();
        Assert.Equal(2 * 5, muq.Model.TargetTokens(w, Sound(6, 5 * 960)).Length);
        ShapeException refused = Assert.Throws<ShapeException>(() => muq.Model.TargetTokens(w, Sound(6, (5 * 960) + 240)));
        Assert.Contains("multiple of 960", refused.Message, StringComparison.Ordinal);
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
