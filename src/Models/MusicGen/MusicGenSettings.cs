using System.Text.Json.Nodes;
using Euterpe.Layers;
using Euterpe.Models.Encodec;
using Euterpe.Models.Saving;
using Euterpe.Numerics;

namespace Euterpe.Models.MusicGen;

/// <summary>Which keys of audiocraft's xp.cfg give which values of transformers' configuration.</summary>
internal static class MusicGenSettings
{
    /// <summary>Published text encoders: width, width of a head, inner width, layers, heads, gated.</summary>
    private static readonly Dictionary<string, (int Width, int Head, int Inner, int Layers, int Heads, bool Gated)> TextEncoders = new()
    {
        ["t5-small"] = (512, 64, 2048, 6, 8, false),
        ["t5-base"] = (768, 64, 3072, 12, 12, false),
        ["t5-large"] = (1024, 64, 4096, 24, 16, false),
        ["t5-3b"] = (1024, 128, 16384, 24, 32, false),
        ["t5-11b"] = (1024, 128, 65536, 24, 128, false),
        ["google/flan-t5-small"] = (512, 64, 1024, 8, 6, true),
        ["google/flan-t5-base"] = (768, 64, 2048, 12, 12, true),
        ["google/flan-t5-large"] = (1024, 64, 2816, 24, 16, true),
        ["google/flan-t5-xl"] = (2048, 64, 5120, 24, 32, true),
        ["google/flan-t5-xxl"] = (4096, 64, 10240, 24, 64, true),
    };

    public static JsonObject Config(Yaml settings, CheckpointWeights weights, JsonObject audio, JsonObject? text, string textName)
    {
        Yaml model = settings["transformer_lm"] ?? throw new ModelFileException("[musicgen] xp.cfg: transformer_lm was expected.");
        Check(settings, model);
        var sizes = new WeightSizes(weights, "audiocraft MusicGen");
        const string Decoder = "decoder.model.decoder.";
        bool melody = sizes.Has("audio_enc_to_dec_proj.weight");
        int hidden = sizes.Of(Decoder + "embed_tokens.0.weight", 1), card = sizes.Of("decoder.lm_heads.0.weight", 0);
        int channels = (int)(settings["channels"]?.Number ?? 1);
        if (settings["interleave_stereo_codebooks"]?["use"]?.Flag == true)
            channels = 2;
        var decoder = new JsonObject
        {
            ["activation_dropout"] = 0.0,
            ["activation_function"] = model["activation"]?.Text ?? "gelu",
            ["attention_dropout"] = 0.0,
            ["audio_channels"] = channels,
            ["bos_token_id"] = card,
            ["dropout"] = model["dropout"]?.Number ?? 0.0,
            ["ffn_dim"] = sizes.Of(Decoder + "layers.0.fc1.weight", 0),
            ["hidden_size"] = hidden,
            ["initializer_factor"] = 0.02,
            ["layerdrop"] = 0.0,
            ["max_position_embeddings"] = 2048,
            ["model_type"] = melody ? "musicgen_melody_decoder" : "musicgen_decoder",
            ["num_attention_heads"] = (int)(model["num_heads"]?.Number
                ?? throw new ModelFileException("[musicgen] xp.cfg: transformer_lm.num_heads was expected.")),
            ["num_codebooks"] = sizes.Count(Decoder + "embed_tokens"),
            ["num_hidden_layers"] = sizes.Count(Decoder + "layers"),
            ["pad_token_id"] = card,
            ["scale_embedding"] = false,
            ["tie_word_embeddings"] = false,
            ["use_cache"] = true,
            ["vocab_size"] = card,
        };
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray(melody ? "MusicgenMelodyForConditionalGeneration" : "MusicgenForConditionalGeneration"),
            ["audio_encoder"] = Part(audio),
            ["decoder"] = decoder,
            ["initializer_factor"] = 0.02,
            ["is_encoder_decoder"] = true,
            ["model_type"] = melody ? "musicgen_melody" : "musicgen",
            ["text_encoder"] = text is not null ? EncoderOnly(Part(text)) : TextEncoder(textName, sizes.Of("enc_to_dec_proj.weight", 1)),
        };
        if (melody)
        {
            config["num_chroma"] = sizes.Of("audio_enc_to_dec_proj.weight", 1);
            // transformers' own: 30 s of frames of 2^14 samples at 32 kHz, as published.
            config["chroma_length"] = 235;
        }

        return config;
    }

    /// <summary>preprocessor_config.json and generation_config.json.</summary>
    public static Dictionary<string, JsonObject> OtherFiles(Yaml settings, JsonObject config, JsonObject audio)
    {
        Yaml? sampling = settings["generate"]?["lm"];
        bool melody = JsonFile.Text(config, "model_type") == "musicgen_melody";
        JsonNode? card = config["decoder"]!["bos_token_id"];
        double frames = (JsonFile.Number(audio, "sampling_rate") ?? 32000)
            / (audio["upsampling_ratios"] is JsonArray ratios ? ratios.Aggregate(1.0, (product, ratio) => product * (JsonFile.Number(ratio) ?? 1)) : 640);
        var generation = new JsonObject
        {
            ["bos_token_id"] = card?.DeepClone(),
            ["decoder_start_token_id"] = card?.DeepClone(),
            ["do_sample"] = sampling?["use_sampling"]?.Flag ?? true,
            ["guidance_scale"] = settings["classifier_free_guidance"]?["inference_coef"]?.Number ?? 3.0,
            ["max_length"] = (int)((settings["dataset"]?["segment_duration"]?.Number ?? 30) * Math.Ceiling(frames)),
            ["pad_token_id"] = card?.DeepClone(),
            ["temperature"] = sampling?["temp"]?.Number ?? 1.0,
            ["top_k"] = (int)(sampling?["top_k"]?.Number ?? 250),
        };
        JsonObject preprocessor = !melody ? EncodecLayout.Preprocessor(audio, padLeft: true) : new JsonObject
        {
            ["chunk_length"] = 30,
            ["feature_extractor_type"] = "MusicgenMelodyFeatureExtractor",
            ["feature_size"] = config["num_chroma"]!.DeepClone(),
            ["hop_length"] = 4096,
            ["n_fft"] = 16384,
            ["n_samples"] = 960000,
            ["padding_side"] = "left",
            ["padding_value"] = 0.0,
            ["return_attention_mask"] = true,
            ["sampling_rate"] = 32000,
            ["stem_indices"] = new JsonArray(3, 2),
        };
        return new()
        {
            ["config.json"] = config,
            ["generation_config.json"] = generation,
            ["preprocessor_config.json"] = preprocessor,
        };
    }

    /// <summary>facebook/encodec_32khz, which the published models use.</summary>
    public static JsonObject PublishedCodec() => new()
    {
        ["audio_channels"] = 1,
        ["chunk_length_s"] = null,
        ["codebook_dim"] = 128,
        ["codebook_size"] = 2048,
        ["compress"] = 2,
        ["dilation_growth_rate"] = 2,
        ["hidden_size"] = 128,
        ["kernel_size"] = 7,
        ["last_kernel_size"] = 7,
        ["model_type"] = "encodec",
        ["norm_type"] = "weight_norm",
        ["normalize"] = false,
        ["num_filters"] = 64,
        ["num_lstm_layers"] = 2,
        ["num_residual_layers"] = 1,
        ["overlap"] = null,
        ["pad_mode"] = "reflect",
        ["residual_kernel_size"] = 3,
        ["sampling_rate"] = 32000,
        ["target_bandwidths"] = new JsonArray(2.2),
        ["trim_right_ratio"] = 1.0,
        ["upsampling_ratios"] = new JsonArray(8, 5, 4, 4),
        ["use_causal_conv"] = false,
        ["use_conv_shortcut"] = false,
    };

    /// <summary>What transformers' MusicGen does not have; names of tensors tell the rest.</summary>
    private static void Check(Yaml settings, Yaml model)
    {
        var problems = new List<string>();
        if (model["norm_first"]?.Flag == false)
            problems.Add("transformer_lm.norm_first is false");
        if (model["positional_embedding"]?.Text is { } position && position != "sin")
            problems.Add($"transformer_lm.positional_embedding is {position}");
        if (model["xpos"]?.Flag == true)
            problems.Add("transformer_lm.xpos is true");
        if (settings["codebooks_pattern"]?["modeling"]?.Text is { } pattern && pattern != "delay")
            problems.Add($"codebooks_pattern.modeling is {pattern}");
        if (settings["lm_model"]?.Text is { } kind && kind != "transformer_lm")
            problems.Add($"lm_model is {kind}");
        if (problems.Count > 0)
            throw new ModelFileException($"[musicgen] xp.cfg: {string.Join("; ", problems)}: transformers' MusicGen is not that.");
    }

    /// <summary>A configuration as part of another's: without what belongs to a file.</summary>
    private static JsonObject Part(JsonObject config)
    {
        var part = (JsonObject)config.DeepClone();
        foreach (string key in (string[])["architectures", "transformers_version", "torch_dtype", "dtype"])
            part.Remove(key);
        return part;
    }

    private static JsonObject EncoderOnly(JsonObject text)
    {
        text["is_encoder_decoder"] = false;
        text["use_cache"] = false;
        text.Remove("task_specific_params");
        return text;
    }

    private static JsonObject TextEncoder(string name, int width)
    {
        (int Width, int Head, int Inner, int Layers, int Heads, bool Gated) size =
            TextEncoders.GetValueOrDefault(name.Replace("google-t5/", "", StringComparison.Ordinal), TextEncoders["t5-base"]);
        return new JsonObject
        {
            ["d_ff"] = size.Inner,
            ["d_kv"] = size.Head,
            ["d_model"] = width,
            ["dropout_rate"] = 0.1,
            ["eos_token_id"] = 1,
            ["feed_forward_proj"] = size.Gated ? "gated-gelu" : "relu",
            ["is_encoder_decoder"] = false,
            ["layer_norm_epsilon"] = 1e-6,
            ["model_type"] = "t5",
            ["num_decoder_layers"] = size.Layers,
            ["num_heads"] = size.Heads,
            ["num_layers"] = size.Layers,
            ["pad_token_id"] = 0,
            ["relative_attention_max_distance"] = 128,
            ["relative_attention_num_buckets"] = 32,
            ["use_cache"] = false,
            ["vocab_size"] = 32128,
        };
    }
}
