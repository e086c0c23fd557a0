using System.Text;
using System.Text.Json.Nodes;
using Euterpe.Layers;
using Euterpe.Models.Mert;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors.Files;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

/// <summary>Published files as they are: prefixes, heads, both spellings of weight norm; what is not implemented is refused by name.</summary>
public class MertLoadingTests
{
    private const string Name = "mert/post_ln_95m";

    [Theory]
    [InlineData("mert_95m", "{}")]
    [InlineData("mert_330m",
        """{"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096, "do_stable_layer_norm": true}""")]
    [InlineData("hubert_layer_norm", """{"model_type": "hubert", "feat_extract_norm": "layer", "conv_bias": true, "feat_proj_layer_norm": false, "num_hidden_layers": 1}""")]
    public void Names_and_shapes_are_the_approved_ones(string name, string more)
    {
        var json = (JsonObject)JsonNode.Parse(more)!;
        json.TryAdd("model_type", "mert_model");
        MertConfig config = MertConfig.Read(ConfigObject.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), "config.json"));
        string[] listed = [.. Mert.Mert.List(config, new RandomWeights(0), "listing").Select(each => each.ToString()).Order(StringComparer.Ordinal)];
        Assert.Equal(File.ReadAllLines(Path.Combine(Fixture.Repository, "tests", "Models.Tests", "Approved", name + ".txt")), listed);
    }

    [Theory]
    [InlineData("hubert.", "hubert", "lm_head.weight", "lm_head.bias")]
    [InlineData("wav2vec2.", "wav2vec2", "quantizer.codevectors", "project_hid.bias")]
    [InlineData("", "hubert")]
    public void Heads_are_left_and_both_spellings_of_weight_norm_are_read(string prefix, string type, params string[] heads)
    {
        Fixture fixture = Fixture.Open(Name);
        using TemporaryFolder folder = Changed(fixture, config => config["model_type"] = type, name => prefix + name
            .Replace("parametrizations.weight.original0", "weight_g", StringComparison.Ordinal)
            .Replace("parametrizations.weight.original1", "weight_v", StringComparison.Ordinal), heads);
        using PretrainedModel one = PretrainedModel.Open(fixture.Checkpoint), other = PretrainedModel.Open(folder.Path);
        float[] sound = MertSamenessTests.Sound(1, 3000);
        HiddenStates a = one.Frames!.Encode([sound])[0], b = other.Frames!.Encode([sound])[0];
        foreach (int layer in a.Layers)
            Close.Same(a.Layer(layer), b.Layer(layer), $"layer {layer}");
        ModelReport report = PretrainedModel.Inspect(folder.Path);
        Assert.Equal((type, fixture.Json("checkpoint/config.json").GetProperty("hidden_size").ToString()),
            (report.Architecture, report.Facts.Single(fact => fact.Key == "dimension").Value));
        Assert.All(heads, head => Assert.Contains(report.Notes, note => note.Contains(head, StringComparison.Ordinal)));
        Assert.Equal(PretrainedModel.Inspect(fixture.Checkpoint).Parameters, report.Parameters);
    }

    [Fact]
    public void A_file_without_the_vector_for_masked_frames_is_whole()
    {
        Fixture fixture = Fixture.Open(Name);
        using TemporaryFolder folder = Changed(fixture, _ => { }, name => name == "masked_spec_embed" ? null : name);
        using PretrainedModel model = PretrainedModel.Open(folder.Path);
        Assert.Equal(Number(fixture, "hidden_size"), model.Audio!.Dimension);
    }

    [Fact]
    public void All_that_is_not_implemented_is_refused_by_name_in_one_error()
    {
        Fixture fixture = Fixture.Open(Name);
        int hidden = Number(fixture, "hidden_size");
        using TemporaryFolder folder = Changed(fixture, config =>
        {
            foreach (string key in (string[])["deepnorm", "feature_extractor_cqt", "conv_pos_batch_norm", "add_adapter"])
                config[key] = true;
            config["adapter_attn_dim"] = 16;
            config["feat_extract_norm"] = "batch";
            config["hidden_act"] = "mish";
            config["num_attention_heads"] = hidden + 1;
            config["conv_stride"] = new JsonArray(5, 2);
        });
        ModelFileException error = Assert.Throws<ModelFileException>(() => PretrainedModel.Open(folder.Path));
        foreach (string part in (string[])["deepnorm is true: ", "feature_extractor_cqt is true: ", "conv_pos_batch_norm is true: ", "add_adapter is true: ",
            "adapter_attn_dim is 16: ", "feat_extract_norm is \"batch\": ", "hidden_act is \"mish\": ", $"hidden_size is {hidden}: not a multiple of num_attention_heads, {hidden + 1}", "conv_dim is ["])
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_tensors_and_a_missing_preprocessor_are_said()
    {
        Fixture fixture = Fixture.Open(Name);
        int hidden = Number(fixture, "hidden_size"), layers = Number(fixture, "num_hidden_layers");
        using (TemporaryFolder folder = Changed(fixture, config => config["num_hidden_layers"] = layers + 1))
        {
            ModelFileException error = Assert.Throws<ModelFileException>(() => PretrainedModel.Open(folder.Path));
            Assert.Contains($"16 missing: encoder.layers.{layers}.attention.q_proj.weight [{hidden}, {hidden}]", error.Message, StringComparison.Ordinal);
        }

        using (TemporaryFolder folder = Changed(fixture, _ => { }))
        {
            File.Delete(folder.File("preprocessor_config.json"));
            Assert.Contains("preprocessor_config.json", Assert.Throws<ModelFileException>(() => PretrainedModel.Open(folder.Path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Layers_of_a_model_that_has_none_are_refused() => Assert.Contains("no layers", Assert.Throws<OptionsException>(
        () => PretrainedModel.Open(Fixture.Open("transformers/clap_plain").Checkpoint, new PretrainedOptions(Frames: new FrameOptions()))).Message, StringComparison.Ordinal);

    private static int Number(Fixture fixture, string key) => fixture.Json("checkpoint/config.json").GetProperty(key).GetInt32();

    /// <summary>The case's model with another configuration, other names (null: left out), and more tensors.</summary>
    private static TemporaryFolder Changed(Fixture fixture, Action<JsonObject> change, Func<string, string?>? rename = null, params string[] more)
    {
        var folder = new TemporaryFolder();
        var config = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(fixture.Checkpoint, "config.json")))!;
        change(config);
        File.WriteAllText(folder.File("config.json"), config.ToJsonString());
        File.Copy(Path.Combine(fixture.Checkpoint, "preprocessor_config.json"), folder.File("preprocessor_config.json"));
        using var checkpoint = Checkpoint.Open(fixture.Checkpoint);
        var writer = new SafetensorsWriter();
        foreach (CheckpointEntry entry in checkpoint.Entries)
        {
            if ((rename ?? (name => name))(entry.Name) is { } name)
                writer.Add(name, checkpoint.Floats(entry.Name), entry.Shape);
        }

        foreach (string name in more)
            writer.Add(name, new float[2], 2);
        writer.Save(folder.File("model.safetensors"));
        return folder;
    }
}
