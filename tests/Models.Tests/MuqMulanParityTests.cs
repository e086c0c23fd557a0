using Euterpe.Layers;
using Euterpe.Models.MuqMulan;
using Euterpe.Models.Pretrained;
using Euterpe.Signals;
using Euterpe.Tensors;
using Euterpe.Testing;
using Xunit.Abstractions;

namespace Euterpe.Models.Tests;

/// <summary>Saved MuQ-MuLan models: both towers, clips, upstream's padded texts, texts alone, similarity, and words through the tokenizer.</summary>
[Trait("Category", "Parity")]
public sealed class MuqMulanParityTests(ITestOutputHelper output)
{
    private const string Stated = "2e-4 of the largest element: float32 through a few layers, summed in another order";

    private const string Kind = "tensor=text_layer_out";

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Sounds_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using MuqMulanEmbedder mulan = Open(fixture);
        float[] wave = fixture.Floats("wave"), shortWave = fixture.Floats("short_wave");
        double off = Close.Check(fixture.Floats("audio_latent"), mulan.Latent(wave), tolerance, what: $"{name} audio_latent");
        output.WriteLine($"{name} audio_latent: off by {off:G3} of the largest element");
        Close.Check(fixture.Floats("audio_latent_parallel"), mulan.Latent(wave, parallel: true), tolerance, what: $"{name} audio_latent_parallel");
        Close.Check(fixture.Floats("short_audio_latent"), mulan.Latent(shortWave), tolerance, what: $"{name} short_audio_latent");
        Close.Same(mulan.Latent(wave), mulan.Latent(wave, parallel: true), "at once and one by one");
        using var w = new Workspace();
        MulanClips.Clip last = MulanClips.Of(wave, mulan.Model.Config.ClipSamples)[^1];
        Tensor layer = mulan.Model.Audio.LayerOut(w, [mulan.Model.FrontEnd.Features(w, last.Samples)]);
        Close.Check(fixture.Floats("audio_layer_out"), layer.ToArray(), tolerance, what: $"{name} audio_layer_out");
    }

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Texts_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using MuqMulanEmbedder mulan = Open(fixture);
        using var w = new Workspace();
        (List<long[]> rows, List<bool[]?> masks) = Rows(fixture);
        float[] layer = mulan.Model.Text.PaddedLayerOut(w, rows, masks).ToArray();
        Close.Check(fixture.Floats("text_layer_out"), layer, tolerance, what: $"{name} text_layer_out");
        Close.Check(fixture.Floats("text_latent"), mulan.Model.Text.PaddedLatents(w, rows, masks).ToArray(), tolerance, what: $"{name} text_latent");
        float[][] vectors = mulan.Embed([.. rows.Select((row, i) => row[..masks[i]!.Count(seen => seen)])]);
        Close.Check(fixture.Floats("text_latent_alone"), Nearest(fixture, vectors), tolerance, what: $"{name} text_latent_alone");
    }

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Similarity_matches_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using MuqMulanEmbedder mulan = Open(fixture);
        using var w = new Workspace();
        (List<long[]> rows, List<bool[]?> masks) = Rows(fixture);
        float[][] texts = [.. mulan.Model.Text.PaddedLatents(w, rows, masks).ToArray().Chunk(mulan.Dimension)];
        float[][] sounds = [mulan.Latent(fixture.Floats("wave")), mulan.Latent(fixture.Floats("short_wave"))];
        float[] found = [.. sounds.SelectMany(sound => texts.Select(text => mulan.Similarity(sound, text)))];
        Close.Check(fixture.Floats("similarity"), found, tolerance, what: $"{name} similarity");
    }

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Words_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using PretrainedModel model = PretrainedModel.Open(fixture.Checkpoint);
        Assert.Equal("muq-mulan", model.Architecture);
        string[] texts = [.. fixture.Case.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];
        float[][] vectors = [.. texts.Select(text => model.Text!.Embed(text))];
        Close.Check(fixture.Floats("text_latent_alone"), Nearest(fixture, vectors), tolerance, what: $"{name} words alone");
        float[] sound = model.Audio!.Embed(new Waveform(24000, fixture.Floats("wave")).Open()), upstream = fixture.Floats("audio_latent");
        double norm = Math.Sqrt(upstream.Sum(value => (double)value * value));
        Close.Check([.. upstream.Select(value => (float)(value / norm))], sound, tolerance, what: $"{name} the sound's vector has norm 1");
        Assert.Equal(model.Audio.CompatibilityKey, model.Text!.CompatibilityKey);
        Assert.Equal(1, model.ZeroShot!.Scores(sound, vectors).Sum(), 4);
        Assert.Empty(PretrainedModel.Inspect(fixture.Checkpoint).Notes);
    }

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Rounded_weights_stay_close(string name)
    {
        Fixture fixture = Fixture.Open(name);
        using MuqMulanEmbedder mulan = MuqMulan.MuqMulan.Open(ModelSource.Find(fixture.Checkpoint, Packing.BF16));
        using var w = new Workspace();
        float[] sound = mulan.Latent(fixture.Floats("wave"));
        output.WriteLine($"{name} audio_latent: {Distance.Between(fixture.Floats("audio_latent"), sound)}");
        Assert.True(Distance.Cosine(fixture.Floats("audio_latent"), sound) > 0.999);
        (List<long[]> rows, List<bool[]?> masks) = Rows(fixture);
        float[][] texts = [.. mulan.Model.Text.PaddedLatents(w, rows, masks).ToArray().Chunk(mulan.Dimension)];
        foreach ((float[] stored, float[] text) in fixture.Floats("text_latent").Chunk(mulan.Dimension).Zip(texts))
        {
            output.WriteLine($"{name} text_latent: {Distance.Between(stored, text)}");
            Assert.True(Distance.Cosine(stored, text) > 0.999);
        }
    }

    [SkippableTheory]
    [Cases("mulan", Kind)]
    public void Ids_of_words_match_upstream(string name)
    {
        Fixture fixture = Fixture.Open(name);
        using MuqMulanEmbedder mulan = Open(fixture);
        Tokens.Tokenizer tokenizer = Tokens.Tokenizer.Load(Path.Combine(fixture.Checkpoint, mulan.Model.Config.TextName));
        (List<long[]> rows, List<bool[]?> masks) = Rows(fixture);
        int row = 0;
        foreach (string text in fixture.Case.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!))
        {
            Assert.Equal(rows[row][..masks[row]!.Count(seen => seen)], tokenizer.Encode(text).Ids.Select(id => (long)id));
            row++;
        }

        Assert.Equal(rows.Count, row);
    }

    /// <summary>The case does not say which of its texts was given alone: the one of these vectors that is nearest to what upstream gave.</summary>
    private static float[] Nearest(Fixture fixture, float[][] vectors)
    {
        float[] alone = fixture.Floats("text_latent_alone");
        return vectors.MinBy(vector => vector.Zip(alone, (a, b) => (double)(a - b) * (a - b)).Sum())!;
    }

    private static MuqMulanEmbedder Open(Fixture fixture) => MuqMulan.MuqMulan.Open(ModelSource.Find(fixture.Checkpoint, Packing.F32));

    private static (List<long[]> Ids, List<bool[]?> Masks) Rows(Fixture fixture)
    {
        int length = fixture.Shape("input_ids")[1];
        return ([.. fixture.Longs("input_ids").Chunk(length)],
            [.. fixture.Longs("text_attention_mask").Chunk(length).Select(row => row.Select(each => each != 0).ToArray())]);
    }
}
