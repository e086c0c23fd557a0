using Euterpe.Signals;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

public class PretrainedModelTests
{
    [SkippableTheory]
    [Cases("transformers", "config.model_type=clap")]
    public void A_published_folder_opens_by_its_path_and_from_a_cache(string name)
    {
        Fixture fixture = Fixture.Open(name);
        string cache = Directory.CreateTempSubdirectory("euterpe-cache-").FullName;
        try
        {
            string repository = Path.Combine(cache, "models--somebody--clap");
            Directory.CreateDirectory(Path.Combine(repository, "refs"));
            Directory.CreateDirectory(Path.Combine(repository, "snapshots"));
            File.WriteAllText(Path.Combine(repository, "refs", "main"), "0123abcd\n");
            Directory.CreateSymbolicLink(Path.Combine(repository, "snapshots", "0123abcd"), fixture.Checkpoint);

            using PretrainedModel byPath = PretrainedModel.Open(fixture.Checkpoint);
            using PretrainedModel byName = PretrainedModel.Open("somebody/clap", new PretrainedOptions(CacheFolder: cache));
            using PretrainedModel rounded = PretrainedModel.Open(fixture.Checkpoint, new PretrainedOptions(Precision.BF16));
            Assert.Equal(("clap", "checkpoint", "somebody/clap"), (byPath.Architecture, byPath.Name, byName.Name));
            float[] sound = byPath.Audio!.Embed(Sound(fixture)), again = byName.Audio!.Embed(Sound(fixture)),
                near = rounded.Audio!.Embed(Sound(fixture));
            Close.Same(sound, again, "path and name");
            Assert.True(Distance.Cosine(sound, near) > 0.999);
            Assert.Equal(byPath.Audio.CompatibilityKey, byName.Audio.CompatibilityKey);
            Assert.Equal(byPath.Audio.CompatibilityKey, byPath.Text!.CompatibilityKey);
            Assert.NotEqual(byPath.Audio.CompatibilityKey, rounded.Audio.CompatibilityKey);
            Assert.Equal((48000, sound.Length), (byPath.Audio.SampleRate, byPath.Audio.Dimension));

            // The window policy hears a sound of one window as upstream does.
            string key = fixture.Has("pcm.exact") ? "exact" : "short";
            Close.Check(fixture.Floats("audio_embed." + key), byPath.Audio.Embed(Sound(fixture, key)), 2e-4, what: "embedding");
            float[][] words = [byPath.Text.Embed("solo cello, slow and sad"), byPath.Text.Embed("a")];
            Assert.Equal(1, byPath.ZeroShot!.Scores(sound, words).Sum(), 4);
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    [SkippableTheory]
    [Cases("transformers", "config.model_type=clap")]
    public void Inspecting_says_what_a_folder_and_a_file_hold(string name)
    {
        Fixture fixture = Fixture.Open(name);
        StoredTensors stored = fixture.Tensors("checkpoint/model.safetensors");
        ModelReport folder = PretrainedModel.Inspect(fixture.Checkpoint);
        Assert.Equal("clap", folder.Architecture);
        Assert.Contains("zero-shot scores", folder.Abilities);
        Assert.Equal(stored.Names.Order(StringComparer.Ordinal), folder.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        long read = stored.Names.Where(each => stored.Type(each) == "F32").Sum(each =>
            stored.Shape(each).Aggregate(1L, (product, size) => product * size));
        Assert.Equal(read, folder.Parameters);
        Assert.Empty(folder.Notes);

        ModelReport file = PretrainedModel.Inspect(fixture.File("checkpoint/model.safetensors"));
        Assert.Null(file.Architecture);
        Assert.Empty(file.Abilities);
        Assert.Equal(folder.Tensors.Select(tensor => tensor.ToString().Length), file.Tensors.Select(tensor => tensor.ToString().Length));
        Assert.Contains("the architecture is not known", Assert.Single(file.Notes), StringComparison.Ordinal);
    }

    private static IFrameSource Sound(Fixture fixture, string key = "short") => new Waveform(48000, fixture.Wave("pcm." + key)).Open();
}
