using System.Text.Json.Nodes;
using Euterpe.Layers;
using Euterpe.Models.Pretrained;
using Euterpe.Numerics.Files;
using Euterpe.Tensors.Files;

namespace Euterpe.Models.Saving;

/// <summary>A model of any layout that can be read, under Hugging Face's names and with Hugging Face's configuration.</summary>
internal sealed record SourceModel : IDisposable
{
    /// <summary>How its files name and arrange things: "LAION CLAP".</summary>
    public required string Layout { get; init; }

    /// <summary>Disposed with it.</summary>
    public required CheckpointWeights Weights { get; init; }

    /// <summary>config.json; null where the architecture is not known.</summary>
    public JsonObject? Config { get; init; }

    /// <summary>JSON files that the model's own project does not write, by name.</summary>
    public IReadOnlyDictionary<string, JsonObject> Made { get; init; } = new Dictionary<string, JsonObject>();

    /// <summary>Folders whose tokenizer, preprocessor and generation files belong to the model; the first that has a file gives it.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>Buffers that transformers saves and the file lacks.</summary>
    public IReadOnlyList<MadeTensor> Buffers { get; init; } = [];

    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>model_type of the configuration; null where there is none.</summary>
    public string? Architecture => (Config?["model_type"] as JsonValue)?.TryGetValue(out string? type) == true ? type : null;

    public void Dispose() => Weights.Dispose();
}

/// <summary>A small tensor that no file holds: counted positions, zeros.</summary>
internal sealed record MadeTensor(string Name, StoredType Type, long[] Shape, byte[] Bytes);

/// <summary>The files of a model whose layout is known, opened.</summary>
/// <param name="Source">Where it lies.</param>
/// <param name="Files">Their checkpoints, by path in order.</param>
/// <param name="TextEncoder">A folder or name of the text encoder, where the model's own files only name it; null: as they name it.</param>
internal sealed record LayoutFiles(ModelSource Source, IReadOnlyList<Checkpoint> Files, string? TextEncoder = null);

/// <summary>The layout of another project's files: how they are recognised, and what they are under Hugging Face's names.</summary>
/// <param name="Name">For people: "LAION CLAP".</param>
/// <param name="Recognises">Whether a file's names are of it.</param>
/// <param name="Read">Takes the checkpoints over: they are disposed with the result.</param>
internal sealed record KnownLayout(string Name, Func<Checkpoint, bool> Recognises, Func<LayoutFiles, SourceModel> Read)
{
    /// <summary>Opens it as what it can do; null for a model that cannot be run here.</summary>
    public Func<ModelSource, IDisposable>? Open { get; init; }

    /// <summary>Fills in abilities and facts.</summary>
    public Func<SourceModel, ModelReport, ModelReport>? Describe { get; init; }

    /// <summary>Whether one model may lie in several files of this layout.</summary>
    public bool Several { get; init; }

    /// <summary>Whether a file without tensors may belong to a model of this layout.</summary>
    public Func<Checkpoint, bool> Belongs { get; init; } = _ => false;
}
