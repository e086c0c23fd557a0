using Euterpe.Models;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>Which model to write, where and how.</summary>
/// <param name="Model">A folder or file of a model, or a name that the cache holds.</param>
/// <param name="Folder">Where the model is written; new or empty.</param>
/// <param name="Precision"><c>f32</c>, <c>bf16</c> or <c>f16</c>: in what type floats are saved; null: as they are.</param>
/// <param name="Force">Write over a model that is there.</param>
/// <param name="TextEncoder">Folder or name of the text encoder, where the model's own files only name it; null: what they name, if the cache has it.</param>
public sealed record ConvertOptions(string Model, string Folder, string? Precision = null, bool Force = false, string? TextEncoder = null);

/// <summary>A tensor that was read and not written.</summary>
public sealed record LeftTensor(string Name, string Reason);

/// <summary>What was written.</summary>
/// <param name="Model">What was read.</param>
/// <param name="Folder">Where it was written.</param>
/// <param name="Layout">How the files that were read name and arrange things.</param>
/// <param name="Architecture">What config.json calls it; null where it is not known.</param>
/// <param name="Files">What was written, relative to the folder.</param>
/// <param name="Tensors">How many tensors were written.</param>
/// <param name="Bytes">Of all tensors.</param>
/// <param name="Left">Tensors that were left out, each with the reason.</param>
/// <param name="Notes">What a person should know.</param>
public sealed record ConvertResult(
    string Model, string Folder, string Layout, string? Architecture, IReadOnlyList<string> Files, int Tensors, long Bytes,
    IReadOnlyList<LeftTensor> Left, IReadOnlyList<string> Notes);

/// <summary>A model of any layout that is read, written in Hugging Face's.</summary>
public static class ConvertTask
{
    /// <summary>Reads a model of any known layout and writes config.json, safetensors and the tokenizer as transformers loads them; all files or none.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="progress">Told about each tensor, in megabytes.</param>
    /// <param name="token">Looked at between tensors.</param>
    /// <exception cref="OptionsException">A name is missing, or the precision is not known.</exception>
    public static ConvertResult Run(ConvertOptions options, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        if (options.Model.Length == 0 || options.Folder.Length == 0)
            throw new OptionsException("[convert] A model, and the folder that it is written to, are needed.");
        SavedType type = options.Precision switch
        {
            null => SavedType.Same,
            "f32" => SavedType.F32,
            "bf16" => SavedType.BF16,
            "f16" => SavedType.F16,
            _ => throw new OptionsException($"[convert] The precision is f32, bf16 or f16, and not {options.Precision}."),
        };
        ConversionReport report = ModelConversion.Write(options.Model, options.Folder,
            new ConversionOptions(type, options.Force, TextEncoder: options.TextEncoder), progress is null ? null : new Megabytes(progress), token);
        return new ConvertResult(options.Model, report.Folder, report.Layout, report.Architecture, report.Files, report.Tensors, report.Bytes,
            [.. report.Left.Select(left => new LeftTensor(left.Key, left.Value))], report.Notes);
    }

    private sealed class Megabytes(IProgress<TaskProgress> inner) : IProgress<ConversionProgress>
    {
        public void Report(ConversionProgress value) =>
            inner.Report(new TaskProgress("writing MB", value.Bytes / 1_000_000, Math.Max(1, value.AllBytes / 1_000_000), value.Tensor));
    }
}
