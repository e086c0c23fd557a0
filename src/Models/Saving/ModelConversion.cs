using Euterpe.Models.Pretrained;
using Euterpe.Models.Saving;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models;

/// <summary>In what type weights are saved.</summary>
public enum SavedType
{
    /// <summary>As the file has them.</summary>
    Same,

    /// <summary>32-bit floats.</summary>
    F32,

    /// <summary>Rounded to nearest even.</summary>
    BF16,

    /// <summary>Rounded to nearest even; beyond 65,504 infinite.</summary>
    F16,
}

/// <summary>How a model is written.</summary>
/// <param name="Type">In what type floats are saved; integers stay.</param>
/// <param name="Force">Write over a model that is there.</param>
/// <param name="LargestShardBytes">A file of weights grows no larger, unless one tensor is.</param>
/// <param name="TextEncoder">Folder or name of the text encoder, where the model's own files only name it (audiocraft's MusicGen).</param>
/// <param name="CacheFolder">Where names are looked up; null for Hugging Face's own cache.</param>
public sealed record ConversionOptions(
    SavedType Type = SavedType.Same, bool Force = false, long LargestShardBytes = ConversionOptions.UsualShardBytes, string? TextEncoder = null,
    string? CacheFolder = null)
{
    /// <summary>5 GB, as transformers does.</summary>
    public const long UsualShardBytes = 5_000_000_000;
}

/// <summary>How far writing is.</summary>
public readonly record struct ConversionProgress(long Bytes, long AllBytes, string Tensor);

/// <summary>What was written.</summary>
/// <param name="Folder">Where it was written.</param>
/// <param name="Layout">How the files that were read name and arrange things.</param>
/// <param name="Architecture">model_type; null where it is not known.</param>
/// <param name="Files">What was written, relative to the folder.</param>
/// <param name="Tensors">How many tensors were written.</param>
/// <param name="Bytes">Of all tensors.</param>
/// <param name="Left">Names of the files that were left out, with the reason.</param>
/// <param name="Notes">What a person should know.</param>
public sealed record ConversionReport(
    string Folder, string Layout, string? Architecture, IReadOnlyList<string> Files, int Tensors, long Bytes,
    IReadOnlyList<KeyValuePair<string, string>> Left, IReadOnlyList<string> Notes);

/// <summary>A model of any layout that is read, written as Hugging Face's libraries load it.</summary>
public static class ModelConversion
{
    /// <param name="nameOrPath">A folder or file of a model, or a name that the cache holds.</param>
    /// <param name="folder">A new or empty folder; its parents are made.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="progress">Told after each tensor.</param>
    /// <param name="token">Stops it; nothing is left half-written.</param>
    /// <exception cref="ModelFileException">It is no model, it has tensors that its layout does not know, or the folder is not empty.</exception>
    public static ConversionReport Write(
        string nameOrPath, string folder, ConversionOptions? options = null, IProgress<ConversionProgress>? progress = null, CancellationToken token = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        options ??= new ConversionOptions();
        var source = ModelSource.Find(nameOrPath, cache: options.CacheFolder);
        using SourceModel model = KnownLayouts.Read(source, options.TextEncoder);
        if (model.Weights.Unknown.Count > 0)
        {
            throw new ModelFileException($"[convert] {nameOrPath}: {model.Weights.Unknown.Count} tensors are not known in the layout of {model.Layout}: "
                + $"{string.Join(", ", model.Weights.Unknown.Take(5).Select(name => FileText.Shown(name)))}{(model.Weights.Unknown.Count > 5 ? " ..." : "")}.");
        }

        StoredType? type = options.Type switch
        {
            SavedType.F32 => StoredType.F32,
            SavedType.BF16 => StoredType.BF16,
            SavedType.F16 => StoredType.F16,
            _ => null,
        };
        HashSet<string> tied = TiedNames.Of(model.Architecture, model.Weights);
        (IReadOnlyList<string> files, long bytes) = new FolderWriter(model, type, options.LargestShardBytes, progress, token).Write(folder, options.Force);
        return new ConversionReport(Path.GetFullPath(folder), model.Layout, model.Architecture, files,
            model.Weights.Tensors.Count() - tied.Count + model.Buffers.Count, bytes,
            [.. model.Weights.Left, .. tied.Select(name => new KeyValuePair<string, string>(name, "a second name, which loading ties again"))], model.Notes);
    }
}
