using Euterpe.Layers;
using Euterpe.Models.Mert;
using Euterpe.Models.Pretrained;
using Euterpe.Models.Windows;
using Euterpe.Tensors;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Models.Tests;

/// <summary>Saved MERT, HuBERT and wav2vec 2 models: stem, projection, position and all hidden states, alone, padded and masked.</summary>
[Trait("Category", "Parity")]
public sealed class MertParityTests(ITestOutputHelper output)
{
    private const string Stated = "2e-4 of the largest element: float32 through a few layers, summed in another order";

    [SkippableTheory]
    [Cases("mert", "tensor=single.input_values")]
    public void One_sound_matches_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        foreach (Packing packing in (Packing[])[Packing.F32, Packing.Plain])
        {
            using FrameEmbedder mert = Open(fixture.Checkpoint, packing);
            using var w = new Workspace();
            MertModel model = Model(mert);
            Tensor input = Stored(fixture, "single.input_values");
            Tensor features = model.Stem.Forward(w, input);
            Close.Check(fixture.Floats("single.conv"), Operations.Contiguous(w, features.Transpose(1, 2)).ToArray(), tolerance, what: $"{name} single.conv");
            Tensor projected = model.Project(w, features);
            Close.Check(fixture.Floats("single.projected"), projected.ToArray(), tolerance, what: $"{name} single.projected");
            Close.Check(fixture.Floats("single.positional"), model.Position.Forward(w, projected).ToArray(), tolerance, what: $"{name} single.positional");
            double off = CheckHidden(fixture, "single", tolerance, (wanted, take) => model.Forward(w, input, wanted, take), mert.Layers);
            output.WriteLine($"{name} {packing}: hidden states off by {off:G3} of the largest element at most");
        }
    }

    [SkippableTheory]
    [Cases("mert", "tensor=single.input_values")]
    public void Padded_batches_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using FrameEmbedder mert = Open(fixture.Checkpoint, Packing.F32);
        using var w = new Workspace();
        Tensor input = Stored(fixture, "batch.input_values");
        bool[] mask = [.. fixture.Longs("batch.attention_mask").Select(each => each != 0)];
        CheckHidden(fixture, "batch", tolerance, (wanted, take) => Model(mert).UpstreamPadded(w, input, mask, wanted, take), mert.Layers);
        CheckHidden(fixture, "batch_no_mask", tolerance, (wanted, take) => Model(mert).Forward(w, input, wanted, take), mert.Layers);
    }

    [SkippableTheory]
    [Cases("mert", "tensor=masked.mask_time_indices")]
    public void Masked_frames_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        using FrameEmbedder mert = Open(fixture.Checkpoint, Packing.F32);
        using var w = new Workspace();
        bool[] mask = [.. fixture.Longs("masked.mask_time_indices").Select(each => each != 0)];
        CheckHidden(fixture, "masked", fixture.Tolerance(Stated, 2e-4),
            (wanted, take) => Model(mert).Forward(w, Stored(fixture, "single.input_values"), wanted, take, mask), mert.Layers);
    }

    /// <summary>From the samples, through the capability; the preprocessor of the case has already worked on them, so its own is left out.</summary>
    [SkippableTheory]
    [Cases("mert", "tensor=single.input_values")]
    public void Encoder_gives_the_same_states(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using FrameEmbedder opened = Open(fixture.Checkpoint, Packing.F32);
        var network = (MertNetwork)opened.Network;
        using var mert = new FrameEmbedder(name, new MertNetwork(network.Config, network.Preprocessor with { DoNormalize = false }, () => network.Model, Packing.F32, () => ""));
        HiddenStates states = mert.Encode([fixture.Floats("single.input_values")])[0];
        for (int i = 0; i < mert.Layers; i++)
            Close.Check(fixture.Floats($"single.hidden{i}"), states.Layer(i), tolerance, what: $"{name} single.hidden{i}");
        Assert.Equal(fixture.Shape("single.last")[1], states.Frames);
        Assert.Equal(states.Frames, mert.Frames(fixture.Shape("single.input_values")[1]));
    }

    [SkippableTheory]
    [Cases("mert", "tensor=single.input_values and file=checkpoint/pytorch_model.bin and file=checkpoint/model.safetensors")]
    public void Both_files_and_both_spellings_of_weight_norm_give_the_same_model(string name)
    {
        Fixture fixture = Fixture.Open(name);
        using var folder = new TemporaryFolder();
        foreach (string file in (string[])["config.json", "preprocessor_config.json", "pytorch_model.bin"])
            File.Copy(Path.Combine(fixture.Checkpoint, file), Path.Combine(folder.Path, file));
        using FrameEmbedder one = Open(fixture.Checkpoint, Packing.F32), other = Open(folder.Path, Packing.F32);
        float[] wave = fixture.Floats("single.input_values");
        HiddenStates a = one.Encode([wave])[0], b = other.Encode([wave])[0];
        for (int i = 0; i < one.Layers; i++)
            Close.Same(a.Layer(i), b.Layer(i), $"{name} hidden {i}");
    }

    [SkippableTheory]
    [Cases("transformers", "case.call^=Wav2Vec2FeatureExtractor")]
    public void Preprocessor_matches_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        float[][] waves = [.. fixture.Io.Names.Where(each => each.StartsWith("pcm", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(fixture.Wave)];
        (float[] values, bool[] mask, int length) = new MertPreprocessor(24000, DoNormalize: true).UpstreamPadded(waves);
        Assert.Equal((int[])[waves.Length, length], fixture.Shape("input_values"));
        Close.Check(fixture.Floats("input_values"), values, fixture.Tolerance(Stated, 2e-4), what: $"{name} input_values");
        Assert.Equal(fixture.Longs("attention_mask").Select(each => each != 0), mask);
    }

    internal static FrameEmbedder Open(string folder, Packing packing) => Mert.Mert.Open(new ModelSource(Path.GetFileName(folder), folder, folder, packing));

    internal static MertModel Model(FrameEmbedder embedder) => ((MertNetwork)embedder.Network).Model;

    private static Tensor Stored(Fixture fixture, string name) => Tensor.From(fixture.Floats(name), fixture.Shape(name));

    /// <summary>Every stored hidden state, and the last one under its own name.</summary>
    private static double CheckHidden(Fixture fixture, string run, double tolerance, Action<bool[], Action<int, Tensor>> forward, int layers)
    {
        double off = 0;
        bool[] wanted = [.. Enumerable.Range(0, layers).Select(i => i == layers - 1 || fixture.Has($"{run}.hidden{i}"))];
        int stored = fixture.Io.Names.Count(each => each.StartsWith($"{run}.hidden", StringComparison.Ordinal));
        int seen = 0;
        forward(wanted, (i, states) =>
        {
            if (fixture.Has($"{run}.hidden{i}"))
            {
                off = Math.Max(off, Close.Check(fixture.Floats($"{run}.hidden{i}"), states.ToArray(), tolerance, what: $"{fixture} {run}.hidden{i}"));
                seen++;
            }

            if (i == layers - 1)
                off = Math.Max(off, Close.Check(fixture.Floats($"{run}.last"), states.ToArray(), tolerance, what: $"{fixture} {run}.last"));
        });
        Assert.Equal(stored, seen);
        return off;
    }
}
