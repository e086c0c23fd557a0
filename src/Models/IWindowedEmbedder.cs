using Euterpe.Signals;

namespace Euterpe.Models;

/// <summary>An embedder that hears a long sound window by window, and can tell what each window is like.</summary>
public interface IWindowedEmbedder : IAudioEmbedder
{
    /// <summary>How a sound of any length is cut, in one printable line; part of the compatibility key.</summary>
    string WindowRule { get; }

    /// <summary>The vector that <see cref="IAudioEmbedder.Embed(Euterpe.Signals.IFrameSource, System.Threading.CancellationToken)"/> gives, and those of the windows it is the mean of.</summary>
    EmbeddedSound EmbedWindows(IFrameSource source, CancellationToken token = default);

    /// <summary>Several whole sounds that are already mono and at <see cref="IAudioEmbedder.SampleRate"/>: each the same bits as alone.</summary>
    float[][] Embed(IReadOnlyList<ReadOnlyMemory<float>> waves, CancellationToken token = default);
}

/// <summary>The vector of a sound, and what it was made of.</summary>
/// <param name="Vector">Norm 1.</param>
/// <param name="Windows">In order of time; at least one.</param>
public sealed record EmbeddedSound(float[] Vector, IReadOnlyList<EmbeddedWindow> Windows);

/// <summary>The vector of one window of a sound, norm 1.</summary>
/// <param name="StartSeconds">Where the window begins in the sound.</param>
/// <param name="LengthSeconds">How much of the sound it covers; a sound shorter than a window is covered whole.</param>
/// <param name="Vector">Norm 1.</param>
public sealed record EmbeddedWindow(double StartSeconds, double LengthSeconds, float[] Vector);
