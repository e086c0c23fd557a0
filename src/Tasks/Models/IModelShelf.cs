using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Search;

namespace Euterpe.Tasks;

/// <summary>Where tasks get their models.</summary>
public interface IModelShelf
{
    /// <summary>The embedder of a new catalogue.</summary>
    string DefaultEmbedder { get; }

    /// <summary>Opens a model.</summary>
    /// <exception cref="ModelFileException">There is no such model, or its files are not what they should be.</exception>
    OpenModel Open(ModelChoice choice, CancellationToken token = default);

    /// <summary>One line that names models which understand words, for an error's hint.</summary>
    string UnderstandingWords { get; }
}

/// <summary>Which model is meant.</summary>
/// <param name="Name">A name or a folder; null: the default.</param>
/// <param name="Precision"><c>f32</c> or <c>bf16</c>: how weights are held; null: <c>f32</c>.</param>
/// <param name="Frames">
/// Layers and windows of a model of frames, as <see cref="FrameOptions"/> are written: <c>layer=7 window=10 margin=1</c>; null for what the catalogue has, else the defaults.
/// </param>
public sealed record ModelChoice(string? Name = null, string? Precision = null, string? Frames = null)
{
    /// <summary>This choice, or the catalogue's where no model is named; what is said of layers and windows comes on top.</summary>
    internal ModelChoice Or(EmbedderChoice? kept) => Name is not null || kept is null ? this
        : new ModelChoice(kept.Model, Precision ?? kept.Precision, $"{kept.Frames} {Frames}".Trim());
}

/// <summary>A model ready for work, with what it can do; null where it cannot.</summary>
/// <param name="Reference">The name or full folder that opens it again.</param>
/// <param name="Precision">How its weights are held.</param>
public sealed record OpenModel(string Reference, string Precision, IAudioEmbedder? Sound, ITextEmbedder? Words) : IDisposable
{
    /// <summary>Null where it has no hidden states for each frame of a sound. It is ended with the others.</summary>
    public IFrameEncoder? States { get; init; }

    /// <summary>How well words fit a sound, on the scale that the model has learned; null where it has learned none. It is ended with the others.</summary>
    public IZeroShotScorer? Scorer { get; init; }

    /// <summary>Layers and windows, as <see cref="FrameOptions"/> are written; empty for the defaults.</summary>
    public string Frames { get; init; } = "";

    /// <summary>Ends all that it can do.</summary>
    public void Dispose()
    {
        Sound?.Dispose();
        if (!ReferenceEquals(Sound, Words))
            Words?.Dispose();
        if (!ReferenceEquals(Sound, States))
            States?.Dispose();
    }

    internal EmbedderChoice Choice => new(Reference, SoundOrThrow().CompatibilityKey, SoundOrThrow().Dimension, Precision, Frames);

    internal IAudioEmbedder SoundOrThrow() =>
        Sound ?? throw new ModelFileException($"[model] {Reference} does not embed sound. Hint: euterpe show {Reference} tells what it can do.");
}
