using Euterpe.Models;
using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>Where tasks get their models.</summary>
public interface IModelShelf
{
    /// <summary>The embedder of a new catalogue.</summary>
    string DefaultEmbedder { get; }

    /// <summary>Opens a model by its name or its folder.</summary>
    /// <exception cref="OptionsException">There is no such model.</exception>
    OpenModel Open(string nameOrFolder, CancellationToken token = default);

    /// <summary>One line that names models which understand words, for an error's hint.</summary>
    string UnderstandingWords { get; }
}

/// <summary>A model ready for work, with what it can do; null where it cannot.</summary>
/// <param name="Reference">The name or full folder that opens it again.</param>
public sealed record OpenModel(string Reference, IAudioEmbedder? Sound, ITextEmbedder? Words) : IDisposable
{
    public void Dispose()
    {
        Sound?.Dispose();
        if (!ReferenceEquals(Sound, Words))
            Words?.Dispose();
    }

    internal IAudioEmbedder SoundOrThrow() =>
        Sound ?? throw new OptionsException($"[model] {Reference} does not embed sound. Hint: euterpe show {Reference} tells what it can do.");
}
