using Euterpe.Layers;
using Euterpe.Models.MuqMulan;
using Euterpe.Models.Pretrained;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

/// <summary>The same bits for any number of threads, batch, blocks and callers; clips; where parts of a published folder are looked for.</summary>
[Collection("compute threads")]
public class MuqMulanTests
{
    [Fact]
    public void Threads_and_batches_give_the_same_bits()
    {
        using MuqMulanEmbedder mulan = MuqMulan.MuqMulan.Tiny(7);
        float[][] sounds = [.. Enumerable.Range(0, 5).Select(i => Sound(i, 4_000 + (13_000 * i)))];
        long[][] texts = [.. Enumerable.Range(0, 5).Select(i => Enumerable.Range(0, 3 + (5 * i)).Select(t => (long)(4 + (t * 37 % 290))).ToArray())];
        float[][] alone = [.. sounds.Select(sound => mulan.Embed([sound])[0])];
        float[][] aloneTexts = [.. texts.Select(text => mulan.Embed([text])[0])];
        Sameness.OfThreads(threads =>
        {
            float[][] together = mulan.Embed([.. sounds.Select(sound => (ReadOnlyMemory<float>)sound)]);
            float[][] togetherTexts = mulan.Embed(texts);
            for (int i = 0; i < 5; i++)
            {
                Close.Same(alone[i], together[i], $"sound {i}, {threads} threads");
                Close.Same(aloneTexts[i], togetherTexts[i], $"text {i}, {threads} threads");
            }
        });

        Assert.All(alone, vector => Assert.Equal(1, Math.Sqrt(vector.Sum(x => (double)x * x)), 5));
        Assert.True(Distance.Cosine(alone[0], alone[1]) < 0.99999, "sounds must matter");
        Assert.True(Distance.Cosine(aloneTexts[0], aloneTexts[1]) < 0.999, "words must matter");
    }

    [Fact]
    public void Callers_at_once_get_the_same_bits()
    {
        using MuqMulanEmbedder mulan = MuqMulan.MuqMulan.Tiny(8);
        Sameness.OfCallers(mulan, [.. Enumerable.Range(0, 4).Select(i => Sound(i, 15_000))]);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(11_000)]
    [InlineData(24_000)]
    [InlineData(24_001)]
    [InlineData(100_000)]
    public void Block_by_block_is_the_whole_sound(int samples)
    {
        using MuqMulanEmbedder mulan = MuqMulan.MuqMulan.Tiny(9);
        float[] sound = Sound(1, samples);
        EmbeddedSound blocks = mulan.EmbedWindows(new Waveform(24_000, sound).Open());
        Close.Same(mulan.Embed([sound])[0], blocks.Vector, "block by block and whole");
        Assert.Equal((samples + 23_999) / 24_000, blocks.Windows.Count);
        Assert.Equal(samples / 24_000.0, blocks.Windows.Sum(window => window.LengthSeconds), 9);
    }

    [Fact]
    public void The_last_clip_is_filled_up_with_the_start_of_the_sound_once()
    {
        float[] wave = [.. Enumerable.Range(0, 25).Select(i => (float)i)];
        MulanClips.Clip[] clips = [.. MulanClips.Of(wave, 10)];
        Assert.Equal([0, 10, 20], clips.Select(clip => clip.Start));
        Assert.Equal([20, 21, 22, 23, 24, 0, 1, 2, 3, 4], clips[2].Samples);
        Assert.Equal([0, 1, 2, 0, 1, 2], Assert.Single(MulanClips.Of(wave.AsSpan(0, 3), 10)).Samples);
        Assert.Equal([0, 1, 2, 3, 4, 5, 0, 1, 2, 3], Assert.Single(MulanClips.Of(wave.AsSpan(0, 6), 10)).Samples);
        Assert.Equal(2, MulanClips.Of(wave.AsSpan(0, 20), 10).Count);
        Assert.Empty(MulanClips.Of([], 10));
    }

    [Fact]
    public void Plain_and_packed_weights_give_the_same_bits()
    {
        using MuqMulanEmbedder plain = MuqMulan.MuqMulan.Tiny(11, Packing.Plain), packed = MuqMulan.MuqMulan.Tiny(11);
        float[] sound = Sound(4, 15_000);
        Close.Same(plain.Embed([sound])[0], packed.Embed([sound])[0], "sound");
        long[][] texts = [[0, 5, 6, 7, 2]];
        Close.Same(plain.Embed(texts)[0], packed.Embed(texts)[0], "text");
    }

    [Fact]
    public void Scores_are_the_softmax_of_scaled_similarities()
    {
        using MuqMulanEmbedder mulan = MuqMulan.MuqMulan.Tiny(12);
        float[] sound = mulan.Embed([Sound(1, 10_000)])[0];
        float[][] texts = mulan.Embed([[0, 5, 6, 2], [0, 9, 2]]);
        float[] logits = mulan.Logits(sound, texts), scores = mulan.Scores(sound, texts);
        Assert.Equal(mulan.Similarity(sound, texts[1]) * mulan.Model.Scale.Scale, logits[1], 6);
        Assert.Equal(1, scores.Sum(), 5);
        Assert.Equal(logits[0] > logits[1], scores[0] > scores[1]);
    }

    [SkippableTheory]
    [Cases("mulan", "tensor=text_layer_out")]
    public void Parts_of_a_published_folder_are_found_by_their_last_name_or_in_the_cache(string name)
    {
        Fixture fixture = Fixture.Open(name);
        using var place = new TemporaryFolder();
        using MuqMulanEmbedder original = MuqMulan.MuqMulan.Open(ModelSource.Find(fixture.Checkpoint));
        (string audio, string text) = (original.Model.Config.AudioName, original.Model.Config.TextName);
        string folder = Path.Combine(place.Path, "model"), cache = Path.Combine(place.Path, "cache");
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(fixture.Checkpoint, "model.safetensors"), Path.Combine(folder, "model.safetensors"));
        File.WriteAllText(Path.Combine(folder, "config.json"), File.ReadAllText(Path.Combine(fixture.Checkpoint, "config.json"))
            .Replace($"\"{audio}\"", $"\"SomeBody/{audio}\"", StringComparison.Ordinal)
            .Replace($"\"{text}\"", "\"xlm-roberta-base\"", StringComparison.Ordinal));
        ModelFileException missing = Assert.Throws<ModelFileException>(() => PretrainedModel.Open(folder, new PretrainedOptions(CacheFolder: cache)));
        Assert.Contains($"SomeBody/{audio}", missing.Message, StringComparison.Ordinal);
        Assert.Contains("Hint: fetch config.json", missing.Message, StringComparison.Ordinal);
        Copy(Path.Combine(fixture.Checkpoint, audio), Path.Combine(folder, audio));
        missing = Assert.Throws<ModelFileException>(() => PretrainedModel.Open(folder, new PretrainedOptions(CacheFolder: cache)));
        Assert.Contains("xlm-roberta-base", missing.Message, StringComparison.Ordinal);
        string repository = Path.Combine(cache, "models--FacebookAI--xlm-roberta-base");
        Copy(Path.Combine(fixture.Checkpoint, text), Path.Combine(repository, "snapshots", "abc"));
        Directory.CreateDirectory(Path.Combine(repository, "refs"));
        File.WriteAllText(Path.Combine(repository, "refs", "main"), "abc");
        using PretrainedModel model = PretrainedModel.Open(folder, new PretrainedOptions(CacheFolder: cache));
        Close.Same(original.Embed("slow cello"), model.Text!.Embed("slow cello"), "words");
    }

    [Theory]
    [InlineData("../muq-elsewhere")]
    [InlineData("/etc/muq")]
    public void A_part_is_not_looked_for_outside_of_the_folder(string part)
    {
        using var place = new TemporaryFolder();
        File.WriteAllText(Path.Combine(place.Path, "config.json"), $$$"""
            {"mulan": {}, "audio_model": {"name": "{{{part}}}"}, "text_model": {"name": "xlm-roberta-base"}}
            """);
        ModelFileException refused = Assert.Throws<ModelFileException>(() => PretrainedModel.Open(place.Path));
        Assert.Contains("neither in a folder", refused.Message, StringComparison.Ordinal);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
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
