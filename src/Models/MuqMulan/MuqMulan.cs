using System.Globalization;
using Euterpe.Layers;
using Euterpe.Models.Conformer;
using Euterpe.Models.Muq;
using Euterpe.Models.Pretrained;
using Euterpe.Models.Roberta;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors.Files;
using Euterpe.Tokens;

namespace Euterpe.Models.MuqMulan;

/// <summary>How a MuQ-MuLan comes into being: from a folder of the Hugging Face layout, or at random.</summary>
internal static class MuqMulan
{
    // Where the hub keeps what upstream's configuration still names the old way.
    private const string OldTextName = "xlm-roberta-base", NewTextName = "FacebookAI/xlm-roberta-base";

    public static Architecture Architecture { get; } = new("muq-mulan")
    {
        InConfig = MuqMulanConfig.Recognises,
        Open = Open,
        Describe = Describe,
    };

    public static MuqMulanEmbedder Open(ModelSource source)
    {
        MuqMulanConfig config = Config(source);
        string words = Part(source, config.TextName);
        if (!File.Exists(Path.Combine(words, "tokenizer.json")) && !File.Exists(Path.Combine(words, "sentencepiece.bpe.model")))
        {
            throw new ModelFileException(
                $"[muq-mulan] {words}: no tokenizer. Hint: fetch tokenizer.json of {config.TextName} and put it there.");
        }

        CheckpointWeights weights = CheckpointWeights.Open(source.Weights, MuqModel.Rename);
        try
        {
            var model = new MuqMulanModel(config, weights, source.Weights, source.Packing);
            return new MuqMulanEmbedder(source.Name, model, () => Tokenizer.Load(words), weights.Hash, weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>A whole MuQ-MuLan of random weights, small enough for tests and for comparing machines. It takes ids instead of words.</summary>
    public static MuqMulanEmbedder Tiny(ulong seed, Packing packing = Packing.F32)
    {
        MuqConfig audio = Muq.Muq.TinyConfig() with { Target = MuqTarget.RandomProjection, CodebookSize = 32 };
        var text = new RobertaConfig(300, 24, 2, 4, 48, Fused.Gelu, 80, 1, 1e-5f, 1);
        var config = new MuqMulanConfig(MuqConfig.SampleRate, 1, 24, "muq-tiny", audio.Conformer.Layers, "xlm-roberta-tiny", false,
            new MulanTransformerConfig(24, 2, 4, 8, 4), new MulanTransformerConfig(20, 1, 4, 8, 4), audio, text);
        var model = new MuqMulanModel(config, new RandomWeights(seed, jitter: 0.1f), "muq-mulan tiny", packing);
        return new MuqMulanEmbedder("muq-mulan-tiny", model, null, () => $"random-{seed}");
    }

    private static MuqMulanConfig Config(ModelSource source) => MuqMulanConfig.Read(source.Config(), name =>
    {
        string file = Path.Combine(Part(source, name), ModelSource.ConfigName);
        return ConfigObject.Open(file);
    });

    /// <summary>
    /// Where configuration and tokenizer of a named part lie; its weights are in the model's own file. A folder of that name, or of its last name,
    /// beside config.json; else Hugging Face's cache.
    /// </summary>
    private static string Part(ModelSource source, string name)
    {
        bool plain = name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.')
            && !name.StartsWith('/') && !name.Contains("..", StringComparison.Ordinal);
        if (plain)
        {
            foreach (string folder in (string[])[source.In(name), source.In(name[(name.LastIndexOf('/') + 1)..])])
            {
                if (File.Exists(Path.Combine(folder, ModelSource.ConfigName)))
                    return folder;
            }

            foreach (string alias in name == OldTextName ? (string[])[name, NewTextName] : [name])
            {
                try
                {
                    string folder = ModelFolder.Find(alias, source.CacheFolder);
                    if (File.Exists(Path.Combine(folder, ModelSource.ConfigName)))
                        return folder;
                }
                catch (ModelFileException)
                {
                    // The next place, then one error for all of them.
                }
            }
        }

        string last = name[(name.LastIndexOf('/') + 1)..];
        throw new ModelFileException(
            $"[muq-mulan] {source.Folder}: config.json names {FileText.Shown(name)} as a part, whose config.json is neither in a folder "
            + $"{FileText.Shown(last)} here nor in the cache. Hint: fetch config.json (and for words tokenizer.json) of it into that folder; "
            + "its weights are in the model's own file.");
    }

    private static ModelReport Describe(ModelSource source, Checkpoint checkpoint, ModelReport report)
    {
        MuqMulanConfig config = Config(source);
        var model = new MuqMulanModel(config, new CheckpointWeights(checkpoint, MuqModel.Rename), source.Weights, Packing.F32);
        ConformerConfig conformer = config.Audio.Conformer;
        return report with
        {
            Parameters = model.Listed.Sum(each => each.Shape.Count),
            Abilities = ["embed sounds", "embed words", "search by words", "zero-shot scores"],
            Facts =
            [
                new("audio tower", string.Create(CultureInfo.InvariantCulture,
                    $"MuQ, {conformer.Layers} layers of {conformer.HiddenSize}, then {config.AudioTop.Depth} of {config.AudioTop.Dim}")),
                new("text tower", string.Create(CultureInfo.InvariantCulture,
                    $"XLM-RoBERTa, {config.Text.NumHiddenLayers} layers of {config.Text.HiddenSize}, {config.Text.VocabSize} tokens, "
                    + $"then {config.TextTop.Depth} of {config.TextTop.Dim}")),
                new("clips", string.Create(CultureInfo.InvariantCulture, $"{config.ClipSeconds} s")),
                new("dimension", config.Dimension.ToString(CultureInfo.InvariantCulture)),
            ],
            Notes = config.Unread.Count == 0 ? [] : ["keys of the configurations that are not read: " + string.Join(", ", config.Unread)],
        };
    }
}
