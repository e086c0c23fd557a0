using Euterpe.Layers;
using Euterpe.Models.Mert;
using Euterpe.Tensors;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Models.Tests;

/// <summary>MERT at the published sizes, weights by formula.</summary>
[Trait("Category", "Parity")]
public sealed class MertRealTests(ITestOutputHelper output)
{
    private const string Base = "5e-5 of the largest element: two summation orders upstream differ by 1e-6";
    private const string Measured = " of the largest element: two summation orders upstream differ by at most ";

    [SkippableTheory]
    [Cases("real", "case.call^=HubertModel of MERT")]
    public void Published_size_matches_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(
            (Base, 5e-5), ($"5e-05{Measured}1e-07", 5e-5), ($"5e-05{Measured}1e-06", 5e-5), ($"5e-05{Measured}1e-05", 5e-5), ($"5e-04{Measured}1e-04", 5e-4));
        MertConfig config = MertConfig.Read(ConfigObject.Open(fixture.File("config.json")));
        var source = new FormulaWeights(fixture.Json("weights.json"), fixture.Case.GetProperty("seed").GetUInt64());
        Assert.Equal(fixture.Case.GetProperty("parameters").GetInt64(), Mert.Mert.List(config, source, name).Sum(each => each.Shape.Count));
        MertModel model = Mert.Mert.Load(config, source, name, Packing.F32);
        float[] wave = Wave(fixture);
        using var w = new Workspace();
        int layers = config.NumHiddenLayers + 1, size = config.HiddenSize;
        float[] means = new float[layers * size], last = [];
        model.Forward(w, Tensor.From(wave, 1, wave.Length), [.. Enumerable.Repeat(true, layers)], (i, states) =>
        {
            Operations.Mean(w, states, 1).ToArray().CopyTo(means, i * size);
            if (i == layers - 1)
                last = states.Narrow(1, 0, fixture.Shape("last")[0]).ToArray();
        });
        double off = Close.Check(fixture.Floats("hidden_means"), means, tolerance, what: $"{name} hidden_means"),
            frames = Close.Check(fixture.Floats("last"), last, tolerance, what: $"{name} last");
        output.WriteLine($"{name}: means off by {off:G3}, frames by {frames:G3} of the largest element");
    }

    /// <summary>The figures of docs/models/mert.md.</summary>
    [SkippableTheory]
    [Trait("Category", "Long")]
    [Cases("real", "case.call^=HubertModel of MERT")]
    public void Rounded_weights_stay_close_at_published_size(string name)
    {
        Fixture fixture = Fixture.Open(name);
        MertConfig config = MertConfig.Read(ConfigObject.Open(fixture.File("config.json")));
        var source = new FormulaWeights(fixture.Json("weights.json"), fixture.Case.GetProperty("seed").GetUInt64());
        MertModel model = Mert.Mert.Load(config, source, name, Packing.BF16);
        float[] wave = Wave(fixture), expected = fixture.Floats("hidden_means");
        using var w = new Workspace();
        int layers = config.NumHiddenLayers + 1, size = config.HiddenSize;
        model.Forward(w, Tensor.From(wave, 1, wave.Length), [.. Enumerable.Repeat(true, layers)], (i, states) =>
        {
            float[] mean = Operations.Mean(w, states, 1).ToArray(), stored = expected[(i * size)..((i + 1) * size)];
            if (i == layers / 2 || i == layers - 1)
                output.WriteLine($"{name} bf16, layer {i}: {Distance.Between(stored, mean)}");
            Assert.True(Distance.Cosine(stored, mean) > 0.999);
        });
    }

    /// <summary>The sound of a case, normalised where its call says so.</summary>
    private static float[] Wave(Fixture fixture)
    {
        float[] wave = fixture.Wave("pcm");
        if (fixture.Case.GetProperty("call").GetString()!.Contains("minus mean over standard deviation (torch.std, n - 1)", StringComparison.Ordinal))
        {
            double mean = wave.Average(x => (double)x), deviation = Math.Sqrt(wave.Sum(x => (x - mean) * (x - mean)) / (wave.Length - 1));
            wave = [.. wave.Select(x => (float)((x - mean) / deviation))];
        }

        return wave;
    }
}
