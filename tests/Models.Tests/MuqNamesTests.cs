using System.Text;
using Euterpe.Layers;
using Euterpe.Models.Muq;
using Euterpe.Models.MuqMulan;
using Euterpe.Models.Wav2Vec2Bert;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

/// <summary>Names and shapes of upstream's default sizes, approved by hand against upstream's; a change must be meant.</summary>
public class MuqNamesTests
{
    private const string Muq = """
        {"use_rvq_target": true, "codebook_size": 8192, "stat": {"melspec_2048_mean": 6.768, "melspec_2048_std": 18.418},
         "w2v2_config": {"num_attention_heads": 16, "intermediate_size": 4096, "hidden_act": "swish", "position_embeddings_type": "rotary"},
         "encoder_dim": 1024, "conv_dim": 512}
        """;

    private const string Mulan = """
        {"mulan": {}, "audio_model": {"name": "OpenMuQ/MuQ-large-msd-iter", "model_dim": 1024},
         "text_model": {"name": "xlm-roberta-base", "model_dim": 768},
         "audio_transformer": {"tf_depth": 1}, "text_transformer": {"tf_depth": 1, "dim": 512}}
        """;

    private const string Words = """
        {"vocab_size": 250002, "max_position_embeddings": 514, "type_vocab_size": 1, "num_hidden_layers": 1, "layer_norm_eps": 1e-5}
        """;

    [Fact]
    public void Names_and_shapes_of_muq_are_the_approved_ones() =>
        Approve("muq_large", MuqModel.List(MuqConfig.Read(Config(Muq))));

    [Fact]
    public void Names_and_shapes_of_muq_mulan_are_the_approved_ones()
    {
        string small = Muq.Replace("\"encoder_dim\"", "\"encoder_depth\": 1, \"encoder_dim\"", StringComparison.Ordinal);
        MuqMulanConfig config = MuqMulanConfig.Read(
            Config(Mulan), name => Config(name.Contains("roberta", StringComparison.Ordinal) ? Words : small));
        Approve("muq_mulan_one_layer_each", MuqMulanModel.List(config));
    }

    [Fact]
    public void Names_and_shapes_of_wav2vec2_bert_are_the_approved_ones() =>
        Approve("w2v_bert_2", W2vBert.List(W2vBertConfig.Read(Config("""{"model_type": "wav2vec2-bert"}""")), new RandomWeights(0), "listing"));

    private static ConfigObject Config(string json) => ConfigObject.Parse(Encoding.UTF8.GetBytes(json), "config.json");

    private static void Approve(string name, IReadOnlyList<Parameter> parameters)
    {
        string[] listed = [.. parameters.Select(each => each.ToString()).Order(StringComparer.Ordinal)];
        string file = Path.Combine(Fixture.Repository, "tests", "Models.Tests", "Approved", name + ".txt");
        Assert.True(File.Exists(file) && File.ReadAllLines(file).SequenceEqual(listed), $"{file} should hold:\n{string.Join('\n', listed)}");
    }
}
