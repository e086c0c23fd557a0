using Euterpe.Models;
using Euterpe.Models.Signature;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>The models of this program: the built-in ones, and folders of published checkpoints.</summary>
public sealed class ModelShelf : IModelShelf
{
    /// <summary>The embedder that needs no download.</summary>
    public const string BuiltIn = "signature";

    private ModelShelf()
    {
    }

    /// <summary>The only one.</summary>
    public static ModelShelf Shared { get; } = new();

    /// <inheritdoc/>
    public string DefaultEmbedder => BuiltIn;

    /// <inheritdoc/>
    public string UnderstandingWords => "checkpoints of CLAP and MuQ-MuLan, such as laion/clap-htsat-unfused (a folder, or in the Hugging Face cache)";

    /// <inheritdoc/>
    public OpenModel Open(ModelChoice choice, CancellationToken token = default)
    {
        string name = choice.Name ?? DefaultEmbedder;
        Precision precision = choice.Precision switch
        {
            null or "f32" => Precision.F32,
            "bf16" => Precision.BF16,
            _ => throw new OptionsException($"[model] The precision is f32 or bf16, and not {choice.Precision}."),
        };
        FrameOptions? frames = string.IsNullOrWhiteSpace(choice.Frames) ? null : FrameOptions.Parse(choice.Frames);
        token.ThrowIfCancellationRequested();
        bool folder = Directory.Exists(name);
        if (name == BuiltIn && !folder)
            return Signature(precision, frames);
        PretrainedModel model = PretrainedModel.Open(name, new PretrainedOptions(precision, Frames: frames));
        return new OpenModel(folder ? Path.GetFullPath(name) : name, precision == Precision.BF16 ? "bf16" : "f32", model.Audio, model.Text)
        {
            States = model.Frames,
            Scorer = model.ZeroShot,
            Frames = frames?.ToString() ?? "",
        };
    }

    private static OpenModel Signature(Precision precision, FrameOptions? frames) => frames is not null
        ? throw new OptionsException($"[model] {BuiltIn} has no layers and frames to choose. Hint: leave the layer and the window out.")
        : precision == Precision.F32 ? new OpenModel(BuiltIn, "f32", new SignatureEmbedder(), null)
        : throw new OptionsException($"[model] {BuiltIn} has no weights to hold in bf16. Hint: leave the precision out.");
}
