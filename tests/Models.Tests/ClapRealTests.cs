using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Euterpe.Layers;
using Euterpe.Models.Clap;
using Euterpe.Tensors;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Models.Tests;

/// <summary>CLAP at the published sizes, weights by formula.</summary>
[Trait("Category", "Parity")]
public sealed class ClapRealTests(ITestOutputHelper output)
{
    private const string Base = "5e-5 of the largest element: two summation orders upstream differ by 1e-6";

    /// <summary>The larger of 5e-5 and five times the power of ten above what two orders upstream differ by: measured anew for each set.</summary>
    private const string Measured = " of the largest element: two summation orders upstream differ by at most ";

    [SkippableTheory]
    [Cases("real", "tensor=audio_pooled")]
    public void Published_size_matches_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(
            (Base, 5e-5), ($"5e-05{Measured}1e-07", 5e-5), ($"5e-05{Measured}1e-06", 5e-5), ($"5e-05{Measured}1e-05", 5e-5), ($"5e-04{Measured}1e-04", 5e-4));
        ClapConfig config = ClapConfig.Read(ConfigObject.Open(fixture.File("config.json")));
        ulong seed = fixture.Case.GetProperty("seed").GetUInt64();
        var model = new ClapModel(config, new FormulaWeights(fixture.Json("weights.json"), seed), name, Packing.F32);
        Assert.Equal(fixture.Case.GetProperty("parameters").GetInt64(), model.Listed.Sum(each => each.Shape.Count));
        var frontEnd = new ClapFrontEnd(ClapPreprocessor.Published(config.Audio.EnableFusion));
        using var w = new Workspace();
        Tensor features = Features(fixture, frontEnd, w, tolerance, name);

        var seen = new Dictionary<string, float[]>();
        HtsatOutput audio = model.Audio.Model.Forward(w, features, [true], (part, tokens) => seen.Add("mean.audio." + part, Mean(tokens)));
        foreach ((string part, float[] mean) in seen.Where(each => fixture.Has(each.Key)))
            output.WriteLine($"{name} {part}: off by {Close.Check(fixture.Floats(part), mean, tolerance, what: $"{name} {part}"):G3}");
        Close.Check(fixture.Floats("audio_pooled"), audio.Pooled.ToArray(), tolerance, what: $"{name} audio_pooled");
        float[] sound = model.Audio.Project(w, audio.Pooled).ToArray();
        double off = Close.Check(fixture.Floats("audio_embed"), sound, tolerance, what: $"{name} audio_embed");
        output.WriteLine($"{name} audio_embed: off by {off:G3}");
        if (fixture.Has("audio_features"))
            Close.Check(fixture.Floats("audio_features"), sound, tolerance, what: $"{name} audio_features");

        long[] ids = fixture.Longs("input_ids"), mask = fixture.Longs("attention_mask");
        int length = fixture.Shape("input_ids")[1], size = sound.Length;
        long[][] texts = [.. ids.Chunk(length).Select((row, i) => row[..mask.AsSpan(i * length, length).Count(1L)])];
        float[] words = model.Text.Embed(w, texts).ToArray();
        output.WriteLine($"{name} text_embed: off by {Close.Check(fixture.Floats("text_embed"), words, tolerance, what: $"{name} text_embed"):G3}");
        if (fixture.Has("logits_per_audio"))
        {
            float[] logits = [.. Enumerable.Range(0, texts.Length).Select(i => model.Scales.Audio * Dot(sound, words.AsSpan(i * size, size)))];
            Close.Check(fixture.Floats("logits_per_audio"), logits, tolerance, what: $"{name} logits_per_audio");
        }
    }

    /// <summary>The figures of docs/models/clap.md.</summary>
    [SkippableTheory]
    [Trait("Category", "Long")]
    [Cases("real", "tensor=audio_pooled")]
    public void Rounded_weights_stay_close_at_published_size(string name)
    {
        Fixture fixture = Fixture.Open(name);
        ClapConfig config = ClapConfig.Read(ConfigObject.Open(fixture.File("config.json")));
        ulong seed = fixture.Case.GetProperty("seed").GetUInt64();
        var model = new ClapModel(config, new FormulaWeights(fixture.Json("weights.json"), seed), name, Packing.BF16);
        using var w = new Workspace();
        var frontEnd = new ClapFrontEnd(ClapPreprocessor.Published(config.Audio.EnableFusion));
        float[] sound = model.Audio.Embed(w, Features(fixture, frontEnd, w, 5e-5, name), [true]).ToArray();
        output.WriteLine($"{name} audio: {Distance.Between(fixture.Floats("audio_embed"), sound)}");
        Assert.True(Distance.Cosine(fixture.Floats("audio_embed"), sound) > 0.999);
        long[] ids = fixture.Longs("input_ids"), mask = fixture.Longs("attention_mask");
        int length = fixture.Shape("input_ids")[1], size = sound.Length;
        long[][] texts = [.. ids.Chunk(length).Select((row, i) => row[..mask.AsSpan(i * length, length).Count(1L)])];
        float[] words = model.Text.Embed(w, texts).ToArray(), expected = fixture.Floats("text_embed");
        for (int i = 0; i < texts.Length; i++)
        {
            output.WriteLine($"{name} text {i}: {Distance.Between(expected[(i * size)..((i + 1) * size)], words[(i * size)..((i + 1) * size)])}");
            Assert.True(Distance.Cosine(expected[(i * size)..((i + 1) * size)], words[(i * size)..((i + 1) * size)]) > 0.999);
        }
    }

    private static Tensor Features(Fixture fixture, ClapFrontEnd frontEnd, Workspace w, double tolerance, string name)
    {
        float[] wave = fixture.Wave("pcm");
        if (!fixture.Has("crops"))
            return frontEnd.Features(w, [wave]);
        Tensor features = frontEnd.FusedFeatures(w, Long(fixture, wave), fixture.Ints("crops"));
        float[] stored = fixture.Floats("features_sample");
        int channels = features.Size(1), frames = features.Size(2), bins = features.Size(3);
        int every = int.Parse(
            Regex.Match(fixture.Case.GetProperty("note").GetString()!, "every ([0-9]+)th frame").Groups[1].Value, CultureInfo.InvariantCulture);
        var sample = new List<float>();
        for (int channel = 0; channel < channels; channel++)
        {
            for (int frame = 0; frame < frames; frame += every)
                sample.AddRange(features.Span.Slice(((channel * frames) + frame) * bins, bins));
        }

        Close.Check(stored, sample.ToArray(), tolerance, what: $"{name} features_sample");
        return features;
    }

    /// <summary>The long sound of the fusion case: the short one with the factors that its note states, every second time backwards.</summary>
    private static float[] Long(Fixture fixture, float[] wave)
    {
        string note = fixture.Case.GetProperty("note").GetString()!;
        float[] factors = JsonSerializer.Deserialize<float[]>(note[note.IndexOf('[')..(note.IndexOf(']') + 1)])!;
        Assert.Contains("every second time reversed in time", note, StringComparison.Ordinal);
        return [.. factors.SelectMany((factor, i) => (i % 2 == 0 ? wave : wave.Reverse()).Select(sample => sample * factor))];
    }

    private static float[] Mean(Tensor tokens)
    {
        int channels = tokens.Size(1), rows = tokens.Size(0);
        var sums = new double[channels];
        for (int i = 0; i < tokens.Span.Length; i++)
            sums[i % channels] += tokens.Span[i];
        return [.. sums.Select(sum => (float)(sum / rows))];
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return (float)sum;
    }
}
