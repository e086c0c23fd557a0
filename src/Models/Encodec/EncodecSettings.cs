using System.Text.Json.Nodes;
using Euterpe.Models.Saving;
using Euterpe.Numerics;

namespace Euterpe.Models.Encodec;

/// <summary>What shapes cannot tell of an EnCodec; null where nothing says it.</summary>
internal sealed record EncodecSettings
{
    public int? SampleRate { get; init; }

    public bool? Causal { get; init; }

    public bool? Normalize { get; init; }

    /// <summary>Seconds of a chunk; null: a sound is coded whole.</summary>
    public double? Segment { get; init; }

    public double? Overlap { get; init; }

    public double[]? Bandwidths { get; init; }

    public int? DilationGrowth { get; init; }

    public string? PadMode { get; init; }

    public double? TrimRight { get; init; }

    /// <summary>Whether only the bandwidth of all quantisers is of use.</summary>
    public bool AllQuantizers { get; init; }

    public static EncodecSettings Beside(LayoutFiles files)
    {
        if (files.Files[0].Tree?["xp.cfg"]?.AsText is string settings)
            return OfAudiocraft(Yaml.Parse(settings, Path.GetFileName(files.Files[0].Path)));
        return files.Source.Has("options.json") ? OfOptions(files.Source.In("options.json")) : new EncodecSettings();
    }

    /// <summary>
    /// xp.cfg of audiocraft: sample_rate, seanet (causal, dilation_base, pad_mode, decoder.trim_right_ratio), encodec (causal, renormalize).
    /// </summary>
    public static EncodecSettings OfAudiocraft(Yaml config)
    {
        Yaml? network = config["seanet"], codec = config[config["compression_model"]?.Text ?? "encodec"];
        if (config["encodec"]?["autoencoder"]?.Text is { } encoder && encoder != "seanet")
            throw new ModelFileException($"[encodec] xp.cfg: the autoencoder {encoder} is not known; seanet is.");
        return new EncodecSettings
        {
            SampleRate = (int?)(codec?["sample_rate"]?.Number ?? config["sample_rate"]?.Number),
            Causal = network?["causal"]?.Flag ?? codec?["causal"]?.Flag,
            Normalize = codec?["renormalize"]?.Flag,
            DilationGrowth = (int?)network?["dilation_base"]?.Number,
            PadMode = network?["pad_mode"]?.Text,
            TrimRight = network?["decoder"]?["trim_right_ratio"]?.Number,
            AllQuantizers = true,
        };
    }

    private static EncodecSettings OfOptions(string path)
    {
        JsonObject json = JsonFile.Read(path);
        return new EncodecSettings
        {
            SampleRate = (int?)JsonFile.Number(json, "sample_rate"),
            Causal = JsonFile.Flag(json, "causal"),
            Normalize = JsonFile.Flag(json, "normalize"),
            Segment = JsonFile.Number(json, "segment"),
            Overlap = JsonFile.Number(json, "overlap"),
            Bandwidths = json["target_bandwidths"] is JsonArray list
                ? [.. list.Select(each => JsonFile.Number(each) ?? 0)] : null,
        };
    }
}
