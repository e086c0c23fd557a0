using Euterpe.Layers;
using Euterpe.Models.Windows;
using Euterpe.Tensors;

namespace Euterpe.Models.Muq;

/// <summary>A MuQ as a frame network: one frame is a token.</summary>
internal sealed class MuqNetwork(MuqModel model, Func<string> weightsHash, IDisposable? source = null) : IFrameNetwork
{
    /// <summary>Hand-kept: it changes when the bits from the mel to hidden states do.</summary>
    public const int Revision = 2;

    public MuqModel Model => model;

    public string Architecture => "muq";

    public int SampleRate => MuqConfig.SampleRate;

    /// <summary>A token begins with a mel frame, and mel frames with a hop of sound.</summary>
    public FrameGrid Grid => new(model.Config.Samples, model.Config.HopLength);

    public int Layers => model.Config.Conformer.Layers + 1;

    public int Dimension => model.Config.Conformer.HiddenSize;

    public Packing Packing => model.Packing;

    public int FrontEndRevision => MuqFrontEnd.Revision;

    public int NetworkRevision => Revision;

    public string WeightsHash() => weightsHash();

    public void Run(Workspace w, IReadOnlyList<ReadOnlyMemory<float>> waves, bool[] wanted, Action<int, Tensor> take)
    {
        Tensor[] features = [.. waves.Select(wave => model.FrontEnd.Features(w, wave.Span))];
        IReadOnlyList<Tensor> states = model.Encoder.States(w, features, Array.LastIndexOf(wanted, true));
        for (int layer = 0; layer < states.Count; layer++)
        {
            if (wanted[layer])
                take(layer, states[layer].Reshape(waves.Count, -1, Dimension));
        }
    }

    public void Dispose() => source?.Dispose();
}
