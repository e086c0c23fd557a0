using System.Text.Json.Nodes;
using Euterpe.Layers;
using Euterpe.Models.Saving;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Jukebox;

/// <summary>
/// transformers' JukeboxConfig from the shapes and from 'hps' of openai's files; what neither says is what the published models have
/// (hparams.py of openai/jukebox).
/// </summary>
internal static class JukeboxSettings
{
    public static JsonObject Config(CheckpointWeights weights, IReadOnlyList<(Checkpoint File, Layout Layout)> parts, List<int> levels)
    {
        var sizes = new WeightSizes(weights, "openai Jukebox");
        var priors = new JsonArray();
        CheckpointValue? top = null;
        int number = sizes.Count("priors");
        for (int i = 0; i < number; i++)
        {
            int at = levels.IndexOf(2 - i);
            if (at < 0)
                continue;
            CheckpointValue? settings = parts[at].File.Tree?["hps"];
            top ??= settings;
            priors.Add(Prior(sizes, settings, i));
        }

        int vqvae = levels.IndexOf(-1);
        var config = new JsonObject
        {
            ["architectures"] = new JsonArray("JukeboxModel"),
            ["hop_fraction"] = new JsonArray(0.125, 0.5, 0.5),
            ["max_duration"] = top?["max_duration"]?.AsDouble ?? 600.0,
            ["max_nb_genres"] = top?["max_bow_genre_size"]?.AsLong ?? 5,
            ["metadata_conditioning"] = true,
            ["min_duration"] = top?["min_duration"]?.AsDouble ?? (sizes.Has("priors.0.encoder.embed_tokens.weight") ? 23.8 : 17.84),
            ["model_type"] = "jukebox",
            ["nb_priors"] = priors.Count,
            ["prior_config_list"] = priors,
            ["sampling_rate"] = 44100,
            ["timing_dims"] = sizes.Has("priors.0.metadata_embedding.total_length_emb.emb.weight")
                ? sizes.Of("priors.0.metadata_embedding.total_length_emb.emb.weight", 0) : top?["t_bins"]?.AsLong ?? 64,
        };
        if (vqvae >= 0)
            config["vqvae_config"] = Vqvae(sizes, parts[vqvae].File.Tree?["hps"]);
        return config;
    }

    private static JsonObject Vqvae(WeightSizes sizes, CheckpointValue? settings) => new()
    {
        ["act_fn"] = "relu",
        ["commit"] = 0.02,
        ["conv_input_shape"] = sizes.Of("vqvae.decoders.0.out.weight", 0),
        ["conv_res_scale"] = false,
        ["embed_dim"] = sizes.Of("vqvae.bottleneck.level_blocks.0.codebook", 1),
        ["hop_fraction"] = new JsonArray(0.125, 0.5, 0.5),
        ["init_scale"] = 0.2,
        ["levels"] = sizes.Count("vqvae.bottleneck.level_blocks"),
        ["lmu"] = 0.99,
        ["model_type"] = "jukebox_vqvae",
        ["multipliers"] = Numbers(settings?["hvqvae_multipliers"], 2, 1, 1),
        ["nb_discrete_codes"] = sizes.Of("vqvae.bottleneck.level_blocks.0.codebook", 0),
        ["res_conv_depth"] = settings?["depth"]?.AsLong ?? 4,
        ["res_conv_width"] = settings?["width"]?.AsLong ?? 32,
        ["res_convolution_multiplier"] = (int)(settings?["m_conv"]?.AsDouble ?? 1),
        ["res_dilation_cycle"] = null,
        ["res_dilation_growth_rate"] = settings?["dilation_growth_rate"]?.AsLong ?? 3,
        ["res_downs_t"] = Numbers(settings?["downs_t"], 3, 2, 2),
        ["res_strides_t"] = Numbers(settings?["strides_t"], 2, 2, 2),
        ["sample_length"] = settings?["sample_length"]?.AsLong ?? 1058304,
        ["zero_out"] = false,
    };

    private static JsonObject Prior(WeightSizes sizes, CheckpointValue? settings, int index)
    {
        string prefix = $"priors.{index}.";
        bool together = settings?["single_enc_dec"]?.AsFlag ?? (index == 0 && !sizes.Has(prefix + "encoder.embed_tokens.weight"));
        bool encoder = sizes.Has(prefix + "encoder.embed_tokens.weight"), upsampler = sizes.Has(prefix + "conditioner_blocks.embed_tokens.weight");
        int hidden = sizes.Of(prefix + "prior.embed_tokens.weight", 1), rows = sizes.Of(prefix + "prior.embed_tokens.weight", 0);
        int lyrics = together ? 79 : 80, positions = sizes.Of(prefix + "prior.pos_emb.pos_emb", 0);
        long tokens = settings?["n_tokens"]?.AsLong ?? (together ? 384 : encoder ? sizes.Of(prefix + "encoder.pos_emb.pos_emb", 0) : 0);
        var config = Common(sizes, prefix + "prior.", settings, hidden, together ? 2 : upsampler ? 1 : 8, together ? 64 : 128);
        config["alignment_head"] = together ? 0 : 2;
        config["alignment_layer"] = together ? 63 : 68;
        config["attention_pattern"] = together ? "enc_dec_with_lyrics" : encoder ? "large_separated_enc_dec_w_lyrics" : "raw_column_previous_row_attention";
        config["conv_res_scale"] = upsampler ? index == 1 : null;
        config["encoder_config"] = encoder ? Encoder(sizes, prefix, settings) : null;
        config["is_encoder_decoder"] = together;
        config["level"] = index;
        config["lyric_vocab_size"] = encoder ? sizes.Of(prefix + "encoder.embed_tokens.weight", 0) : lyrics;
        config["max_duration"] = settings?["max_duration"]?.AsDouble ?? 600.0;
        config["max_nb_genres"] = settings?["max_bow_genre_size"]?.AsLong ?? 5;
        config["merged_decoder"] = settings?["merged_decoder"]?.AsFlag ?? encoder;
        config["metadata_dims"] = new JsonArray(
            sizes.Of(prefix + "metadata_embedding.bow_genre_emb.weight", 0), sizes.Of(prefix + "metadata_embedding.artist_emb.weight", 0));
        config["min_duration"] = settings?["min_duration"]?.AsDouble ?? (encoder ? 23.8 : 17.84);
        config["music_vocab_size"] = together ? rows - lyrics : rows;
        config["n_ctx"] = settings?["n_ctx"]?.AsLong ?? (together ? positions - tokens : positions);
        config["nb_relevant_lyric_tokens"] = tokens;
        config["res_conv_depth"] = upsampler ? sizes.Count(prefix + "conditioner_blocks.upsampler.upsample_block.0.resnet_block") : 3;
        config["res_conv_width"] = upsampler ? sizes.Of(prefix + "conditioner_blocks.upsampler.proj_in.weight", 0) : 128;
        config["res_dilation_cycle"] = upsampler ? 8 : null;
        config["res_dilation_growth_rate"] = upsampler ? 3 : 1;
        config["timing_dims"] = settings?["t_bins"]?.AsLong ?? 64;
        return config;
    }

    private static JsonObject Encoder(WeightSizes sizes, string prefix, CheckpointValue? settings)
    {
        string encoder = prefix + "encoder.";
        int hidden = sizes.Of(encoder + "embed_tokens.weight", 1);
        JsonObject config = Common(sizes, encoder, null, hidden, 4, 32);
        config["n_heads"] = settings?["prime_heads"]?.AsLong ?? 4;
        config["blocks"] = settings?["prime_blocks"]?.AsLong ?? 32;
        config["attention_pattern"] = "raw_column_previous_row_attention";
        config["lyric_vocab_size"] = sizes.Of(encoder + "embed_tokens.weight", 0);
        config["music_vocab_size"] = sizes.Of(encoder + "embed_tokens.weight", 0);
        config["merged_decoder"] = false;
        config["n_ctx"] = sizes.Of(encoder + "pos_emb.pos_emb", 0);
        config["nb_relevant_lyric_tokens"] = sizes.Of(encoder + "pos_emb.pos_emb", 0);
        return config;
    }

    private static JsonObject Common(WeightSizes sizes, string prefix, CheckpointValue? settings, int hidden, long heads, long blocks) => new()
    {
        ["act_fn"] = "quick_gelu",
        ["attention_multiplier"] = sizes.Of(prefix + "transformer._attn_mods.0.attn.c_proj.weight", 0) / (double)hidden,
        ["attn_res_scale"] = false,
        ["blocks"] = settings?["blocks"]?.AsLong ?? blocks,
        ["hidden_size"] = hidden,
        // Every attention looks back only, whatever transformers' default says.
        ["mask"] = true,
        ["metadata_conditioning"] = true,
        ["mlp_multiplier"] = sizes.Of(prefix + "transformer._attn_mods.0.mlp.c_fc.weight", 1) / (double)hidden,
        ["model_type"] = "jukebox_prior",
        ["n_heads"] = settings?["heads"]?.AsLong ?? heads,
        ["num_layers"] = sizes.Count(prefix + "transformer._attn_mods"),
        ["res_downs_t"] = new JsonArray(3, 2, 2),
        ["res_strides_t"] = new JsonArray(2, 2, 2),
        ["sampling_rate"] = 44100,
    };

    private static JsonArray Numbers(CheckpointValue? value, params ReadOnlySpan<int> missing)
    {
        var list = new JsonArray();
        if (value is CheckpointValue.List found && found.All(each => each.AsLong is not null))
        {
            foreach (CheckpointValue each in found)
                list.Add(each.AsLong!.Value);
        }
        else
        {
            foreach (int each in missing)
                list.Add(each);
        }

        return list;
    }
}
