using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Euterpe.Layers;
using Euterpe.Models.Pretrained;
using Euterpe.Models.Saving;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Clap;

/// <summary>
/// LAION CLAP's own .pt files: {'epoch', 'name', 'state_dict'}, names that may begin with "module.", fused query, key and value. Names as
/// transformers' convert_clap_original_pytorch_to_hf.py makes them; heads of its training (tscam_conv, head, *_transform) and the front end's
/// tables are left.
/// </summary>
internal static partial class ClapLayout
{
    private const string Audio = "audio_model.audio_encoder.", Text = "text_model.";

    /// <summary>roberta-base, which LAION's text towers begin as, has heads of 64.</summary>
    private const int WidthOfHead = 64;

    public static Layout Laion { get; } = new("LAION CLAP", entry => Rename(entry.Name));

    public static KnownLayout Known { get; } = new(Laion.Name, IsLaion, Read)
    {
        Open = Open,
        Describe = (model, report) => Clap.Describe(Config(model), model.Weights, report.Path, report),
    };

    /// <summary>A .pt file, or a folder with one: a tokenizer is looked for when the first words come.</summary>
    private static ClapEmbedder Open(ModelSource source)
    {
        SourceModel model = KnownLayouts.Read(source);
        try
        {
            ClapConfig config = Config(model);
            const string Front = "preprocessor_config.json";
            ConfigObject front = model.Made.TryGetValue(Front, out JsonObject? made) ? ConfigObject.Parse(JsonFile.Bytes(made), Front)
                : source.Config(Front);
            var network = new ClapModel(config, model.Weights, source.Weights, source.Packing);
            var frontEnd = new ClapFrontEnd(ClapPreprocessor.Read(front, config.Audio));
            return new ClapEmbedder(source.Name, network, frontEnd, () => Words(source), model.Weights.Hash, model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static Tokens.Tokenizer Words(ModelSource source)
    {
        string folder = source.Has("tokenizer.json") || source.Has("vocab.json") ? source.Folder : Tokenizer(source.CacheFolder)
            ?? throw new ModelFileException($"[clap] {source.Folder}: no tokenizer for words. Hint: LAION's models take that of roberta-base: put its "
                + "tokenizer.json (or vocab.json and merges.txt) beside the file, or fetch FacebookAI/roberta-base into the Hugging Face cache.");
        return Tokens.Tokenizer.Load(folder);
    }

    private static ClapConfig Config(SourceModel model) => ClapConfig.Read(ConfigObject.Parse(JsonFile.Bytes(model.Config!), "config.json"));

    public static bool IsLaion(Checkpoint checkpoint) =>
        checkpoint.Names.Any(name => Bare(name) is "audio_branch.patch_embed.proj.weight" or "text_branch.embeddings.word_embeddings.weight");

    /// <summary>config.json beside the file, else what shapes and LAION's code say.</summary>
    public static JsonObject Config(CheckpointWeights weights, string folder)
    {
        string beside = Path.Combine(folder, "config.json");
        JsonObject? config = File.Exists(beside) ? JsonFile.Read(beside) : null;
        return JsonFile.Text(config, "model_type") == "clap" ? config! : Infer(new WeightSizes(weights, folder));
    }

    /// <summary>preprocessor_config.json of a published checkpoint: all of them share these numbers.</summary>
    public static JsonObject Preprocessor(bool fusion)
    {
        var published = ClapPreprocessor.Published(fusion);
        return new JsonObject
        {
            ["feature_extractor_type"] = "ClapFeatureExtractor",
            ["feature_size"] = published.FeatureSize,
            ["fft_window_size"] = published.FftWindowSize,
            ["frequency_max"] = published.FrequencyMax,
            ["frequency_min"] = published.FrequencyMin,
            ["hop_length"] = published.HopLength,
            ["max_length_s"] = published.WindowSamples / published.SamplingRate,
            ["nb_frequency_bins"] = (published.FftWindowSize / 2) + 1,
            ["nb_max_samples"] = published.WindowSamples,
            ["padding"] = "repeatpad",
            ["padding_side"] = "right",
            ["padding_value"] = 0.0,
            ["processor_class"] = "ClapProcessor",
            ["return_attention_mask"] = false,
            ["sampling_rate"] = published.SamplingRate,
            ["top_db"] = null,
            ["truncation"] = fusion ? "fusion" : "rand_trunc",
        };
    }

    private static SourceModel Read(LayoutFiles files)
    {
        var weights = new CheckpointWeights((files.Files[0], Laion));
        JsonObject config = Config(weights, files.Source.Folder);
        var made = new Dictionary<string, JsonObject> { ["config.json"] = config };
        if (!files.Source.Has("preprocessor_config.json"))
            made.Add("preprocessor_config.json", Preprocessor(JsonFile.Flag(config["audio_config"] as JsonObject, "enable_fusion") ?? false));
        bool tokenizer = files.Source.Has("tokenizer.json") || files.Source.Has("vocab.json");
        string? roberta = tokenizer ? null : Tokenizer(files.Source.CacheFolder);
        return new SourceModel
        {
            Layout = Laion.Name,
            Weights = weights,
            Config = config,
            Made = made,
            Folders = roberta is null ? [files.Source.Folder] : [files.Source.Folder, roberta],
            Buffers = Buffers(weights),
            Notes = tokenizer || roberta is not null ? [] : ["there is no tokenizer beside it: roberta-base's belongs to it"],
        };
    }

    /// <summary>The folder of roberta-base in the cache; null where it is not there.</summary>
    public static string? Tokenizer(string? cache)
    {
        foreach (string name in (string[])["FacebookAI/roberta-base", "roberta-base"])
        {
            try
            {
                return ModelFolder.Find(name, cache);
            }
            catch (ModelFileException)
            {
                // The next name, or none.
            }
        }

        return null;
    }

    /// <summary>Every name of LAION's, "state_dict/" and "module." taken off.</summary>
    internal static Placement? Rename(string full)
    {
        if (Bare(full) is not string name)
            return Training().IsMatch(full) ? Placement.Left("state of the training") : null;
        if (name is "logit_scale_a" or "logit_scale_t")
            return Placement.As(name);
        if (Projection().Match(name) is { Success: true } projection)
            return Placement.As($"{projection.Groups[1]}_projection.linear{(projection.Groups[2].Value == "0" ? 1 : 2)}.{projection.Groups[3]}");
        if (Heads().IsMatch(name))
            return Placement.Left("a head of the training, which embeddings do not pass");
        if (Tables().IsMatch(name))
            return Placement.Left("a table of the front end, which is computed here");
        if (name.StartsWith("text_branch.", StringComparison.Ordinal))
            return Placement.As(Text + name["text_branch.".Length..]);
        if (!name.StartsWith("audio_branch.", StringComparison.Ordinal))
            return null;
        name = Audio + name["audio_branch.".Length..].Replace("bn0.", "batch_norm.", StringComparison.Ordinal);
        Match block = Block().Match(name);
        if (!block.Success)
            return Placement.As(name);
        string stem = block.Groups[1].Value, rest = block.Groups[2].Value;
        if (rest == "attn_mask")
            return Placement.Left("a mask that is computed here");
        if (Fused().Match(rest) is { Success: true } fused)
        {
            string kind = fused.Groups[1].Value;
            return Placement.Rows($"{stem}attention.self.query.{kind}", $"{stem}attention.self.key.{kind}", $"{stem}attention.self.value.{kind}");
        }

        foreach ((string theirs, string ours) in ((string, string)[])[("attn.proj.", "attention.output.dense."), ("attn.", "attention.self."),
            ("mlp.fc1.", "intermediate.dense."), ("mlp.fc2.", "output.dense."), ("norm1.", "layernorm_before."), ("norm2.", "layernorm_after.")])
        {
            if (rest.StartsWith(theirs, StringComparison.Ordinal))
                return Placement.As(stem + ours + rest[theirs.Length..]);
        }

        return null;
    }

    private static string? Bare(string name)
    {
        if (name.StartsWith("state_dict/", StringComparison.Ordinal))
            name = name["state_dict/".Length..];
        if (name.Contains('/', StringComparison.Ordinal))
            return null;
        return name.StartsWith("module.", StringComparison.Ordinal) ? name["module.".Length..] : name;
    }

    internal static JsonObject Infer(WeightSizes sizes)
    {
        int channels = sizes.Of(Audio + "patch_embed.proj.weight", 0), stages = sizes.Count(Audio + "layers");
        int hidden = sizes.Of(Text + "embeddings.word_embeddings.weight", 1);
        if (hidden % WidthOfHead != 0)
        {
            throw new ModelFileException($"[clap] The text tower is {hidden} wide, no multiple of {WidthOfHead}: how many heads it has is in no tensor. "
                + "Hint: put config.json beside the file.");
        }

        int dimension = sizes.Of("text_projection.linear2.weight", 0);
        var depths = new JsonArray();
        var heads = new JsonArray();
        for (int i = 0; i < stages; i++)
        {
            depths.Add(sizes.Count($"{Audio}layers.{i}.blocks"));
            heads.Add(sizes.Of($"{Audio}layers.{i}.blocks.0.attention.self.relative_position_bias_table", 1));
        }

        // Width w of a window: (2w - 1) squared places.
        int places = sizes.Of(Audio + "layers.0.blocks.0.attention.self.relative_position_bias_table", 0);
        int window = 1;
        while (((2 * window) - 1) * ((2 * window) - 1) < places)
            window++;
        bool fusion = sizes.Has(Audio + "patch_embed.mel_conv2d.weight");
        int patch = sizes.Of(Audio + "patch_embed.proj.weight", 2), bins = sizes.Of(Audio + "batch_norm.weight", 0);
        var audio = new JsonObject
        {
            ["aff_block_r"] = fusion ? channels / sizes.Of(Audio + "patch_embed.fusion_model.local_att.0.weight", 0) : 4,
            ["depths"] = depths,
            ["enable_fusion"] = fusion,
            ["enable_patch_layer_norm"] = sizes.Has(Audio + "patch_embed.norm.weight"),
            ["fusion_type"] = fusion ? "aff_2d" : null,
            ["hidden_act"] = "gelu",
            ["hidden_size"] = channels << (stages - 1),
            ["layer_norm_eps"] = 1e-5,
            ["mlp_ratio"] = (double)sizes.Of(Audio + "layers.0.blocks.0.intermediate.dense.weight", 0) / channels,
            ["model_type"] = "clap_audio_model",
            ["num_attention_heads"] = heads,
            ["num_hidden_layers"] = stages,
            ["num_mel_bins"] = bins,
            ["patch_embed_input_channels"] = sizes.Of(Audio + "patch_embed.proj.weight", 1),
            ["patch_embeds_hidden_size"] = channels,
            ["patch_size"] = patch,
            ["patch_stride"] = new JsonArray(patch, patch),
            ["projection_dim"] = dimension,
            ["projection_hidden_act"] = "relu",
            ["qkv_bias"] = sizes.Has(Audio + "layers.0.blocks.0.attention.self.query.bias"),
            // HTSAT lays four strips of the mel spectrogram on top of each other.
            ["spec_size"] = 4 * bins,
            ["window_size"] = window,
        };
        var text = new JsonObject
        {
            ["hidden_act"] = "gelu",
            ["hidden_size"] = hidden,
            ["intermediate_size"] = sizes.Of(Text + "encoder.layer.0.intermediate.dense.weight", 0),
            // roberta-base's own; transformers' conversion has its class default, 1e-12, which moves results in the sixth digit.
            ["layer_norm_eps"] = 1e-5,
            ["max_position_embeddings"] = sizes.Of(Text + "embeddings.position_embeddings.weight", 0),
            ["model_type"] = "clap_text_model",
            ["num_attention_heads"] = hidden / WidthOfHead,
            ["num_hidden_layers"] = sizes.Count(Text + "encoder.layer"),
            ["pad_token_id"] = 1,
            ["position_embedding_type"] = "absolute",
            ["projection_dim"] = dimension,
            ["projection_hidden_act"] = "relu",
            ["type_vocab_size"] = sizes.Of(Text + "embeddings.token_type_embeddings.weight", 0),
            ["vocab_size"] = sizes.Of(Text + "embeddings.word_embeddings.weight", 0),
        };
        return new JsonObject
        {
            ["architectures"] = new JsonArray("ClapModel"),
            ["audio_config"] = audio,
            ["hidden_size"] = hidden,
            ["model_type"] = "clap",
            ["projection_dim"] = dimension,
            ["projection_hidden_act"] = "relu",
            ["text_config"] = text,
        };
    }

    /// <summary>Counted positions and zeros, which transformers saves and newer LAION files lack.</summary>
    private static List<MadeTensor> Buffers(CheckpointWeights weights)
    {
        var made = new List<MadeTensor>();
        int positions = new WeightSizes(weights, Laion.Name).Of(Text + "embeddings.position_embeddings.weight", 0);
        foreach (string name in (string[])[Text + "embeddings.position_ids", Text + "embeddings.token_type_ids"])
        {
            if (weights.Has(name))
                continue;
            var values = new long[positions];
            for (int i = 0; i < positions && name.EndsWith("position_ids", StringComparison.Ordinal); i++)
                values[i] = i;
            made.Add(new MadeTensor(name, StoredType.I64, [1, positions], MemoryMarshal.AsBytes<long>(values).ToArray()));
        }

        return made;
    }

    [GeneratedRegex(@"^(text|audio)_projection\.([02])\.(weight|bias)$")]
    private static partial Regex Projection();

    [GeneratedRegex(@"^((text|audio)_transform\.sequential\.[03]|audio_branch\.(tscam_conv|head))\.(weight|bias)$")]
    private static partial Regex Heads();

    [GeneratedRegex(@"^audio_branch\.(spectrogram_extractor\.stft\.conv_(real|imag)\.weight|logmel_extractor\.melW)$")]
    private static partial Regex Tables();

    [GeneratedRegex(@"^(audio_model\.audio_encoder\.layers\.\d+\.blocks\.\d+\.)(.+)$")]
    private static partial Regex Block();

    [GeneratedRegex(@"^attn\.qkv\.(weight|bias)$")]
    private static partial Regex Fused();

    [GeneratedRegex(@"^(optimizer|scaler|scheduler|amp)/")]
    private static partial Regex Training();
}
