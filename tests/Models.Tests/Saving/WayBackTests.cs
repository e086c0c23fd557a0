using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Euterpe.Layers;
using Euterpe.Models.Clap;
using Euterpe.Models.Encodec;
using Euterpe.Models.MusicGen;
using Euterpe.Models.Saving;
using Euterpe.Numerics.Files;
using Euterpe.Signals;
using Euterpe.Tensors.Files;
using Euterpe.Testing;

namespace Euterpe.Models.Tests.Saving;

/// <summary>
/// Models that transformers saved, put under the names of their own projects and read again: kinds of which no original file is stored (fusion, stereo,
/// melody, every norm). The names are those that the makers of the original cases write.
/// </summary>
[Trait("Category", "Parity")]
public sealed class WayBackTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SkippableTheory]
    [Cases("transformers", "config.model_type=clap")]
    public void Clap_comes_back_from_laions_names(string name)
    {
        using Checkpoint twin = Checkpoint.Open(Fixture.Open(name).Checkpoint);
        string file = Renamed(twin, each => each, Laion, each => "state_dict/module." + each);
        using CheckpointWeights weights = CheckpointWeights.Open(file, ClapLayout.Laion);
        Assert.True(ClapLayout.IsLaion(weights.Checkpoints[0]));
        LayoutCases.Same(weights.Tensors, twin);
    }

    /// <summary>Under LAION's names, with its configuration and tokenizer beside it: sounds and words as the twin has them.</summary>
    [SkippableTheory]
    [Cases("transformers", "config.model_type=clap")]
    public void A_laion_clap_hears_and_reads_as_its_twin(string name)
    {
        Fixture fixture = Fixture.Open(name);
        string file;
        using (Checkpoint twin = Checkpoint.Open(fixture.Checkpoint))
            file = Renamed(twin, each => each, Laion, each => "state_dict/" + each);
        foreach (string each in (string[])["config.json", "tokenizer.json", "tokenizer_config.json"])
            File.Copy(Path.Combine(fixture.Checkpoint, each), folder.File(each));
        foreach (string path in (string[])[file, folder.Path])
        {
            using PretrainedModel original = PretrainedModel.Open(path), saved = PretrainedModel.Open(fixture.Checkpoint);
            var wave = new Waveform(48000, fixture.Wave("pcm.short"));
            Close.Same(saved.Audio!.Embed(wave.Open()), original.Audio!.Embed(wave.Open()), "sound");
            Close.Same(saved.Text!.Embed("slow strings"), original.Text!.Embed("slow strings"), "words");
            Assert.Equal("embed sounds", PretrainedModel.Inspect(path).Abilities[0]);
        }
    }

    /// <summary>The published sizes: nothing but names and shapes.</summary>
    [SkippableTheory]
    [Cases("real", "case.call^=ClapModel")]
    public void Claps_configuration_is_told_by_the_shapes(string name)
    {
        Fixture fixture = Fixture.Open(name);
        Dictionary<string, long[]> shapes = Shapes(fixture.Json("weights.json"));
        JsonObject found = ClapLayout.Infer(new WeightSizes(shapes.Keys, each => shapes.GetValueOrDefault(each), name)), stated = JsonFile.Read(fixture.File("config.json"));
        string[] training = ["attention_probs_dropout_prob", "drop_path_rate", "hidden_dropout_prob", "initializer_factor", "num_classes", "flatten_patch_embeds",
            "patch_size", "enable_patch_fusion", "use_cache"];
        LayoutCases.SameConfig((JsonObject)stated["audio_config"]!, (JsonObject)found["audio_config"]!, training);
        LayoutCases.SameConfig((JsonObject)stated["text_config"]!, (JsonObject)found["text_config"]!, [.. training, "layer_norm_eps"]);
        Assert.Equal((int)stated["projection_dim"]!, (int)found["projection_dim"]!);
        _ = ClapConfig.Read(ConfigObject.Parse(JsonFile.Bytes(found), name));
    }

    [Fact]
    public void Encodecs_come_back_from_their_own_names()
    {
        foreach (Fixture fixture in Saved("encodec"))
        {
            using Checkpoint twin = Checkpoint.Open(fixture.Checkpoint);
            string file = Renamed(twin, each => each, each => [OriginalLayoutTests.Theirs(each)], each => each);
            using CheckpointWeights weights = CheckpointWeights.Open(file, EncodecLayout.Original);
            LayoutCases.Same(weights.Tensors, twin);
            JsonObject stated = JsonFile.Read(fixture.File("checkpoint/config.json"));
            var said = new EncodecSettings
            {
                SampleRate = (int)stated["sampling_rate"]!,
                Causal = (bool)stated["use_causal_conv"]!,
                Normalize = (bool)stated["normalize"]!,
                Segment = JsonFile.Number(stated, "chunk_length_s"),
                Overlap = JsonFile.Number(stated, "overlap"),
                Bandwidths = [.. ((JsonArray)stated["target_bandwidths"]!).Select(each => JsonFile.Number(each)!.Value)],
            };
            LayoutCases.SameConfig(stated, EncodecLayout.Config(weights, said), "dtype", "transformers_version");
            // The two published kinds need nothing but their shapes.
            if (JsonFile.Number(stated, "sampling_rate") != 32000)
                LayoutCases.SameConfig(stated, EncodecLayout.Config(weights, new EncodecSettings()), "dtype", "transformers_version", "target_bandwidths");
        }
    }

    [Fact]
    public void Musicgens_come_back_from_audiocrafts_names()
    {
        foreach (Fixture fixture in Saved("musicgen").Concat(Saved("musicgen_melody")))
        {
            using Checkpoint twin = Checkpoint.Open(fixture.Checkpoint);
            bool Mine(string each) => !each.StartsWith("text_encoder.", StringComparison.Ordinal) && !each.StartsWith("audio_encoder.", StringComparison.Ordinal);
            string file = Renamed(twin, each => Mine(each) ? each : null, Audiocraft, each => "best_state/" + each);
            using CheckpointWeights weights = CheckpointWeights.Open(file, MusicGenLayout.Audiocraft);
            Assert.True(MusicGenLayout.IsLanguageModel(weights.Checkpoints[0]));
            LayoutCases.Same(weights.Tensors, twin, Mine);
        }
    }

    private static IEnumerable<Fixture> Saved(string type) => LayoutCases.All("transformers").Where(each => each.HasFile("checkpoint/config.json")
        && JsonFile.Text(JsonFile.Read(each.File("checkpoint/config.json")), "model_type") == type);

    private static Dictionary<string, long[]> Shapes(JsonElement weights)
    {
        var shapes = new Dictionary<string, long[]>();
        JsonElement list = weights.ValueKind == JsonValueKind.Object && weights.TryGetProperty("tensors", out JsonElement inner) ? inner : weights;
        if (list.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty each in list.EnumerateObject())
                shapes.Add(each.Name, Sizes(each.Value));
        }
        else
        {
            foreach (JsonElement each in list.EnumerateArray())
                shapes.Add(each.GetProperty("name").GetString()!, Sizes(each));
        }

        return shapes;

        static long[] Sizes(JsonElement about) => [.. about.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
    }

    /// <summary>LAION's name of one of transformers', with its part of a fused matrix: 0, 1, 2; 3 for a whole one.</summary>
    private static string[] Laion(string name)
    {
        name = Regex.Replace(name, @"^(text|audio)_projection\.linear([12])", each => $"{each.Groups[1]}_projection.{(each.Groups[2].Value == "1" ? 0 : 2)}");
        name = name.Replace("text_model.", "text_branch.", StringComparison.Ordinal).Replace("audio_model.audio_encoder.", "audio_branch.", StringComparison.Ordinal)
            .Replace("audio_branch.batch_norm.", "audio_branch.bn0.", StringComparison.Ordinal);
        if (!name.StartsWith("audio_branch.", StringComparison.Ordinal))
            return [name];
        name = name.Replace("attention.self.", "attn.", StringComparison.Ordinal).Replace("attention.output.dense", "attn.proj", StringComparison.Ordinal)
            .Replace("intermediate.dense", "mlp.fc1", StringComparison.Ordinal).Replace("output.dense", "mlp.fc2", StringComparison.Ordinal)
            .Replace("layernorm_before", "norm1", StringComparison.Ordinal).Replace("layernorm_after", "norm2", StringComparison.Ordinal);
        Match part = Regex.Match(name, @"^(.*attn\.)(query|key|value)\.(weight|bias)$");
        return part.Success ? [$"{part.Groups[1]}qkv.{part.Groups[3]}", Array.IndexOf(["query", "key", "value"], part.Groups[2].Value).ToString()] : [name];
    }

    private static string[] Audiocraft(string name)
    {
        name = name.Replace("decoder.model.decoder.embed_tokens.", "emb.", StringComparison.Ordinal).Replace("decoder.lm_heads.", "linears.", StringComparison.Ordinal)
            .Replace("decoder.model.decoder.layer_norm.", "out_norm.", StringComparison.Ordinal)
            .Replace("decoder.model.decoder.layers.", "transformer.layers.", StringComparison.Ordinal)
            .Replace("self_attn_layer_norm", "norm1", StringComparison.Ordinal).Replace("encoder_attn_layer_norm", "norm_cross", StringComparison.Ordinal)
            .Replace("final_layer_norm", "norm2", StringComparison.Ordinal).Replace("encoder_attn.", "cross_attention.", StringComparison.Ordinal)
            .Replace("fc1.", "linear1.", StringComparison.Ordinal).Replace("fc2.", "linear2.", StringComparison.Ordinal);
        name = Regex.Replace(name, @"^audio_enc_to_dec_proj\.", "condition_provider.conditioners.self_wav.output_proj.");
        name = Regex.Replace(name, @"^enc_to_dec_proj\.", "condition_provider.conditioners.description.output_proj.");
        Match part = Regex.Match(name, @"^(.*\.)([qkv])_proj\.weight$");
        return part.Success ? [part.Groups[1] + "in_proj_weight", "qkv".IndexOf(part.Groups[2].Value[0]).ToString()] : [name];
    }

    /// <summary>A file of the same tensors under other names; parts of a fused one are laid below each other.</summary>
    private string Renamed(Checkpoint twin, Func<string, string?> only, Func<string, string[]> rename, Func<string, string> full)
    {
        var parts = new Dictionary<string, SortedDictionary<string, CheckpointEntry>>();
        foreach (CheckpointEntry entry in twin.Entries.Where(entry => only(entry.Name) is not null))
        {
            string[] place = rename(entry.Name);
            if (!parts.TryGetValue(place[0], out SortedDictionary<string, CheckpointEntry>? pieces))
                parts.Add(place[0], pieces = []);
            pieces.Add(place.Length > 1 ? place[1] : "", entry);
        }

        var writer = new SafetensorsWriter();
        foreach ((string name, SortedDictionary<string, CheckpointEntry> pieces) in parts)
        {
            CheckpointEntry first = pieces.Values.First();
            long[] shape = pieces.Count == 1 ? first.Shape : [pieces.Count * first.Shape[0], .. first.Shape.AsSpan(1)];
            writer.Add(full(name), first.Type, shape, pieces.Values.SelectMany(piece => twin.Bytes(piece.Name).ToArray()).ToArray());
        }

        string file = folder.File($"{Guid.NewGuid():N}.safetensors");
        writer.Save(file);
        return file;
    }
}
