using Euterpe.Layers;
using Euterpe.Tensors;

namespace Euterpe.Models.Windows;

/// <summary>
/// What a model brings so that <see cref="FrameEmbedder"/> can make an encoder and an embedder of it: its grid, and one pass over sounds of one
/// length. Several threads may run it at once, each with a workspace of its own.
/// </summary>
internal interface IFrameNetwork : IDisposable
{
    /// <summary>The model's part of the compatibility key: <c>mert</c>, <c>hubert</c>, <c>muq</c>.</summary>
    string Architecture { get; }

    int SampleRate { get; }

    FrameGrid Grid { get; }

    /// <summary>How many hidden states there are.</summary>
    int Layers { get; }

    int Dimension { get; }

    Packing Packing { get; }

    /// <summary>Hand-kept: it changes when the bits from samples to features do.</summary>
    int FrontEndRevision { get; }

    /// <summary>Hand-kept: it changes when the bits from features to hidden states do.</summary>
    int NetworkRevision { get; }

    /// <summary>SHA-256 of the weights.</summary>
    string WeightsHash();

    /// <summary>
    /// One pass over sounds of one length, none shorter than <see cref="FrameGrid.Field"/>; each gives the same bits as alone. Hands over each hidden
    /// state that is wanted, [batch, frames, dimension], in ascending order; the tensor may end when the call returns. Blocks behind the
    /// last wanted one are not computed.
    /// </summary>
    void Run(Workspace w, IReadOnlyList<ReadOnlyMemory<float>> waves, bool[] wanted, Action<int, Tensor> take);
}
