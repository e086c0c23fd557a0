using Euterpe.Models.Segments;
using Euterpe.Signals;

namespace Euterpe.Models;

/// <summary>What every embedder says about itself. Vectors may be compared only if their <see cref="CompatibilityKey"/>s are equal.</summary>
public interface IEmbedder : IDisposable
{
    /// <summary>The name by which a person asks for it: <c>signature</c>, a catalogue name or a folder's name.</summary>
    string Name { get; }

    /// <summary>Numbers per vector.</summary>
    int Dimension { get; }

    /// <summary>
    /// Model, SHA-256 of the weights, window rule and the hand-kept revision of each stage (front end, numerics, model), as one printable line.
    /// It is the same for the text and the sound of one model when they share a space.
    /// </summary>
    string CompatibilityKey { get; }

    /// <summary>The hand-kept revision of this embedder's stages: it changes when its bits do.</summary>
    string Revision { get; }
}

/// <summary>
/// Sound to a vector. An embedder serves several threads at once; the result is a pure function of the samples.
/// </summary>
public interface IAudioEmbedder : IEmbedder
{
    /// <summary>The rate at which the model hears, in hertz. Sources of another rate are resampled, and several channels mixed to one, by the embedder.</summary>
    int SampleRate { get; }

    /// <summary>How many sounds at once it makes use of for each compute thread: 2 where windows of several sounds go through a network together.</summary>
    int CallersPerThread => 1;

    /// <summary>
    /// Reads <paramref name="source"/> to its end with bounded memory, under the model's own window policy, and returns one vector of unit length
    /// (<see cref="IEmbedder.Dimension"/> numbers). A source without a single frame is a <see cref="ArgumentException"/>.
    /// </summary>
    float[] Embed(IFrameSource source, CancellationToken token = default);

    /// <summary>
    /// The vector of a sound and those of its segments, in one pass with bounded memory. The vector of a segment is, to the bit, what <see cref="Embed(IFrameSource, CancellationToken)"/>
    /// gives for a sound that holds only these samples.
    /// </summary>
    /// <param name="source">Read to its end. One without a single frame is an <see cref="ArgumentException"/>.</param>
    /// <param name="rule">How it is cut.</param>
    /// <param name="whole">False: only the segments are wanted.</param>
    /// <param name="token">Looked at within and between segments.</param>
    SegmentedSound Embed(IFrameSource source, SegmentRule rule, bool whole = true, CancellationToken token = default) =>
        SegmentEmbedding.Run(this, source, rule, whole, token);
}

/// <summary>Words to a vector of unit length, in the space of the same model's sounds.</summary>
public interface ITextEmbedder : IEmbedder
{
    /// <summary>The vector of a text, <see cref="IEmbedder.Dimension"/> numbers of unit length.</summary>
    float[] Embed(string text, CancellationToken token = default);

    /// <summary>Several texts, each the same bits as alone; a model may be faster than one by one.</summary>
    float[][] Embed(IReadOnlyList<string> texts, CancellationToken token = default) => [.. texts.Select(text => Embed(text, token))];

    /// <summary>How much of a text is heard: a model reads a limited number of tokens, and what is behind them changes nothing.</summary>
    TextReach Reach(string text);
}

/// <summary>How much of a text a model reads.</summary>
/// <param name="Tokens">What the text is in tokens, begin and end marks among them.</param>
/// <param name="Read">The most that the model reads.</param>
public readonly record struct TextReach(int Tokens, int Read)
{
    /// <summary>Whether all of the text is read.</summary>
    public bool IsWhole => Tokens <= Read;
}
