using Euterpe.Layers;
using Euterpe.Models.Windows;
using Euterpe.Tensors;

namespace Euterpe.Models.Wav2Vec2Bert;

/// <summary>A Wav2Vec2-BERT as a frame network: one frame is a stack of mel frames. Values are read when it first runs.</summary>
internal sealed class W2vBertNetwork(
    W2vBertConfig config, W2vBertPreprocessor preprocessor, Func<W2vBertModel> load, Packing packing, Func<string> weightsHash,
    IDisposable? source = null)
    : IFrameNetwork
{
    /// <summary>Hand-kept: it changes when the bits from features to hidden states do.</summary>
    public const int Revision = 1;

    private readonly Lazy<W2vBertModel> model = new(load);

    public W2vBertConfig Config => config;

    public W2vBertPreprocessor Preprocessor => preprocessor;

    public W2vBertModel Model => model.Value;

    public string Architecture => "wav2vec2-bert";

    public int SampleRate => preprocessor.SamplingRate;

    public FrameGrid Grid => new(
        W2vBertPreprocessor.HopSamples * preprocessor.Stride,
        W2vBertPreprocessor.FrameSamples + ((preprocessor.Stride - 1) * W2vBertPreprocessor.HopSamples));

    public int Layers => config.Conformer.Layers + 1;

    public int Dimension => config.Conformer.HiddenSize;

    public Packing Packing => packing;

    public int FrontEndRevision => W2vBertPreprocessor.Revision;

    public int NetworkRevision => Revision;

    public string WeightsHash() => weightsHash();

    public void Run(Workspace w, IReadOnlyList<ReadOnlyMemory<float>> waves, bool[] wanted, Action<int, Tensor> take)
    {
        Tensor features = Operations.Cat(w, 0, [.. waves.Select(wave => preprocessor.Features(w, wave.Span))]);
        IReadOnlyList<Tensor> states = Model.States(w, features, waves.Count, null, Array.LastIndexOf(wanted, true));
        for (int layer = 0; layer < states.Count; layer++)
        {
            if (wanted[layer])
                take(layer, states[layer].Reshape(waves.Count, -1, Dimension));
        }
    }

    public void Dispose() => source?.Dispose();
}
