using System.Globalization;
using Euterpe.Layers;
using Euterpe.Models.Pretrained;
using Euterpe.Models.Wav2Vec2Bert;
using Euterpe.Tensors;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Models.Tests;

/// <summary>Saved Wav2Vec2-BERT models: the feature extractor, padded as upstream does it and alone, and all hidden states.</summary>
[Trait("Category", "Parity")]
public sealed class Wav2Vec2BertParityTests(ITestOutputHelper output)
{
    private const string Stated = "2e-4 of the largest element: float32 through a few layers, summed in another order";

    private const string Kind = "config.model_type=wav2vec2-bert";

    [SkippableTheory]
    [Cases("musiclm", Kind)]
    public void Features_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using W2vBertNetwork bert = Open(fixture);
        using var w = new Workspace();
        float[][] waves = Waves(fixture);
        (Tensor features, bool[] mask, int frames) = bert.Preprocessor.PaddedFeatures(w, waves);
        Assert.Equal(fixture.Shape("input_features"), new[] { waves.Length, frames, features.Size(1) });
        double off = Close.Check(fixture.Floats("input_features"), features.ToArray(), tolerance, what: $"{name} input_features");
        output.WriteLine($"{name} input_features: off by {off:G3} of the largest element");
        Assert.Equal(fixture.Longs("attention_mask").Select(each => each != 0), mask);
    }

    [SkippableTheory]
    [Cases("musiclm", Kind)]
    public void Padded_states_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using W2vBertNetwork bert = Open(fixture);
        using var w = new Workspace();
        (Tensor features, bool[] mask, _) = bert.Preprocessor.PaddedFeatures(w, Waves(fixture));
        IReadOnlyList<Tensor> states = bert.Model.States(w, features, Waves(fixture).Length, mask);
        string[] stored = [.. fixture.Io.Names.Where(each => each.StartsWith("hidden", StringComparison.Ordinal))];
        Assert.Equal(stored.Length, states.Count);
        foreach (string tensor in stored)
        {
            int layer = int.Parse(tensor["hidden".Length..], CultureInfo.InvariantCulture);
            double off = Close.Check(fixture.Floats(tensor), states[layer].ToArray(), tolerance, what: $"{name} {tensor}");
            output.WriteLine($"{name} {tensor}: off by {off:G3} of the largest element");
        }

        Close.Check(fixture.Floats("last"), states[^1].ToArray(), tolerance, what: $"{name} last");
    }

    [SkippableTheory]
    [Cases("musiclm", Kind)]
    public void One_sound_without_a_mask_matches_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using W2vBertNetwork bert = Open(fixture);
        using var w = new Workspace();
        int[] shape = fixture.Shape("input_features");
        Tensor features = Tensor.From(fixture.Floats("input_features").AsSpan(0, shape[1] * shape[2]), shape[1], shape[2]);
        Close.Check(fixture.Floats("no_mask.last"), bert.Model.States(w, features, 1)[^1].ToArray(), tolerance, what: $"{name} no_mask.last");
    }

    /// <summary>Upstream's mask hides padding from everything but the hidden rows themselves: a sound alone gives its unpadded rows.</summary>
    [SkippableTheory]
    [Cases("musiclm", Kind)]
    public void Each_sound_alone_matches_the_padded_batch(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using PretrainedModel model = PretrainedModel.Open(fixture.Checkpoint);
        Assert.Equal("wav2vec2-bert", model.Architecture);
        float[][] waves = Waves(fixture);
        long[] mask = fixture.Longs("attention_mask");
        int[] shape = fixture.Shape("last");
        HiddenStates[] states = model.Frames!.Encode([.. waves.Select(wave => (ReadOnlyMemory<float>)wave)]);
        for (int i = 0; i < waves.Length; i++)
        {
            int frames = (int)mask.Skip(i * shape[1]).Take(shape[1]).Sum();
            Assert.Equal(frames, states[i].Frames);
            foreach (int layer in states[i].Layers)
            {
                float[] stored = fixture.Floats($"hidden{layer}").AsSpan(i * shape[1] * shape[2], frames * shape[2]).ToArray();
                Close.Check(stored, states[i].Layer(layer), tolerance, what: $"{name} sound {i}, state {layer}");
            }
        }

        Assert.Empty(PretrainedModel.Inspect(fixture.Checkpoint).Notes);
    }

    [SkippableTheory]
    [Cases("musiclm", Kind)]
    public void Rounded_weights_stay_close(string name)
    {
        Fixture fixture = Fixture.Open(name);
        using W2vBertNetwork bert = W2vBert.Open(ModelSource.Find(fixture.Checkpoint, Packing.BF16));
        using var w = new Workspace();
        (Tensor features, bool[] mask, _) = bert.Preprocessor.PaddedFeatures(w, Waves(fixture));
        float[] last = bert.Model.States(w, features, Waves(fixture).Length, mask)[^1].ToArray();
        output.WriteLine($"{name} last: {Distance.Between(fixture.Floats("last"), last)}");
        Assert.True(Distance.Cosine(fixture.Floats("last"), last) > 0.999);
    }

    private static W2vBertNetwork Open(Fixture fixture) => W2vBert.Open(ModelSource.Find(fixture.Checkpoint, Packing.F32));

    private static float[][] Waves(Fixture fixture) => [.. fixture.Io.Names.Where(name => name.StartsWith("wave", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal).Select(fixture.Floats)];
}
