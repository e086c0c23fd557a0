using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Euterpe.Layers;
using Euterpe.Models.Saving;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Encodec;

/// <summary>
/// EnCodec under the names of its own project: facebookresearch/encodec's .th (a plain state dict) and audiocraft's compression_state_dict.bin
/// ({'best_state', 'xp.cfg'}). Names as transformers' convert_encodec_checkpoint_to_pytorch.py makes them.
/// </summary>
internal static partial class EncodecLayout
{
    public static Layout Original { get; } = new("encodec", entry => Rename(entry.Name));

    public static KnownLayout Known { get; } = new("encodec", checkpoint => Recognises(checkpoint) && !checkpoint.Has("best_state/emb.0.weight"), Read);

    public static bool Recognises(Checkpoint checkpoint) => checkpoint.Names.Any(name => Bare(name) == "quantizer.vq.layers.0._codebook.embed")
        && checkpoint.Names.Any(name => Bare(name)?.StartsWith("encoder.model.0.conv.", StringComparison.Ordinal) == true);

    internal static Placement? Rename(string full)
    {
        if (Bare(full) is not string name)
            return null;
        if (Convolution().Match(name) is { Success: true } plain)
        {
            string part = plain.Groups[3].Value == "norm" ? "norm" : "conv";
            return Placement.As(Layout.WeightNorm($"{plain.Groups[1]}.layers.{plain.Groups[2]}.{part}.{plain.Groups[4]}"));
        }

        if (Inner().Match(name) is { Success: true } inner)
        {
            return Placement.As(Layout.WeightNorm(
                $"{inner.Groups[1]}.layers.{inner.Groups[2]}.{inner.Groups[3]}.{inner.Groups[4]}.{inner.Groups[5]}"));
        }

        if (Recurrent().Match(name) is { Success: true } recurrent)
            return Placement.As($"{recurrent.Groups[1]}.layers.{recurrent.Groups[2]}.lstm.{recurrent.Groups[3]}");
        return Codebook().Match(name) is { Success: true } codebook
            ? Placement.As($"quantizer.layers.{codebook.Groups[1]}.codebook.{codebook.Groups[2]}") : null;
    }

    /// <summary>preprocessor_config.json that goes with a configuration.</summary>
    public static JsonObject Preprocessor(JsonObject config, bool padLeft = false) => new()
    {
        ["chunk_length_s"] = config["chunk_length_s"]?.DeepClone(),
        ["feature_extractor_type"] = "EncodecFeatureExtractor",
        ["feature_size"] = config["audio_channels"]?.DeepClone(),
        ["overlap"] = config["overlap"]?.DeepClone(),
        ["padding_side"] = padLeft ? "left" : "right",
        ["padding_value"] = 0.0,
        ["return_attention_mask"] = true,
        ["sampling_rate"] = config["sampling_rate"]?.DeepClone(),
    };

    /// <summary>
    /// config.json from the shapes, from what the project wrote beside the weights (options.json; audiocraft's xp.cfg), and, for the two published
    /// models, from their names.
    /// </summary>
    public static JsonObject Config(CheckpointWeights weights, EncodecSettings said, string prefix = "")
    {
        var sizes = new WeightSizes(weights, "encodec");
        string encoder = prefix + "encoder.layers", decoder = prefix + "decoder.layers", codes = prefix + "quantizer.layers";
        int stages = sizes.Count(decoder), last = sizes.Count(encoder) - 1;
        bool grouped = sizes.Has($"{encoder}.0.norm.weight");
        int filters = sizes.OfWeight($"{encoder}.0.conv", 0), channels = sizes.OfWeight($"{encoder}.0.conv", 1);
        // A stage of the encoder: residual layers, an activation, the convolution that halves; of the decoder: the convolution that doubles first.
        int residual = 0;
        while (sizes.Has($"{encoder}.{1 + residual}.block.1.conv.bias"))
            residual++;
        var ratios = new JsonArray();
        int hop = 1;
        for (int layer = 3; layer < stages - 1; layer += residual + 2)
        {
            int ratio = sizes.OfWeight($"{decoder}.{layer}.conv", 2) / 2;
            ratios.Add(ratio);
            hop *= ratio;
        }

        int rate = said.SampleRate ?? (grouped ? 48000 : 24000);
        int bins = sizes.Of($"{codes}.0.codebook.embed", 0), quantizers = sizes.Count(codes);
        int frames = (rate + hop - 1) / Math.Max(1, hop);
        int bits = (int)uint.Log2((uint)Math.Max(2, bins - 1)) + 1;
        int lstm = 0;
        while (sizes.Has($"{decoder}.1.lstm.weight_ih_l{lstm}"))
            lstm++;
        double[] bandwidths = said.Bandwidths ?? Bandwidths(quantizers, frames * bits / 1000.0, said.AllQuantizers);
        return new JsonObject
        {
            ["architectures"] = new JsonArray("EncodecModel"),
            ["audio_channels"] = channels,
            ["chunk_length_s"] = said.Segment is { } segment ? segment : grouped && said.SampleRate is null ? 1.0 : null,
            ["codebook_dim"] = sizes.Of($"{codes}.0.codebook.embed", 1),
            ["codebook_size"] = bins,
            ["compress"] = residual == 0 ? 2 : filters / sizes.OfWeight($"{encoder}.1.block.1.conv", 0),
            ["dilation_growth_rate"] = said.DilationGrowth ?? 2,
            ["hidden_size"] = sizes.OfWeight($"{encoder}.{last}.conv", 0),
            ["kernel_size"] = sizes.OfWeight($"{encoder}.0.conv", 2),
            ["last_kernel_size"] = sizes.OfWeight($"{encoder}.{last}.conv", 2),
            ["model_type"] = "encodec",
            ["norm_type"] = grouped ? "time_group_norm" : "weight_norm",
            ["normalize"] = said.Normalize ?? grouped,
            ["num_filters"] = filters,
            ["num_lstm_layers"] = lstm,
            ["num_residual_layers"] = residual,
            ["overlap"] = said.Segment is null && !(grouped && said.SampleRate is null) ? null : said.Overlap ?? 0.01,
            ["pad_mode"] = said.PadMode ?? "reflect",
            ["residual_kernel_size"] = residual == 0 ? 3 : sizes.OfWeight($"{encoder}.1.block.1.conv", 2),
            ["sampling_rate"] = rate,
            ["target_bandwidths"] = new JsonArray([.. bandwidths.Select(bandwidth => (JsonNode)bandwidth)]),
            ["trim_right_ratio"] = said.TrimRight ?? 1.0,
            ["upsampling_ratios"] = ratios,
            ["use_causal_conv"] = said.Causal ?? !grouped,
            ["use_conv_shortcut"] = residual > 0 && sizes.Has($"{encoder}.1.shortcut.conv.bias"),
        };
    }

    private static SourceModel Read(LayoutFiles files)
    {
        var weights = new CheckpointWeights((files.Files[0], Original));
        JsonObject config = Config(weights, EncodecSettings.Beside(files));
        bool audiocraft = files.Files[0].Names.Any(name => name.StartsWith("best_state/", StringComparison.Ordinal));
        return new SourceModel
        {
            Layout = audiocraft ? "audiocraft codec" : "encodec",
            Weights = weights,
            Config = config,
            Made = new Dictionary<string, JsonObject> { ["config.json"] = config, ["preprocessor_config.json"] = Preprocessor(config) },
            Folders = [files.Source.Folder],
        };
    }

    /// <summary>The published ones: 2, 4, 8 ... quantisers up to all; audiocraft's always use all of them.</summary>
    private static double[] Bandwidths(int quantizers, double each, bool all)
    {
        var bandwidths = new List<double>();
        for (int count = 2; count < quantizers && !all; count *= 2)
            bandwidths.Add(count * each);
        bandwidths.Add(quantizers * each);
        // transformers divides again and drops the rest: a last digit must not lose it a quantiser.
        return [.. bandwidths.Select(bandwidth => Math.Floor(bandwidth / each) < Math.Round(bandwidth / each) ? Math.BitIncrement(bandwidth) : bandwidth)];
    }

    private static string? Bare(string name)
    {
        if (name.StartsWith("best_state/", StringComparison.Ordinal))
            name = name["best_state/".Length..];
        return name.Contains('/', StringComparison.Ordinal) ? null : name;
    }

    private const string Values = @"(weight|bias|weight_g|weight_v|parametrizations\.weight\.original[01])$";

    [GeneratedRegex(@"^(encoder|decoder)\.model\.(\d+)\.(?:conv|convtr)\.(conv|convtr|norm)\." + Values)]
    private static partial Regex Convolution();

    [GeneratedRegex(@"^(encoder|decoder)\.model\.(\d+)\.(block\.\d+|shortcut)\.conv\.(conv|norm)\." + Values)]
    private static partial Regex Inner();

    [GeneratedRegex(@"^(encoder|decoder)\.model\.(\d+)\.lstm\.((?:weight|bias)_[ih]h_l\d+)$")]
    private static partial Regex Recurrent();

    [GeneratedRegex(@"^quantizer\.vq\.layers\.(\d+)\._codebook\.(inited|cluster_size|embed|embed_avg)$")]
    private static partial Regex Codebook();
}
