using System.Text.Json.Nodes;
using Euterpe.Layers;
using Euterpe.Models.Clap;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Models.Tests;

public sealed class ClapLoadingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("euterpe-clap-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void All_wrong_tensors_come_in_one_error()
    {
        var source = new Edited(new RandomWeights(1))
        {
            Missing = ["audio_projection.linear1.bias", "text_model.pooler.dense.weight"],
            Shapes = { ["logit_scale_a"] = new Shape(1), ["audio_model.audio_encoder.norm.weight"] = new Shape(7) },
            Extra = ["audio_model.audio_encoder.layers.0.blocks.0.attention.self.qkv.weight", "text_model.embeddings.position_ids"],
        };
        ModelFileException error = Assert.Throws<ModelFileException>(() => new ClapModel(TinyConfig, source, "some/folder", Packing.F32));
        Assert.Equal(
            "[weights] some/folder: the tensors are not those of this model. "
            + "2 missing: text_model.pooler.dense.weight [32, 32]; audio_projection.linear1.bias [24]. "
            + "2 misshaped: logit_scale_a: expected [], found [1]; audio_model.audio_encoder.norm.weight: expected [32], found [7]. "
            + "1 unexpected: audio_model.audio_encoder.layers.0.blocks.0.attention.self.qkv.weight. "
            + "Hint: is config.json the one that belongs to this file?",
            error.Message);
    }

    [Fact]
    public void Buffers_that_upstream_leaves_are_not_unexpected()
    {
        string[] left =
        [
            "text_model.embeddings.position_ids", "text_model.embeddings.token_type_ids", "audio_model.audio_encoder.batch_norm.num_batches_tracked",
            "audio_model.audio_encoder.layers.1.blocks.0.attention.self.relative_position_index",
        ];
        _ = new ClapModel(TinyConfig, new Edited(new RandomWeights(1)) { Extra = left }, "here", Packing.F32);
    }

    [Fact]
    public void Options_that_are_not_implemented_are_refused_by_name()
    {
        JsonObject config = Config();
        config["text_config"]!["position_embedding_type"] = "relative_key";
        config["audio_config"]!["hidden_act"] = "mish";
        config["audio_config"]!["fusion_type"] = "channel_map";
        config["audio_config"]!["enable_fusion"] = true;
        config["audio_config"]!["window_size"] = "eight";
        ModelFileException error = Assert.Throws<ModelFileException>(() => Read(config));
        foreach (string part in (string[])
        [
            "text_config.position_embedding_type is \"relative_key\": only absolute is implemented",
            "audio_config.hidden_act is \"mish\"", "audio_config.fusion_type is \"channel_map\": only aff_2d is implemented",
            "audio_config.window_size: a whole number from 1 to 64 was expected, found \"eight\"",
        ])
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_keys_take_the_defaults_of_upstream()
    {
        ClapConfig config = Read(new JsonObject { ["model_type"] = "clap" });
        Assert.Equal((768, 12, 12, 3072, 514, 50265),
            (config.Text.HiddenSize, config.Text.NumHiddenLayers, config.Text.NumAttentionHeads, config.Text.IntermediateSize,
                config.Text.MaxPositionEmbeddings, config.Text.VocabSize));
        Assert.Equal((96, 768, 8, 256, 64),
            (config.Audio.PatchEmbedsHiddenSize, config.Audio.HiddenSize, config.Audio.WindowSize, config.Audio.SpecSize, config.Audio.NumMelBins));
        Assert.Equal([2, 2, 6, 2], config.Audio.Depths);
        Assert.Equal([4, 8, 16, 32], config.Audio.NumAttentionHeads);
        Assert.False(config.Audio.EnableFusion);
        Assert.Equal(512, config.ProjectionDim);
    }

    [Fact]
    public void Keys_that_nobody_reads_are_listed()
    {
        JsonObject config = Config();
        config["text_config"]!["surprise"] = 1;
        Assert.Contains("text_config.surprise", Read(config).Unread);
    }

    [Theory]
    [InlineData("""{"model_type": "gibberish"}""", "model_type \"gibberish\", which is not known. Known: clap")]
    [InlineData("""{"hidden_size": 3}""", "config.json has no model_type")]
    [InlineData("""{"model_type": "clap", "model_type": "clap"}""", "not valid JSON")]
    [InlineData("[]", "a JSON object was expected, found Array")]
    [InlineData("{", "not valid JSON")]
    [InlineData(null, "has no ")]
    public void Folders_that_are_no_model_are_refused(string? config, string expected)
    {
        if (config is not null)
            File.WriteAllText(Path.Combine(folder, "config.json"), config);
        Assert.Contains(expected, Assert.Throws<ModelFileException>(() => PretrainedModel.Open(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("laion/none-such")]
    [InlineData("../etc")]
    [InlineData("no such folder")]
    public void Names_that_are_nowhere_are_refused(string name)
    {
        var options = new PretrainedOptions(CacheFolder: folder);
        Assert.Contains(name.Contains("none", StringComparison.Ordinal) ? "neither a folder nor a model in the cache" : "there is no such file or folder",
            Assert.Throws<ModelFileException>(() => PretrainedModel.Open(name, options)).Message, StringComparison.Ordinal);
    }

    internal static ClapConfig TinyConfig => Clap.Clap.Tiny(1).Model.Config;

    private static JsonObject Config() => new() { ["model_type"] = "clap", ["text_config"] = new JsonObject(), ["audio_config"] = new JsonObject() };

    private static ClapConfig Read(JsonObject config) =>
        ClapConfig.Read(ConfigObject.Parse(System.Text.Encoding.UTF8.GetBytes(config.ToJsonString()), "config.json"));

    /// <summary>Another source, with names taken away, added, and of other shapes.</summary>
    private sealed class Edited(IWeightSource source) : IWeightSource
    {
        public string[] Missing { get; init; } = [];

        public string[] Extra { get; init; } = [];

        public Dictionary<string, Shape> Shapes { get; } = [];

        public IReadOnlyList<string> Names => Extra;

        public bool TryGetShape(string name, Shape expected, out Shape found)
        {
            found = Shapes.TryGetValue(name, out Shape other) ? other : expected;
            return !Missing.Contains(name);
        }

        public Tensor Load(string name, Shape shape, Initial initial) => source.Load(name, shape, initial);
    }
}
