using System.Text.Json.Nodes;
using Euterpe.Layers;
using Euterpe.Models.Clap;
using Euterpe.Models.Saving;
using Euterpe.Numerics.Files;
using Euterpe.Tensors;
using Euterpe.Tensors.Files;
using Euterpe.Testing;

namespace Euterpe.Models.Tests.Saving;

/// <summary>Files of the models' own projects: every tensor under Hugging Face's name, equal to Hugging Face's twin where the case has one.</summary>
[Trait("Category", "Parity")]
public sealed class OriginalLayoutTests
{
    public static IEnumerable<object[]> Clap() => LayoutCases.Good("*.pt", "config.json");

    public static IEnumerable<object[]> Encodec() => LayoutCases.Good("*.th", "options.json");

    public static IEnumerable<object[]> MusicGen() => LayoutCases.Good("state_dict.bin", "compression_state_dict.bin");

    public static IEnumerable<object[]> Jukebox() => LayoutCases.Of("jukebox", "*.pth.tar");

    public static IEnumerable<object[]> Fairseq() => LayoutCases.Of("mert", "fairseq.pt");

    /// <summary>The cases state no tolerance; this is that of transformers' own CLAP cases: 2e-4 of the largest element.</summary>
    [Theory]
    [MemberData(nameof(Clap))]
    public void Laion_clap_gives_what_transformers_gives(string name)
    {
        string folder = CheckpointIndex.Open(name).Path;
        var expected = new StoredTensors(Path.Combine(folder, "expected.safetensors"));
        foreach (string path in (string[])[folder, LayoutCases.Find(folder, "*.pt")!])
        {
            using SourceModel model = LayoutCases.Read(path);
            Assert.Equal(("LAION CLAP", "clap"), (model.Layout, model.Architecture));
            Assert.Empty(model.Weights.Unknown);
            ClapConfig config = ClapConfig.Read(ConfigObject.Parse(JsonFile.Bytes(model.Config!), folder));
            var clap = new ClapModel(config, model.Weights, folder, Packing.F32);
            using var w = new Workspace();
            long[] ids = expected.Longs("input_ids");
            long[][] texts = [.. ids.Chunk(expected.Shape("input_ids")[1])];
            Close.Check(expected.Floats("text_embed"), clap.Text.Embed(w, texts).ToArray(), 2e-4, what: "text_embed");
            float[] features = [.. expected.Longs("features_twice").Select(value => value / 2f)];
            Tensor sound = Tensor.From(features, expected.Shape("features_twice"));
            Close.Check(expected.Floats("audio_embed"), clap.Audio.Embed(w, sound, [false]).ToArray(), 2e-4, what: "audio_embed");
        }
    }

    [Theory]
    [MemberData(nameof(Clap))]
    public void Laion_claps_sizes_are_told_by_its_shapes(string name)
    {
        string folder = CheckpointIndex.Open(name).Path;
        JsonObject stated = JsonFile.Read(Path.Combine(folder, "config.json"));
        using var weights = CheckpointWeights.Open(LayoutCases.Find(folder, "*.pt")!, ClapLayout.Laion);
        var text = (JsonObject)stated["text_config"]!;
        // How many heads a text tower has is in no tensor: without a config its width must be a multiple of 64, as roberta-base's is.
        using var alone = new TemporaryFolder();
        if ((int)text["hidden_size"]! % 64 != 0)
        {
            Assert.Contains("config.json", Assert.Throws<Numerics.ModelFileException>(() => ClapLayout.Config(weights, alone.Path)).Message, StringComparison.Ordinal);
            return;
        }

        JsonObject found = ClapLayout.Config(weights, alone.Path);
        LayoutCases.SameConfig((JsonObject)stated["audio_config"]!, (JsonObject)found["audio_config"]!, "attention_probs_dropout_prob", "drop_path_rate",
            "hidden_dropout_prob", "initializer_factor", "num_classes", "flatten_patch_embeds", "patch_size");
        LayoutCases.SameConfig(text, (JsonObject)found["text_config"]!, "attention_probs_dropout_prob", "hidden_dropout_prob", "initializer_factor",
            "use_cache", "layer_norm_eps");
    }

    [Theory]
    [MemberData(nameof(Encodec))]
    public void Encodecs_names_are_transformers(string name)
    {
        string folder = CheckpointIndex.Open(name).Path;
        foreach (string path in (string[])[folder, LayoutCases.Find(folder, "*.th")!])
        {
            using SourceModel model = LayoutCases.Read(path);
            Assert.Equal(("encodec", "encodec"), (model.Layout, model.Architecture));
            Assert.Empty(model.Weights.Unknown);
            Assert.Empty(model.Weights.Left);
            JsonObject options = JsonFile.Read(Path.Combine(folder, "options.json")), config = model.Config!;
            var expected = new JsonObject();
            foreach ((string theirs, string ours) in ((string, string)[])[("sample_rate", "sampling_rate"), ("channels", "audio_channels"), ("causal", "use_causal_conv"),
                ("norm", "norm_type"), ("normalize", "normalize"), ("segment", "chunk_length_s"), ("n_filters", "num_filters"), ("dimension", "hidden_size"),
                ("ratios", "upsampling_ratios"), ("bins", "codebook_size"), ("target_bandwidths", "target_bandwidths"), ("lstm", "num_lstm_layers")])
                expected[ours] = options[theirs]?.DeepClone();
            expected["use_conv_shortcut"] = true;
            expected["overlap"] = options["segment"] is null ? null : options["overlap"]?.DeepClone();
            LayoutCases.SameConfig(expected, config);
            Assert.Equal((int)options["n_q"]!, new WeightSizes(model.Weights, name).Count("quantizer.layers"));

            foreach (DerivedTensor tensor in model.Weights.Tensors)
                Assert.Equal(tensor.Sources.Single(), Theirs(tensor.Name));
            using var original = Checkpoint.Open(LayoutCases.Find(folder, "*.th")!);
            foreach (DerivedTensor tensor in model.Weights.Tensors)
                LayoutCases.Same(tensor, original.Entry(tensor.Sources.Single()) with { Name = tensor.Name }, original.Bytes(tensor.Sources.Single()));
        }
    }

    /// <summary>The names of transformers' own EnCodecs of this kind and depth, where the set has them; widths differ.</summary>
    [SkippableTheory]
    [MemberData(nameof(Encodec))]
    public void Encodecs_names_are_those_of_a_saved_model(string name)
    {
        using SourceModel model = LayoutCases.Read(CheckpointIndex.Open(name).Path);
        string? twin = LayoutCases.All("transformers").Where(each => each.HasFile("checkpoint/config.json"))
            .Where(each => JsonFile.Read(each.File("checkpoint/config.json")) is var other && JsonFile.Text(other, "model_type") == "encodec"
                && ((string[])["sampling_rate", "num_residual_layers"]).All(key => JsonFile.Number(other, key) == JsonFile.Number(model.Config, key)))
            .Select(each => each.File("checkpoint/model.safetensors")).SingleOrDefault();
        if (twin is null)
            return;
        using Checkpoint checkpoint = Checkpoint.Open(twin);
        Assert.Equal(Kept(checkpoint.Names), Kept(model.Weights.Names));

        static string[] Kept(IEnumerable<string> names) => [.. names.Where(each =>
            !each.StartsWith("quantizer.", StringComparison.Ordinal) || each.StartsWith("quantizer.layers.0.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [MemberData(nameof(MusicGen))]
    public void Audiocrafts_musicgen_is_its_twin(string name)
    {
        string folder = CheckpointIndex.Open(name).Path;
        using Checkpoint twin = Checkpoint.Open(Path.Combine(folder, "hf"));
        JsonObject stated = JsonFile.Read(Path.Combine(folder, "hf", "config.json"));
        foreach (string path in (string[])[folder, Path.Combine(folder, "state_dict.bin")])
        {
            using SourceModel model = LayoutCases.Read(path);
            Assert.Equal(("audiocraft MusicGen", "musicgen"), (model.Layout, model.Architecture));
            Assert.Empty(model.Weights.Unknown);
            Assert.Contains("text encoder", Assert.Single(model.Notes), StringComparison.Ordinal);
            LayoutCases.Same(model.Weights.Tensors, twin, each => !each.StartsWith("text_encoder.", StringComparison.Ordinal));
            LayoutCases.SameConfig((JsonObject)stated["decoder"]!, (JsonObject)model.Config!["decoder"]!, "max_position_embeddings");
            LayoutCases.SameConfig((JsonObject)stated["audio_encoder"]!, (JsonObject)model.Config["audio_encoder"]!, "target_bandwidths");
            // transformers counts quantisers from the bandwidth.
            Assert.Equal(Quantizers((JsonObject)stated["audio_encoder"]!), Quantizers((JsonObject)model.Config["audio_encoder"]!));
            Assert.Equal((int)stated["text_encoder"]!["d_model"]!, (int)model.Config["text_encoder"]!["d_model"]!);
            LayoutCases.SameConfig(JsonFile.Read(Path.Combine(folder, "hf", "generation_config.json")), model.Made["generation_config.json"],
                "_from_model_config", "transformers_version");
        }

        using SourceModel codec = LayoutCases.Read(Path.Combine(folder, "compression_state_dict.bin"));
        Assert.Equal(("audiocraft codec", "encodec"), (codec.Layout, codec.Architecture));
        foreach (DerivedTensor tensor in codec.Weights.Tensors)
            LayoutCases.Same(tensor, twin.Entry("audio_encoder." + tensor.Name) with { Name = tensor.Name }, twin.Bytes("audio_encoder." + tensor.Name));
        Assert.Equal(twin.Names.Count(each => each.StartsWith("audio_encoder.", StringComparison.Ordinal)), codec.Weights.Names.Count);
    }

    [Theory]
    [MemberData(nameof(MusicGen))]
    public void A_text_encoder_that_is_given_makes_musicgen_whole(string name)
    {
        string folder = CheckpointIndex.Open(name).Path;
        using var t5 = new TemporaryFolder();
        JsonObject stated = JsonFile.Read(Path.Combine(folder, "hf", "config.json"));
        var text = (JsonObject)stated["text_encoder"]!.DeepClone();
        File.WriteAllBytes(t5.File("config.json"), JsonFile.Bytes(text));
        using Checkpoint twin = Checkpoint.Open(Path.Combine(folder, "hf"));
        var writer = new SafetensorsWriter();
        foreach (CheckpointEntry entry in twin.Entries.Where(entry => entry.Name.StartsWith("text_encoder.", StringComparison.Ordinal)))
            writer.Add(entry.Name["text_encoder.".Length..], entry.Type, entry.Shape, twin.Bytes(entry.Name).ToArray());
        writer.Save(t5.File("model.safetensors"));
        using SourceModel model = LayoutCases.Read(folder, t5.Path);
        Assert.Empty(model.Notes);
        LayoutCases.Same(model.Weights.Tensors, twin);
        LayoutCases.SameConfig(text, (JsonObject)model.Config!["text_encoder"]!);
    }

    [Fact]
    public void A_codec_that_is_only_named_is_said()
    {
        foreach (CheckpointIndex entry in CheckpointIndex.All().Where(entry => entry.MustLoad && Directory.Exists(entry.Path)))
        {
            string file = Path.Combine(entry.Path, "compression_state_dict.bin");
            if (!File.Exists(file) || File.Exists(Path.Combine(entry.Path, "state_dict.bin")))
                continue;
            using var checkpoint = Checkpoint.Open(file);
            string named = checkpoint.Tree!["pretrained"]!.AsText!;
            foreach (string path in (string[])[entry.Path, file])
                Assert.Contains(named, Assert.Throws<Numerics.ModelFileException>(() => LayoutCases.Read(path)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Jukebox))]
    public void Openais_jukebox_is_its_twin(string name)
    {
        string folder = Fixture.Open(name).File("checkpoint");
        using Checkpoint twin = Checkpoint.Open(Path.Combine(folder, "pytorch_model.bin"));
        int seen = 0;
        foreach (string file in Directory.EnumerateFiles(folder, "*.pth.tar"))
        {
            using SourceModel model = LayoutCases.Read(file);
            Assert.Equal(("openai Jukebox", "jukebox"), (model.Layout, model.Architecture));
            Assert.Empty(model.Weights.Unknown);
            Assert.Empty(model.Weights.Left);
            string[] parts = [.. model.Weights.Names.Select(Part).Distinct()];
            LayoutCases.Same(model.Weights.Tensors, twin, each => parts.Contains(Part(each)));
            seen += parts.Length;
        }

        Assert.True(seen > 0);

        static string Part(string name) => name.StartsWith("priors.", StringComparison.Ordinal) ? name[..8] : "vqvae";
    }

    [Theory]
    [MemberData(nameof(Jukebox))]
    public void Openais_settings_give_transformers_configuration(string name)
    {
        string folder = Fixture.Open(name).File("checkpoint");
        JsonObject stated = JsonFile.Read(Path.Combine(folder, "config.json"));
        using var alone = new TemporaryFolder();
        foreach (string file in Directory.EnumerateFiles(folder, "*.pth.tar"))
            File.Copy(file, alone.File(Path.GetFileName(file)));
        using SourceModel model = LayoutCases.Read(alone.Path);
        foreach (JsonNode? prior in (JsonArray)model.Config!["prior_config_list"]!)
        {
            var found = (JsonObject)prior!;
            var expected = (JsonObject)((JsonArray)stated["prior_config_list"]!)[(int)found["level"]!]!;
            // Which layer shows the alignment is in no file: the published ones are taken.
            LayoutCases.SameConfig([.. expected.Where(pair => found.ContainsKey(pair.Key)).Select(pair =>
                new KeyValuePair<string, JsonNode?>(pair.Key, pair.Value?.DeepClone()))], found, "alignment_head", "alignment_layer", "encoder_config",
                "lyric_vocab_size", "min_duration");
        }

        if (model.Config["vqvae_config"] is JsonObject vqvae)
            LayoutCases.SameConfig((JsonObject)stated["vqvae_config"]!, vqvae, "sample_length");
    }

    [Theory]
    [MemberData(nameof(Fairseq))]
    public void Fairseqs_mert_is_its_twin(string name)
    {
        Fixture fixture = Fixture.Open(name);
        using SourceModel model = LayoutCases.Read(fixture.File("checkpoint/fairseq.pt"));
        Assert.Equal(("fairseq MERT", "mert_model"), (model.Layout, model.Architecture));
        Assert.Empty(model.Weights.Unknown);
        Assert.Equal(["encoder_cqt_model.fc.bias", "encoder_cqt_model.fc.weight", "final_proj.bias", "final_proj.weight", "label_embs_concat"],
            model.Weights.Left.Select(left => left.Key["model/".Length..]).Order(StringComparer.Ordinal));
        // The trunk has the weights of the MERT of the same norm order.
        Fixture twin = LayoutCases.All("mert").Where(each => each.HasFile("checkpoint/config.json"))
            .Single(each => JsonFile.Read(each.File("checkpoint/config.json")) is var other && JsonFile.Text(other, "model_type") == "mert_model"
                && JsonNode.DeepEquals(other["do_stable_layer_norm"], model.Config!["do_stable_layer_norm"]));
        using Checkpoint weights = Checkpoint.Open(twin.File("checkpoint/model.safetensors"));
        LayoutCases.Same(model.Weights.Tensors, weights);
        JsonObject stated = JsonFile.Read(twin.File("checkpoint/config.json"));
        LayoutCases.SameConfig([.. stated.Where(pair => model.Config!.ContainsKey(pair.Key)).Select(pair =>
            new KeyValuePair<string, JsonNode?>(pair.Key, pair.Value?.DeepClone()))], model.Config!, "activation_dropout");
        LayoutCases.SameConfig(JsonFile.Read(twin.File("checkpoint/preprocessor_config.json")), model.Made["preprocessor_config.json"]);
    }

    /// <summary>The way back, as the maker of the cases goes it: layers 3, 6, 9 ... of a decoder are transposed.</summary>
    internal static string Theirs(string name)
    {
        name = name.Replace("parametrizations.weight.original0", "weight_g", StringComparison.Ordinal)
            .Replace("parametrizations.weight.original1", "weight_v", StringComparison.Ordinal);
        string[] parts = name.Split('.');
        if (parts[0] == "quantizer")
            return $"quantizer.vq.layers.{parts[2]}._codebook.{parts[4]}";
        if (parts[3] == "lstm")
            return $"{parts[0]}.model.{parts[2]}.lstm.{parts[4]}";
        string module = string.Join('.', parts[3..^2]), kind = parts[^2], values = parts[^1];
        int layer = int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture);
        bool transposed = parts[0] == "decoder" && module.Length == 0 && layer % 3 == 0 && layer > 0 && layer < 15;
        string conv = transposed ? "convtr" : "conv";
        return $"{parts[0]}.model.{layer}.{(module.Length > 0 ? module + "." : "")}{conv}.{(kind == "norm" ? "norm" : conv)}.{values}";
    }

    private static int Quantizers(JsonObject encodec)
    {
        double bandwidth = ((JsonArray)encodec["target_bandwidths"]!).Max(each => JsonFile.Number(each)!.Value);
        int hop = ((JsonArray)encodec["upsampling_ratios"]!).Aggregate(1, (product, ratio) => product * (int)ratio!);
        double frames = Math.Ceiling(JsonFile.Number(encodec, "sampling_rate")!.Value / hop);
        int bits = (int)uint.Log2((uint)(int)encodec["codebook_size"]! - 1) + 1;
        return (int)(1000 * bandwidth / (frames * bits));
    }
}
