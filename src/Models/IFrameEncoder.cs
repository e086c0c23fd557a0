using Euterpe.Signals;

namespace Euterpe.Models;

/// <summary>
/// A network that says something about each short moment of a sound, at every layer: what probes and embeddings are made of.
/// It serves several threads at once; every result is a pure function of the samples.
/// </summary>
public interface IFrameEncoder : IDisposable
{
    /// <summary>The rate at which the model hears, in hertz.</summary>
    int SampleRate { get; }

    /// <summary>Frames per second.</summary>
    double FrameRate { get; }

    /// <summary>How many hidden states there are: number 0 enters the first block, the highest number leaves the last.</summary>
    int Layers { get; }

    /// <summary>Numbers per frame.</summary>
    int Dimension { get; }

    /// <summary>How many frames one pass over so many samples gives; 0 where they are fewer than one frame hears.</summary>
    long Frames(long samples);

    /// <summary>
    /// Whole sounds in one pass each, mono at <see cref="SampleRate"/>; those of one length travel together, each with the same bits as alone.
    /// A sound that is shorter than one frame hears is filled up with silence to one frame. Attention looks at all pairs of frames: for minutes of
    /// sound there is <see cref="EncodeWindows"/>.
    /// </summary>
    /// <param name="waves">None of them empty.</param>
    /// <param name="layers">Which hidden states, from 0 on; null for all. Nothing behind the highest is computed.</param>
    /// <param name="token">Looked at within each product.</param>
    HiddenStates[] Encode(IReadOnlyList<ReadOnlyMemory<float>> waves, IReadOnlyList<int>? layers = null, CancellationToken token = default);

    /// <summary>
    /// A sound of any length, window by window with bounded memory: each frame is given once, in order, and there are as many as in one pass. A source
    /// of another rate is resampled, several channels are mixed to one.
    /// </summary>
    /// <param name="source">Read to its end.</param>
    /// <param name="layers">Which hidden states; null for all.</param>
    /// <param name="take">Gets the frames of one window after the other.</param>
    /// <param name="token">Looked at within each product.</param>
    /// <returns>The number of frames.</returns>
    long EncodeWindows(IFrameSource source, IReadOnlyList<int>? layers, Action<HiddenStates> take, CancellationToken token = default);
}

/// <summary>Hidden states of successive frames: for each layer that was asked for, [frames, dimension].</summary>
public sealed class HiddenStates
{
    private readonly float[][] values;

    /// <param name="firstFrame">Where in the sound the first of these frames stands.</param>
    /// <param name="frames">How many.</param>
    /// <param name="dimension">Numbers per frame.</param>
    /// <param name="layers">The numbers of the hidden states, ascending.</param>
    /// <param name="values">One [frames, dimension] for each.</param>
    public HiddenStates(long firstFrame, int frames, int dimension, IReadOnlyList<int> layers, float[][] values)
    {
        (FirstFrame, Frames, Dimension, Layers, this.values) = (firstFrame, frames, dimension, layers, values);
    }

    /// <summary>Where in the sound the first of these frames stands, from 0.</summary>
    public long FirstFrame { get; }

    /// <summary>How many frames are here.</summary>
    public int Frames { get; }

    /// <summary>Numbers per frame.</summary>
    public int Dimension { get; }

    /// <summary>Which hidden states are here, ascending.</summary>
    public IReadOnlyList<int> Layers { get; }

    /// <summary>[frames, dimension] of one hidden state.</summary>
    public ReadOnlySpan<float> Layer(int layer)
    {
        for (int i = 0; i < Layers.Count; i++)
        {
            if (Layers[i] == layer)
                return values[i];
        }

        throw new ArgumentOutOfRangeException(nameof(layer), layer, $"[frames] Only the hidden states {string.Join(", ", Layers)} were asked for.");
    }
}
