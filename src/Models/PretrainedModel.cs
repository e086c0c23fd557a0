using Euterpe.Layers;
using Euterpe.Models.Pretrained;
using Euterpe.Numerics;

namespace Euterpe.Models;

/// <summary>How weights are held.</summary>
public enum Precision
{
    /// <summary>As 32-bit floats: agrees with upstream to rounding.</summary>
    F32,

    /// <summary>Matrices rounded to bf16: half the memory; docs/models says how far results move.</summary>
    BF16,
}

/// <summary>How a model is opened.</summary>
/// <param name="Precision">How weights are held. The default follows no file: f32 everywhere.</param>
/// <param name="CacheFolder">Where names are looked up; null for Hugging Face's own cache (HF_HOME).</param>
/// <param name="Frames">Layers and windows of a model that makes its vectors of frames; null for the defaults, and for any other model.</param>
public sealed record PretrainedOptions(Precision Precision = Precision.F32, string? CacheFolder = null, FrameOptions? Frames = null);

/// <summary>A model that somebody has trained, and what it can do.</summary>
public sealed class PretrainedModel : IDisposable
{
    private readonly IDisposable owner;

    private PretrainedModel(string name, string architecture, IDisposable model)
    {
        (Name, Architecture, owner) = (name, architecture, model);
        (Audio, Text, ZeroShot) = (model as IAudioEmbedder, model as ITextEmbedder, model as IZeroShotScorer);
        Frames = model as IFrameEncoder;
    }

    /// <summary>The folder's name, or what was asked for.</summary>
    public string Name { get; }

    /// <summary>What kind of model it is: model_type of config.json where there is one.</summary>
    public string Architecture { get; }

    /// <summary>Null if it does not turn sounds into vectors.</summary>
    public IAudioEmbedder? Audio { get; }

    /// <summary>Null if it does not turn words into vectors of the same space.</summary>
    public ITextEmbedder? Text { get; }

    /// <summary>Null if it has no hidden states for each frame of a sound.</summary>
    public IFrameEncoder? Frames { get; }

    /// <summary>Null if it cannot say how well words fit a sound.</summary>
    public IZeroShotScorer? ZeroShot { get; }

    /// <summary>
    /// Opens a model folder of the Hugging Face layout, or a file of an original layout that says by itself what it is. Every missing, unexpected and misshaped tensor comes in one error; values are read when first
    /// used.
    /// </summary>
    /// <param name="nameOrFolder">A folder, a file, or a name (<c>laion/clap-htsat-unfused</c>) that the cache holds.</param>
    /// <param name="options">Null for the defaults.</param>
    public static PretrainedModel Open(string nameOrFolder, PretrainedOptions? options = null)
    {
        options ??= new PretrainedOptions();
        Packing packing = options.Precision == Precision.BF16 ? Packing.BF16 : Packing.F32;
        ModelSource source = ModelSource.Find(nameOrFolder, packing, options.CacheFolder) with { Frames = options.Frames };
        Architecture architecture = Architectures.Of(source);
        var model = new PretrainedModel(source.Name, architecture.Type, architecture.Open(source));
        if (options.Frames is null || model.Frames is not null)
            return model;
        model.Dispose();
        throw new OptionsException($"[models] {source.Name} is of the kind {architecture.Type}, which has no layers and frames to choose. "
            + "Hint: leave the layer and the window out.");
    }

    /// <summary>
    /// What a model folder, a name that the cache holds, or a single weight file is; nothing is computed, and a file that must not be trusted is refused.
    /// </summary>
    public static ModelReport Inspect(string nameOrPath, PretrainedOptions? options = null) => ModelReport.Of(nameOrPath, options?.CacheFolder);

    /// <summary>Gives the weights back. Nothing may be embedded afterwards.</summary>
    public void Dispose() => owner.Dispose();
}
