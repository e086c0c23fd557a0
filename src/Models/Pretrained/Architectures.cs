using System.Text.Json;
using Euterpe.Models.Saving;
using Euterpe.Numerics;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Pretrained;

/// <summary>Every kind of model that can be opened: one line each.</summary>
internal static class Architectures
{
    public static IReadOnlyList<Architecture> All { get; } =
    [
        Clap.Clap.Architecture,
        Mert.Mert.MertArchitecture,
        Mert.Mert.HubertArchitecture,
        Mert.Mert.Wav2Vec2Architecture,
        Muq.Muq.Architecture,
        MuqMulan.MuqMulan.Architecture,
        Wav2Vec2Bert.W2vBert.Architecture,
    ];

    private static string Known => string.Join(", ", All.Select(architecture => architecture.Type));

    /// <summary>The kind of a model that is to be opened: from its config.json, else from the names of its tensors.</summary>
    public static Architecture Of(ModelSource source)
    {
        if (KnownLayouts.Of(source) is { } layout)
        {
            return new Architecture(layout.Name)
            {
                Open = layout.Open ?? throw new ModelFileException(
                    $"[models] {source.Weights} is of the layout of {layout.Name}: it can be converted, and not run here. "
                    + $"Hint: euterpe convert {source.Weights} -o FOLDER"),
                Describe = (_, _, report) => report,
            };
        }

        if (source.HasConfig)
        {
            JsonElement config = source.Config().Root;
            return InConfig(config) ?? throw new ModelFileException(config.TryGetProperty("model_type", out JsonElement type)
                ? $"[models] {source.Folder}: config.json says model_type {FileText(type)}, which is not known. Known: {Known}."
                : $"[models] {source.Folder}: config.json has no model_type, and no keys of a model that is known. Known: {Known}.");
        }
        using var checkpoint = Checkpoint.Open(source.Weights);
        return InWeights(checkpoint) ?? throw new ModelFileException(
            $"[models] {source.Weights}: there is no config.json beside the weights, and their names are of no model that is known without one. "
            + "Hint: a model folder of the Hugging Face layout holds config.json and model.safetensors.");
    }

    /// <summary>Null for an unknown kind.</summary>
    public static Architecture? InConfig(JsonElement config) => All.FirstOrDefault(architecture => architecture.InConfig(config));

    /// <summary>Null for an unknown kind.</summary>
    public static Architecture? InWeights(Checkpoint checkpoint) =>
        All.FirstOrDefault(architecture => architecture.InWeights is { } recognises && recognises(checkpoint));

    private static string FileText(JsonElement value) =>
        Numerics.Files.FileText.Shown(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());
}
