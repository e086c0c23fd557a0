using Euterpe.Layers;
using Euterpe.Models.Muq;
using Euterpe.Models.Pretrained;
using Euterpe.Signals;
using Euterpe.Tensors;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Models.Tests;

/// <summary>Saved MuQ models: front end, stem, hidden states with and without upstream's mask, predictions and target tokens.</summary>
[Trait("Category", "Parity")]
public sealed class MuqParityTests(ITestOutputHelper output)
{
    private const string Stated = "2e-4 of the largest element: float32 through a few layers, summed in another order; "
        + "mel_db 1e-3 absolute (float32 spectrogram in dB)";

    private const string Kind = "tensor=mel_db";

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Front_end_matches_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        fixture.Tolerance(Stated, 2e-4);
        using MuqNetwork muq = Open(fixture);
        float[] found = [.. Waves(fixture).SelectMany(wave => muq.Model.FrontEnd.Decibels(wave).Values)];
        Close.Check(fixture.Floats("mel_db"), found, absolute: 1e-3, what: $"{name} mel_db");
    }

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Hidden_states_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using MuqNetwork muq = Open(fixture);
        using var w = new Workspace();
        float[][] waves = Waves(fixture);
        Tensor[] features = [.. waves.Select(wave => muq.Model.FrontEnd.Features(w, wave))];
        float[] conv = [.. features.SelectMany(each => muq.Model.Encoder.Stem(w, each).ToArray())];
        Close.Check(fixture.Floats("conv"), conv, tolerance, what: $"{name} conv");
        IReadOnlyList<Tensor> states = muq.Model.Encoder.States(w, features);
        Assert.Equal(fixture.Io.Names.Count(each => each.StartsWith("hidden", StringComparison.Ordinal)), states.Count);
        for (int layer = 0; layer < states.Count; layer++)
        {
            double off = Close.Check(fixture.Floats($"hidden{layer}"), states[layer].ToArray(), tolerance, what: $"{name} hidden{layer}");
            output.WriteLine($"{name} hidden{layer}: off by {off:G3} of the largest element");
        }
    }

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Padded_states_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using MuqNetwork muq = Open(fixture);
        using var w = new Workspace();
        Tensor[] features = [.. Waves(fixture).Select(wave => muq.Model.FrontEnd.Features(w, wave))];
        int samples = fixture.Shape("attention_mask")[1];
        bool[][] masks = [.. fixture.Longs("attention_mask").Chunk(samples).Select(row => row.Select(each => each != 0).ToArray())];
        IReadOnlyList<Tensor> states = muq.Model.Encoder.PaddedStates(w, features, masks);
        foreach (string tensor in fixture.Io.Names.Where(each => each.StartsWith("masked.", StringComparison.Ordinal)))
        {
            int layer = tensor == "masked.last" ? states.Count - 1
                : int.Parse(tensor["masked.hidden".Length..], System.Globalization.CultureInfo.InvariantCulture);
            Close.Check(fixture.Floats(tensor), states[layer].ToArray(), tolerance, what: $"{name} {tensor}");
        }
    }

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Predictions_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using MuqNetwork muq = Open(fixture);
        using var w = new Workspace();
        Tensor[] features = [.. Waves(fixture).Select(wave => muq.Model.FrontEnd.Features(w, wave))];
        Tensor logits = muq.Model.Logits(w, muq.Model.Encoder.States(w, features)[^1]);
        int[] shape = fixture.Shape("logits"); // [sounds, the first tokens, codes]
        float[] found = Operations.Contiguous(w, logits.Reshape(shape[0], -1, shape[2]).Narrow(1, 0, shape[1])).ToArray();
        Close.Check(fixture.Floats("logits"), found, tolerance, what: $"{name} logits");
    }

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Target_tokens_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        using MuqNetwork muq = Open(fixture);
        using var w = new Workspace();
        Assert.Equal(fixture.Ints("rvq_tokens"), Waves(fixture).SelectMany(wave => muq.Model.TargetTokens(w, wave)));
    }

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Capabilities_give_the_states_of_each_sound_alone(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using PretrainedModel model = PretrainedModel.Open(fixture.Checkpoint);
        Assert.Equal("muq", model.Architecture);
        float[][] waves = Waves(fixture);
        HiddenStates[] states = model.Frames!.Encode([.. waves.Select(wave => (ReadOnlyMemory<float>)wave)]);
        foreach (int layer in states[0].Layers)
        {
            float[] found = [.. states.SelectMany(each => each.Layer(layer).ToArray())];
            Close.Check(fixture.Floats($"hidden{layer}"), found, tolerance, what: $"{name} hidden{layer}");
        }

        float[] vector = model.Audio!.Embed(new Waveform(24000, waves[0]).Open());
        Assert.Equal(model.Audio.Dimension, vector.Length);
        ModelReport report = PretrainedModel.Inspect(fixture.Checkpoint);
        Assert.Contains("hidden states of frames", report.Abilities);
        Assert.Empty(report.Notes);
    }

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Rounded_weights_stay_close(string name)
    {
        Fixture fixture = Fixture.Open(name);
        using MuqNetwork muq = Muq.Muq.Open(ModelSource.Find(fixture.Checkpoint, Packing.BF16));
        using var w = new Workspace();
        Tensor[] features = [.. Waves(fixture).Select(wave => muq.Model.FrontEnd.Features(w, wave))];
        IReadOnlyList<Tensor> states = muq.Model.Encoder.States(w, features);
        for (int layer = 0; layer < states.Count; layer++)
        {
            output.WriteLine($"{name} hidden{layer}: {Distance.Between(fixture.Floats($"hidden{layer}"), states[layer].ToArray())}");
            Assert.True(Distance.Cosine(fixture.Floats($"hidden{layer}"), states[layer].ToArray()) > 0.999);
        }
    }

    private static MuqNetwork Open(Fixture fixture) => Muq.Muq.Open(ModelSource.Find(fixture.Checkpoint, Packing.F32));

    private static float[][] Waves(Fixture fixture) => [.. fixture.Floats("wave").Chunk(fixture.Shape("wave")[1])];
}
