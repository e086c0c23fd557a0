using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Euterpe.Layers;
using Euterpe.Models.Saving;
using Euterpe.Numerics;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Jukebox;

/// <summary>
/// openai/jukebox's files: vqvae.pth.tar and prior_level_N.pth.tar ({'hps', 'model', 'opt', 'step'}, names that may begin with "module."). Its levels
/// count from the finest, transformers' priors from the top: level L is priors.(2 - L). Weights of its Conv1D ("w", "b") are [in, out] in both.
/// </summary>
internal static partial class JukeboxLayout
{
    private const int Levels = 3;

    public static KnownLayout Known { get; } = new("openai Jukebox", checkpoint => IsVqvae(checkpoint) || IsPrior(checkpoint), Read) { Several = true };

    public static bool IsVqvae(Checkpoint checkpoint) => checkpoint.Names.Any(name => Bare(name) == "bottleneck.level_blocks.0.k");

    public static bool IsPrior(Checkpoint checkpoint) => checkpoint.Names.Any(name => Bare(name) == "prior.transformer._attn_mods.0.attn.c_attn.w");

    /// <summary>Either file's names; <paramref name="prior"/> is what those of a prior begin with: "priors.0.".</summary>
    internal static Placement? Rename(string full, string prior)
    {
        if (Bare(full) is not string name)
            return full.StartsWith("opt/", StringComparison.Ordinal) ? Placement.Left("state of the training") : null;
        string? placed = Vqvae(name) is { } coder ? "vqvae." + coder : Prior(name) is { } part ? prior + part : null;
        return placed is null ? null : Placement.As(placed);
    }

    private static string? Vqvae(string name)
    {
        if (Bottleneck().Match(name) is { Success: true } bottleneck)
            return $"bottleneck.level_blocks.{bottleneck.Groups[1]}.codebook";
        if (Out().IsMatch(name))
            return name;
        Match block = Blocks().Match(name);
        if (!block.Success)
            return null;
        string stem = block.Groups[1].Value, values = block.Groups[6].Value;
        bool decoder = stem.StartsWith("decoders", StringComparison.Ordinal);
        int first = Number(block.Groups[3]);
        // One number: the convolution to or from the codes' width, last of an encoder's block and first of a decoder's.
        if (!block.Groups[4].Success)
            return decoder && first > 0 ? null : $"{stem}.{(decoder ? "proj_in" : "proj_out")}.{values}";
        int layer = (2 * (decoder ? first - 1 : first)) + Number(block.Groups[4]);
        return layer < 0 ? null : $"{stem}.{(decoder ? "upsample" : "downsample")}_block.{layer}{Resnet(block.Groups[5].Value)}.{values}";
    }

    private static string? Prior(string name)
    {
        if (Conditioner().Match(name) is { Success: true } conditioner)
        {
            int first = Number(conditioner.Groups[1]);
            string values = conditioner.Groups[4].Value;
            if (!conditioner.Groups[2].Success)
                return first == 0 ? $"conditioner_blocks.upsampler.proj_in.{values}" : null;
            int layer = (2 * (first - 1)) + Number(conditioner.Groups[2]);
            return layer < 0 ? null : $"conditioner_blocks.upsampler.upsample_block.{layer}{Resnet(conditioner.Groups[3].Value)}.{values}";
        }

        if (Metadata().Match(name) is { Success: true } metadata)
        {
            // transformers wraps the two tables that are plain embeddings once less.
            string table = metadata.Groups[1].Value;
            return $"metadata_embedding.{table}{(table is "artist_emb" or "bow_genre_emb" ? "" : ".emb")}.weight";
        }

        if (Layer().Match(name) is { Success: true } layers)
        {
            string part = layers.Groups[2].Value.Replace("ln_", "layer_norm_", StringComparison.Ordinal);
            string values = layers.Groups[3].Value switch
            {
                "w" => "weight",
                "b" => "bias",
                string other => other,
            };
            return $"{(layers.Groups[1].Value == "prior" ? "prior" : "encoder")}.transformer._attn_mods.{layers.Groups["layer"]}.{part}.{values}";
        }

        return name switch
        {
            "conditioner_blocks.0.x_emb.weight" => "conditioner_blocks.embed_tokens.weight",
            "conditioner_blocks.0.ln.weight" or "conditioner_blocks.0.ln.bias" =>
                "conditioner_blocks.layer_norm" + name["conditioner_blocks.0.ln".Length..],
            "prior.x_emb.weight" => "prior.embed_tokens.weight",
            "prior.x_out.weight" => "prior.fc_proj_out.weight",
            "prior.pos_emb.pos_emb" or "prior.start_token" => name,
            "prime_prior.x_emb.weight" => "encoder.embed_tokens.weight",
            "prime_prior.pos_emb.pos_emb" or "prime_prior.start_token" => "encoder" + name["prime_prior".Length..],
            "prime_state_proj.w" => "encoder.proj_in.weight",
            "prime_state_proj.b" => "encoder.proj_in.bias",
            "prime_state_ln.weight" or "prime_state_ln.bias" => "encoder.final_layer_norm" + name["prime_state_ln".Length..],
            "prime_x_out.weight" => "encoder.lm_head.weight",
            _ => null,
        };
    }

    /// <summary>".model.3.model.1" (or ".blocks.3.model.1") to ".resnet_block.3.conv1d_1"; its second convolution is number 3.</summary>
    private static string Resnet(string inner)
    {
        Match match = Residual().Match(inner);
        return match.Success ? $".resnet_block.{match.Groups[1]}.conv1d_{(match.Groups[2].Value == "1" ? 1 : 2)}" : inner;
    }

    private static SourceModel Read(LayoutFiles files)
    {
        var parts = new List<(Checkpoint, Layout)>();
        var levels = new List<int>();
        foreach (Checkpoint file in files.Files)
        {
            int level = IsVqvae(file) ? -1 : Level(file);
            if (levels.Contains(level))
                throw new ModelFileException($"[jukebox] {files.Source.Folder}: {(level < 0 ? "the VQ-VAE" : $"level {level}")} is in two files.");
            levels.Add(level);
            string prefix = $"priors.{Levels - 1 - level}.";
            parts.Add((file, new Layout(Known.Name, entry => Rename(entry.Name, prefix))));
        }

        var weights = new CheckpointWeights([.. parts]);
        JsonObject? beside = files.Source.HasConfig ? JsonFile.Read(files.Source.In(Pretrained.ModelSource.ConfigName)) : null;
        JsonObject config = JsonFile.Text(beside, "model_type") == "jukebox" ? beside! : JukeboxSettings.Config(weights, parts, levels);
        string[] missing = [.. Enumerable.Range(-1, Levels + 1).Where(level => !levels.Contains(level))
            .Select(level => level < 0 ? "vqvae.pth.tar" : $"prior_level_{level}.pth.tar")];
        return new SourceModel
        {
            Layout = Known.Name,
            Weights = weights,
            Config = config,
            Made = new Dictionary<string, JsonObject> { [Pretrained.ModelSource.ConfigName] = config },
            Folders = [files.Source.Folder],
            Notes = missing.Length == 0 ? []
                : [$"a whole Jukebox has also {string.Join(", ", missing)}: what is written has the tensors of the other files"],
        };
    }

    /// <summary>0 is the finest; from the settings, else from the file's name.</summary>
    private static int Level(Checkpoint file)
    {
        long? said = file.Tree?["hps"]?["level"]?.AsLong;
        if (said is null && FileLevel().Match(Path.GetFileName(file.Path)) is { Success: true } named)
            said = Number(named.Groups[1]);
        return said is >= 0 and < Levels ? (int)said
            : throw new ModelFileException($"[jukebox] {file.Path}: which level it is, 0 to {Levels - 1}, was expected in its settings (hps.level) "
                + $"or its name: found {said?.ToString(CultureInfo.InvariantCulture) ?? "neither"}. Hint: openai's files are called prior_level_1.pth.tar.");
    }

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    private static string? Bare(string name)
    {
        if (name.StartsWith("model/", StringComparison.Ordinal))
            name = name["model/".Length..];
        if (name.Contains('/', StringComparison.Ordinal))
            return null;
        return name.StartsWith("module.", StringComparison.Ordinal) ? name["module.".Length..] : name;
    }

    [GeneratedRegex(@"^bottleneck\.level_blocks\.(\d{1,4})\.k$")]
    private static partial Regex Bottleneck();

    [GeneratedRegex(@"^decoders\.\d{1,4}\.out\.(weight|bias)$")]
    private static partial Regex Out();

    [GeneratedRegex(@"^((encoders|decoders)\.\d{1,4}\.level_blocks\.\d{1,4})\.model\.(\d{1,4})(?:\.([01])(\.model\.\d{1,4}\.model\.[13])?)?\.(weight|bias)$")]
    private static partial Regex Blocks();

    [GeneratedRegex(@"^conditioner_blocks\.0\.cond\.model\.(\d{1,4})(?:\.([01])(\.(?:blocks|model)\.\d{1,4}\.model\.[13])?)?\.(weight|bias)$")]
    private static partial Regex Conditioner();

    [GeneratedRegex(@"^y_emb\.(artist_emb|bow_genre_emb|total_length_emb|absolute_pos_emb|relative_pos_emb)\.emb\.weight$")]
    private static partial Regex Metadata();

    private const string LayerParts = @"(attn\.c_attn|attn\.c_proj|attn\.c_enc_kv|mlp\.c_fc|mlp\.c_proj|ln_0|ln_1)\.(w|b|weight|bias)$";

    [GeneratedRegex(@"^(prior|prime_prior)\.transformer\._attn_mods\.(?<layer>\d{1,4})\." + LayerParts)]
    private static partial Regex Layer();

    [GeneratedRegex(@"^\.(?:model|blocks)\.(\d{1,4})\.model\.([13])$")]
    private static partial Regex Residual();

    [GeneratedRegex(@"prior_level_(\d)\b")]
    private static partial Regex FileLevel();
}
