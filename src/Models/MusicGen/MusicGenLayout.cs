using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Euterpe.Layers;
using Euterpe.Models.Encodec;
using Euterpe.Models.Saving;
using Euterpe.Numerics;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.MusicGen;

/// <summary>
/// audiocraft's MusicGen: state_dict.bin ({'best_state', 'xp.cfg'}, the language model), compression_state_dict.bin (the codec, or the name of a
/// published one) beside it, and T5, which audiocraft fetches by name and does not store. Names as transformers'
/// convert_musicgen_transformers.py and convert_musicgen_melody_transformers.py make them.
/// </summary>
internal static partial class MusicGenLayout
{
    private const string Codec = "compression_state_dict.bin", CodecPrefix = "audio_encoder.";

    public static Layout Audiocraft { get; } = new("audiocraft MusicGen", entry => Rename(entry.Name));

    public static KnownLayout Known { get; } = new(Audiocraft.Name, IsLanguageModel, Read)
    {
        Several = true,
        Belongs = checkpoint => EncodecLayout.Recognises(checkpoint) || checkpoint.Tree?["pretrained"]?.AsText is not null,
    };

    public static bool IsLanguageModel(Checkpoint checkpoint) =>
        checkpoint.Has("best_state/emb.0.weight") && checkpoint.Has("best_state/transformer.layers.0.self_attn.in_proj_weight");

    internal static Placement? Rename(string full)
    {
        if (!full.StartsWith("best_state/", StringComparison.Ordinal))
            return null;
        string name = full["best_state/".Length..];
        if (Numbered().Match(name) is { Success: true } numbered)
        {
            return Placement.As(numbered.Groups[1].Value == "emb" ? $"decoder.model.decoder.embed_tokens.{numbered.Groups[2]}.weight"
                : $"decoder.lm_heads.{numbered.Groups[2]}.weight");
        }

        if (name is "out_norm.weight" or "out_norm.bias")
            return Placement.As("decoder.model.decoder.layer_norm" + name["out_norm".Length..]);
        if (Projection().Match(name) is { Success: true } projection)
        {
            return Placement.As(
                $"{(projection.Groups[1].Value == "description" ? "enc_to_dec_proj" : "audio_enc_to_dec_proj")}.{projection.Groups[2]}");
        }

        if (name == "condition_provider.conditioners.self_wav.chroma.spec.window")
            return Placement.Left("a table of the front end, which is computed here");
        Match layer = Layer().Match(name);
        if (!layer.Success)
            return null;
        string stem = $"decoder.model.decoder.layers.{layer.Groups[1]}.", rest = layer.Groups[2].Value;
        foreach ((string theirs, string ours) in ((string, string)[])[("self_attn.", "self_attn."), ("cross_attention.", "encoder_attn."),
            ("norm1.", "self_attn_layer_norm."), ("norm_cross.", "encoder_attn_layer_norm."), ("norm2.", "final_layer_norm."), ("linear1.", "fc1."),
            ("linear2.", "fc2.")])
        {
            if (!rest.StartsWith(theirs, StringComparison.Ordinal))
                continue;
            return rest[theirs.Length..] switch
            {
                "in_proj_weight" => Placement.Rows($"{stem}{ours}q_proj.weight", $"{stem}{ours}k_proj.weight", $"{stem}{ours}v_proj.weight"),
                "out_proj.weight" or "weight" or "bias" => Placement.As(stem + ours + rest[theirs.Length..]),
                _ => null,
            };
        }

        return null;
    }

    private static SourceModel Read(LayoutFiles files)
    {
        Checkpoint[] language = [.. files.Files.Where(IsLanguageModel)];
        if (language.Length != 1)
            throw new ModelFileException($"[musicgen] One language model was expected: found {language.Length} in {files.Source.Folder}.");
        string text = language[0].Tree?["xp.cfg"]?.AsText
            ?? throw new ModelFileException($"[musicgen] {language[0].Path}: xp.cfg, the text of its settings, was expected beside best_state.");
        var settings = Yaml.Parse(text, Path.GetFileName(language[0].Path));
        var notes = new List<string>();
        var parts = new List<(Checkpoint, Layout)> { (language[0], Audiocraft) };
        var opened = new List<Checkpoint>();
        try
        {
            Checkpoint? codec = files.Files.FirstOrDefault(file => file != language[0]);
            if (codec is null && files.Source.Has(Codec))
                opened.Add(codec = Checkpoint.Open(files.Source.In(Codec)));
            string named = codec?.Tree?["pretrained"]?.AsText ?? "facebook/encodec_32khz";
            Func<CheckpointWeights, JsonObject> codecConfig;
            if (codec is not null && EncodecLayout.Recognises(codec))
            {
                parts.Add((codec, Under(EncodecLayout.Original, CodecPrefix)));
                var said = EncodecSettings.OfAudiocraft(Yaml.Parse(codec.Tree?["xp.cfg"]?.AsText ?? "", Codec));
                codecConfig = weights => EncodecLayout.Config(weights, said, CodecPrefix);
            }
            else if (OtherParts.Folder(named, files.Source.CacheFolder) is { } folder)
            {
                Checkpoint published = Checkpoint.Open(folder);
                opened.Add(published);
                parts.Add((published, Under(Layout.HuggingFace, CodecPrefix)));
                codecConfig = _ => JsonFile.Read(Path.Combine(folder, "config.json"));
            }
            else
            {
                notes.Add($"the codec {named} is neither in these files nor in the cache: its tensors (audio_encoder.) are missing in what is written. "
                    + "Hint: fetch it into the Hugging Face cache, then convert again");
                codecConfig = _ => MusicGenSettings.PublishedCodec();
            }

            string t5 = settings["conditioners"]?["description"]?["t5"]?["name"]?.Text ?? "t5-base";
            string? text5 = files.TextEncoder is { } given ? Pretrained.ModelFolder.Find(given, files.Source.CacheFolder)
                : OtherParts.Folder("google-t5/" + t5, files.Source.CacheFolder) ?? OtherParts.Folder(t5, files.Source.CacheFolder);
            if (text5 is null)
            {
                notes.Add($"the text encoder {t5} is neither in these files nor in the cache: its tensors (text_encoder.) are missing in what is "
                    + $"written. Hint: --text-encoder FOLDER, or fetch it into the Hugging Face cache, then convert again");
            }
            else
            {
                Checkpoint encoder = Checkpoint.Open(text5);
                opened.Add(encoder);
                parts.Add((encoder, OtherParts.T5Encoder("text_encoder.")));
            }

            var weights = new CheckpointWeights([.. parts]);
            JsonObject audio = codecConfig(weights);
            JsonObject config = MusicGenSettings.Config(settings, weights, audio, text5 is null ? null
                : JsonFile.Read(Path.Combine(text5, "config.json")), t5);
            // A codec that is not among the parts was opened for its name only.
            foreach (Checkpoint unused in files.Files.Concat(opened).Where(each => !parts.Exists(part => part.Item1 == each)))
                unused.Dispose();
            return new SourceModel
            {
                Layout = Audiocraft.Name,
                Weights = weights,
                Config = config,
                Made = MusicGenSettings.OtherFiles(settings, config, audio),
                Folders = text5 is null ? [files.Source.Folder] : [files.Source.Folder, text5],
                Notes = notes,
            };
        }
        catch
        {
            opened.ForEach(each => each.Dispose());
            throw;
        }
    }

    private static Layout Under(Layout layout, string prefix) => new(layout.Name, entry => layout.Place(entry)?.Under(prefix));

    [GeneratedRegex(@"^(emb|linears)\.(\d+)\.weight$")]
    private static partial Regex Numbered();

    [GeneratedRegex(@"^condition_provider\.conditioners\.(description|self_wav)\.output_proj\.(weight|bias)$")]
    private static partial Regex Projection();

    [GeneratedRegex(@"^transformer\.layers\.(\d+)\.(.+)$")]
    private static partial Regex Layer();
}
