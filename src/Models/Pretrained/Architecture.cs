using System.Text.Json;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Pretrained;

/// <summary>One kind of model: how it is recognised, opened and described. All of them stand in <see cref="Architectures.All"/>.</summary>
/// <param name="Type">Its name; model_type of config.json where upstream writes one.</param>
internal sealed record Architecture(string Type)
{
    /// <summary>Whether a config.json is of this kind: by its model_type, else by the keys that upstream writes.</summary>
    public Func<JsonElement, bool> InConfig { get; init; } = config =>
        config.TryGetProperty("model_type", out JsonElement type) && type.ValueKind == JsonValueKind.String && type.GetString() == Type;

    /// <summary>Whether weights without a config.json are of this kind (the layouts of original repositories); null where they never are.</summary>
    public Func<Checkpoint, bool>? InWeights { get; init; }

    /// <summary>Opens it: an object with the capabilities it has (<see cref="IAudioEmbedder"/> ...), disposed by its owner.</summary>
    public required Func<ModelSource, IDisposable> Open { get; init; }

    /// <summary>Fills in parameters, abilities, facts and notes, without touching a weight; throws what opening would throw.</summary>
    public required Func<ModelSource, Checkpoint, ModelReport, ModelReport> Describe { get; init; }
}
