using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Euterpe.Layers;
using Euterpe.Models.Pretrained;
using Euterpe.Models.Saving;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Mert;

/// <summary>
/// fairseq's files of MERT: {'cfg', 'model', ...}. Names as scripts/convert_MERT_HF.py of yizhilll/MERT makes them, which passes over encoder_cqt_model;
/// the heads of its training are left.
/// </summary>
internal static partial class MertLayout
{
    public static Layout Fairseq { get; } = new("fairseq MERT", entry => Rename(entry.Name));

    public static KnownLayout Known { get; } = new(Fairseq.Name, IsFairseq, Read) { Open = Open, Describe = Describe };

    private static IDisposable Open(ModelSource source)
    {
        SourceModel model = KnownLayouts.Read(source);
        try
        {
            (MertConfig config, MertPreprocessor preprocessor) = Settings(model);
            return Mert.Open(source.Name, source.Weights, config, preprocessor, model.Weights, source.Packing, source.Frames);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static ModelReport Describe(SourceModel model, ModelReport report)
    {
        (MertConfig config, MertPreprocessor preprocessor) = Settings(model);
        return Mert.Describe(config, preprocessor, Mert.List(config, model.Weights, report.Path), report);
    }

    private static (MertConfig Config, MertPreprocessor Preprocessor) Settings(SourceModel model)
    {
        MertConfig config = MertConfig.Read(ConfigObject.Parse(JsonFile.Bytes(model.Config!), "config.json"));
        return (config, MertPreprocessor.Read(ConfigObject.Parse(JsonFile.Bytes(model.Made["preprocessor_config.json"]), "preprocessor_config.json"), config));
    }

    public static bool IsFairseq(Checkpoint checkpoint) => checkpoint.Has("model/post_extract_proj.weight")
        && checkpoint.Has("model/encoder.layers.0.self_attn.q_proj.weight") && checkpoint.Has("model/feature_extractor.conv_layers.0.0.weight");

    internal static Placement? Rename(string full)
    {
        if (!full.StartsWith("model/", StringComparison.Ordinal))
            return full.StartsWith("last_optimizer_state/", StringComparison.Ordinal) || full.StartsWith("optimizer_history/", StringComparison.Ordinal)
                || full.StartsWith("extra_state/", StringComparison.Ordinal) ? Placement.Left("state of the training") : null;
        string name = full["model/".Length..];
        if (name is "label_embs_concat" || Heads().IsMatch(name))
            return Placement.Left("a head of the training");
        if (name == "mask_emb")
            return Placement.As("masked_spec_embed");
        if (Position().Match(name) is { Success: true } position)
            return Placement.As("encoder.pos_conv_embed.conv." + Layout.WeightNorm("." + position.Groups[1].Value)[1..]);
        if (Convolution().Match(name) is { Success: true } convolution)
        {
            // fairseq counts within a block: the convolution, dropout, the norm (inside two transpositions where it is a layer norm).
            string part = convolution.Groups[2].Value == "0" ? "conv" : "layer_norm";
            return Placement.As($"feature_extractor.conv_layers.{convolution.Groups[1]}.{part}.{convolution.Groups[3]}");
        }

        if (Layer().Match(name) is { Success: true } layer)
        {
            string part = layer.Groups[2].Value switch
            {
                "fc1" => "feed_forward.intermediate_dense",
                "fc2" => "feed_forward.output_dense",
                "self_attn_layer_norm" => "layer_norm",
                "final_layer_norm" => "final_layer_norm",
                string attention => "attention." + attention["self_attn.".Length..],
            };
            return Placement.As($"encoder.layers.{layer.Groups[1]}.{part}.{layer.Groups[3]}");
        }

        return name switch
        {
            "post_extract_proj.weight" or "post_extract_proj.bias" => Placement.As("feature_projection.projection" + name["post_extract_proj".Length..]),
            "layer_norm.weight" or "layer_norm.bias" => Placement.As("feature_projection." + name),
            "encoder.layer_norm.weight" or "encoder.layer_norm.bias" => Placement.As(name),
            _ => null,
        };
    }

    private static SourceModel Read(LayoutFiles files)
    {
        Checkpoint file = files.Files[0];
        var weights = new CheckpointWeights((file, Fairseq));
        var sizes = new WeightSizes(weights, Fairseq.Name);
        CheckpointValue? model = file.Tree?["cfg"]?["model"], task = file.Tree?["cfg"]?["task"];
        int layers = sizes.Count("encoder.layers"), convolutions = sizes.Count("feature_extractor.conv_layers");
        bool before = model?["layer_norm_first"]?.AsFlag ?? false;
        long rate = task?["sample_rate"]?.AsLong ?? 24000;
        var widths = new JsonArray();
        var kernels = new JsonArray();
        for (int i = 0; i < convolutions; i++)
        {
            widths.Add(sizes.Of($"feature_extractor.conv_layers.{i}.conv.weight", 0));
            kernels.Add(sizes.Of($"feature_extractor.conv_layers.{i}.conv.weight", 2));
        }

        int[] strides = Strides(model?["conv_feature_layers"]?.AsText, convolutions);
        int hidden = sizes.Of("feature_projection.projection.weight", 0);
        var config = new JsonObject
        {
            ["activation_dropout"] = model?["activation_dropout"]?.AsDouble ?? 0.0,
            ["architectures"] = new JsonArray("MERTModel"),
            ["attention_relax"] = model?["attention_relax"]?.AsDouble ?? -1.0,
            ["auto_map"] = new JsonObject { ["AutoConfig"] = "configuration_MERT.MERTConfig", ["AutoModel"] = "modeling_MERT.MERTModel" },
            ["conv_bias"] = sizes.Has("feature_extractor.conv_layers.0.conv.bias"),
            ["conv_dim"] = widths,
            ["conv_kernel"] = kernels,
            ["conv_stride"] = new JsonArray([.. strides.Select(stride => (JsonNode)stride)]),
            ["deepnorm"] = model?["deepnorm"]?.AsFlag ?? false,
            ["do_stable_layer_norm"] = before,
            ["feat_extract_activation"] = "gelu",
            ["feat_extract_norm"] = sizes.Has("feature_extractor.conv_layers.1.layer_norm.weight") ? "layer" : "group",
            ["feat_proj_layer_norm"] = sizes.Has("feature_projection.layer_norm.weight"),
            ["feature_extractor_cqt"] = model?["feature_extractor_cqt"]?.AsFlag ?? false,
            ["hidden_act"] = model?["activation_fn"]?.AsText ?? "gelu",
            ["hidden_size"] = hidden,
            ["intermediate_size"] = sizes.Of("encoder.layers.0.feed_forward.intermediate_dense.weight", 0),
            ["layer_norm_eps"] = 1e-5,
            ["model_type"] = "mert_model",
            // Without the training's settings: heads of 64, as every published size has.
            ["num_attention_heads"] = model?["encoder_attention_heads"]?.AsLong ?? Math.Max(1, hidden / 64),
            ["num_conv_pos_embedding_groups"] = hidden / sizes.OfWeight("encoder.pos_conv_embed.conv", 1),
            ["num_conv_pos_embeddings"] = sizes.OfWeight("encoder.pos_conv_embed.conv", 2),
            ["num_feat_extract_layers"] = convolutions,
            ["num_hidden_layers"] = layers,
            ["sample_rate"] = rate,
            ["vocab_size"] = 32,
        };
        var preprocessor = new JsonObject
        {
            ["do_normalize"] = task?["normalize"]?.AsFlag ?? !before,
            ["feature_extractor_type"] = "Wav2Vec2FeatureExtractor",
            ["feature_size"] = 1,
            ["padding_side"] = "right",
            ["padding_value"] = 0.0,
            ["return_attention_mask"] = true,
            ["sampling_rate"] = rate,
        };
        return new SourceModel
        {
            Layout = Fairseq.Name,
            Weights = weights,
            Config = config,
            Made = new Dictionary<string, JsonObject> { ["config.json"] = config, ["preprocessor_config.json"] = preprocessor },
            Folders = [files.Source.Folder],
            Notes = ["transformers runs it with configuration_MERT.py and modeling_MERT.py of a published MERT beside it (trust_remote_code)"],
        };
    }

    /// <summary>"[(512,10,5)] + [(512,3,2)] * 4 + [(512,2,2)] * 2": the third of each, repeated; fairseq's default where it says nothing.</summary>
    private static int[] Strides(string? text, int count)
    {
        var strides = new List<int>();
        foreach (Match match in Stack().Matches(text ?? ""))
        {
            int times = match.Groups[2].Success ? int.Parse(match.Groups[2].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : 1;
            for (int i = 0; i < times && strides.Count <= count; i++)
                strides.Add(int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture));
        }

        return strides.Count == count ? [.. strides] : [.. Enumerable.Range(0, count).Select(i => i == 0 ? 5 : 2)];
    }

    [GeneratedRegex(@"^(final_proj(\.\d+)?\.(weight|bias)|encoder_cqt_model\.fc\.(weight|bias)|encoder_mel_model\.fc\.(weight|bias)|logit_temp(_list)?)$")]
    private static partial Regex Heads();

    [GeneratedRegex(@"^encoder\.pos_conv\.0\.(weight_g|weight_v|weight|bias)$")]
    private static partial Regex Position();

    [GeneratedRegex(@"^feature_extractor\.conv_layers\.(\d+)\.(0|2|2\.1)\.(weight|bias)$")]
    private static partial Regex Convolution();

    [GeneratedRegex(@"^encoder\.layers\.(\d+)\.(self_attn\.[qkv]_proj|self_attn\.out_proj|fc1|fc2|self_attn_layer_norm|final_layer_norm)\.(weight|bias)$")]
    private static partial Regex Layer();

    [GeneratedRegex(@"\(\s*\d{1,6}\s*,\s*\d{1,6}\s*,\s*(\d{1,6})\s*\)\s*\]?(?:\s*\*\s*(\d{1,4}))?")]
    private static partial Regex Stack();
}
