using Euterpe.Layers;
using Euterpe.Models.Clap;
using Euterpe.Tensors;
using Euterpe.Testing;
using Euterpe.Tokens;
using Xunit.Abstractions;

namespace Euterpe.Models.Tests;

/// <summary>Saved CLAP models of transformers, plain and with fusion: front end, both towers, logits and tokens against what upstream gave.</summary>
[Trait("Category", "Parity")]
public sealed class ClapParityTests(ITestOutputHelper output)
{
    private const string Stated = "2e-4 of the largest element: float32 through a few layers, summed in another order";

    private const string Kind = "config.model_type=clap";

    [SkippableTheory]
    [Cases("transformers", Kind)]
    public void Audio_tower_matches_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using ClapEmbedder clap = Clap.Clap.Open(name, fixture.Checkpoint, Packing.F32);
        foreach (string key in Sounds(fixture))
        {
            using var w = new Workspace();
            HtsatOutput audio = clap.Model.Audio.Model.Forward(w, Features(fixture, clap, key), Longer(fixture, key));
            Close.Check(fixture.Floats("audio_hidden." + key), clap.Model.Audio.Model.Hidden(w, audio.Tokens).ToArray(), tolerance,
                what: $"{name} audio_hidden.{key}");
            Close.Check(fixture.Floats("audio_pooled." + key), audio.Pooled.ToArray(), tolerance, what: $"{name} audio_pooled.{key}");
            double off = Close.Check(
                fixture.Floats("audio_embed." + key), clap.Model.Audio.Project(w, audio.Pooled).ToArray(), tolerance,
                    what: $"{name} audio_embed.{key}");
            output.WriteLine($"{name} {key}: embedding off by {off:G3} of the largest element");
        }
    }

    [SkippableTheory]
    [Cases("transformers", Kind)]
    public void Front_end_matches_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using ClapEmbedder clap = Clap.Clap.Open(name, fixture.Checkpoint, Packing.F32);
        ClapFrontEnd frontEnd = clap.FrontEnd;
        foreach (string key in Sounds(fixture))
        {
            using var w = new Workspace();
            float[] wave = fixture.Wave("pcm." + key), expected = fixture.Floats("features." + key);
            int[] shape = fixture.Shape("features." + key);
            int frames = shape[2], bins = shape[3];
            if (wave.Length <= frontEnd.Config.WindowSamples)
            {
                Tensor features = frontEnd.Features(w, [wave]);
                for (int channel = 0; channel < features.Size(1); channel++)
                {
                    float[] one = features.Span.Slice(channel * frames * bins, frames * bins).ToArray();
                    Close.Check(expected.AsSpan(0, frames * bins), one, tolerance, what: $"{name} features.{key} channel {channel}");
                }

                continue;
            }

            // Upstream drew the places of the three crops: they are where its crops lie in the whole mel.
            float[] mel = frontEnd.LogMel(wave);
            int[] crops = [.. Enumerable.Range(1, 3).Select(crop => Place(mel, expected.AsSpan(crop * frames * bins, frames * bins), bins))];
            int total = mel.Length / bins;
            (int First, int Count)[] thirds = ClapFrontEnd.Thirds(total, frames);
            for (int third = 0; third < 3; third++)
                Assert.InRange(crops[third], thirds[third].First, thirds[third].First + thirds[third].Count - 1);
            Tensor fused = frontEnd.FusedFeatures(w, wave, crops);
            Close.Check(expected, fused.ToArray(), tolerance, what: $"{name} features.{key}");
        }
    }

    [SkippableTheory]
    [Cases("transformers", Kind)]
    public void Text_tower_matches_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using ClapEmbedder clap = Clap.Clap.Open(name, fixture.Checkpoint, Packing.F32);
        using var w = new Workspace();
        float[] expected = fixture.Floats("text_embed");
        // Upstream's way: padded rows and masks.
        (List<long[]> padded, List<bool[]?> masks) = Rows(fixture);
        Close.Check(expected, clap.Model.Text.Embed(w, padded, masks).ToArray(), tolerance, what: $"{name} text_embed, padded");
        // Ours: no padding at all.
        List<long[]> bare = [.. padded.Select((row, i) => row[..masks[i]!.Count(seen => seen)])];
        Close.Check(expected, clap.Model.Text.Embed(w, bare).ToArray(), tolerance, what: $"{name} text_embed");
        // And from the words.
        string[] texts = [.. fixture.Case.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];
        float[] words = [.. clap.Embed(texts).SelectMany(vector => vector)];
        Close.Check(expected, words, tolerance, what: $"{name} text_embed of words");
    }

    [SkippableTheory]
    [Cases("transformers", Kind)]
    public void Ids_of_words_match_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        Tokenizer tokenizer = Tokenizer.Load(fixture.Checkpoint);
        (List<long[]> padded, List<bool[]?> masks) = Rows(fixture);
        int row = 0;
        foreach (string text in fixture.Case.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!))
        {
            long[] expected = padded[row][..masks[row]!.Count(seen => seen)];
            Assert.Equal(expected, tokenizer.Encode(text).Ids.Select(id => (long)id));
            row++;
        }

        Assert.Equal(padded.Count, row);
    }

    [SkippableTheory]
    [Cases("transformers", Kind)]
    public void Logits_match_transformers(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance(Stated, 2e-4);
        using ClapEmbedder clap = Clap.Clap.Open(name, fixture.Checkpoint, Packing.F32);
        (List<long[]> padded, List<bool[]?> masks) = Rows(fixture);
        float[][] texts = clap.Embed([.. padded.Select((row, i) => row[..masks[i]!.Count(seen => seen)])]);
        float[] wave = fixture.Wave("pcm.short");
        float[] sound = clap.Embed([wave])[0];
        Close.Check(fixture.Floats("logits_per_audio"), clap.Logits(sound, texts), tolerance, what: $"{name} logits_per_audio");
        float[] perText = [.. clap.Logits(sound, texts).Select(logit => logit / clap.Model.Scales.Audio * clap.Model.Scales.Text)];
        Close.Check(fixture.Floats("logits_per_text"), perText, tolerance, what: $"{name} logits_per_text");
        Assert.Equal(1, clap.Scores(sound, texts).Sum(), 4);
    }

    [SkippableTheory]
    [Cases("transformers", Kind)]
    public void Rounded_weights_stay_close(string name)
    {
        Fixture fixture = Fixture.Open(name);
        using ClapEmbedder clap = Clap.Clap.Open(name, fixture.Checkpoint, Packing.BF16);
        using var w = new Workspace();
        foreach (string key in Sounds(fixture))
        {
            float[] found = clap.Model.Audio.Embed(w, Features(fixture, clap, key), Longer(fixture, key)).ToArray();
            output.WriteLine($"{name} {key}: {Distance.Between(fixture.Floats("audio_embed." + key), found)}");
            Assert.True(Distance.Cosine(fixture.Floats("audio_embed." + key), found) > 0.999);
        }

        (List<long[]> padded, List<bool[]?> masks) = Rows(fixture);
        float[] texts = clap.Model.Text.Embed(w, padded, masks).ToArray(), expected = fixture.Floats("text_embed");
        for (int i = 0, size = texts.Length / padded.Count; i < padded.Count; i++)
        {
            output.WriteLine($"{name} text {i}: {Distance.Between(expected[(i * size)..((i + 1) * size)], texts[(i * size)..((i + 1) * size)])}");
            Assert.True(Distance.Cosine(expected[(i * size)..((i + 1) * size)], texts[(i * size)..((i + 1) * size)]) > 0.999);
        }
    }

    private static IEnumerable<string> Sounds(Fixture fixture) =>
        fixture.Io.Names.Where(name => name.StartsWith("pcm.", StringComparison.Ordinal)).Select(name => name["pcm.".Length..]);

    /// <summary>Where the four channels are equal, one is stored.</summary>
    private static Tensor Features(Fixture fixture, ClapEmbedder clap, string key)
    {
        int[] shape = fixture.Shape("features." + key);
        float[] stored = fixture.Floats("features." + key);
        int channels = clap.FrontEnd.Config.Fusion ? 4 : 1;
        if (shape[1] == 1 && channels == 4)
            stored = [.. Enumerable.Repeat(stored, 4).SelectMany(each => each)];
        return Tensor.From(stored, shape[0], channels, shape[2], shape[3]);
    }

    private static bool[] Longer(Fixture fixture, string key) => [.. fixture.Longs("is_longer." + key).Select(each => each != 0)];

    private static (List<long[]> Ids, List<bool[]?> Masks) Rows(Fixture fixture)
    {
        long[] ids = fixture.Longs("input_ids"), mask = fixture.Longs("attention_mask");
        int length = fixture.Shape("input_ids")[1];
        return ([.. ids.Chunk(length)], [.. mask.Chunk(length).Select(row => row.Select(each => each != 0).ToArray())]);
    }

    private static int Place(float[] mel, ReadOnlySpan<float> crop, int bins)
    {
        int best = -1;
        double least = double.PositiveInfinity;
        for (int first = 0; (first * bins) + crop.Length <= mel.Length; first++)
        {
            double sum = 0;
            for (int i = 0; i < crop.Length && sum < least; i++)
                sum += Math.Abs(mel[(first * bins) + i] - crop[i]);
            if (sum < least)
                (best, least) = (first, sum);
        }

        return best;
    }
}
