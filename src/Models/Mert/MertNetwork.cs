using Euterpe.Layers;
using Euterpe.Models.Windows;
using Euterpe.Tensors;

namespace Euterpe.Models.Mert;

/// <summary>The model and its front end, as <see cref="FrameEmbedder"/> wants them. Values are read when it first runs.</summary>
internal sealed class MertNetwork(
    MertConfig config, MertPreprocessor preprocessor, Func<MertModel> load, Packing packing, Func<string> weightsHash, IDisposable? source = null)
    : IFrameNetwork
{
    /// <summary>Hand-kept: each changes when the bits of its stage do.</summary>
    public const int FrontEnd = 1, Network = 1;

    private readonly Lazy<MertModel> model = new(load);

    public MertConfig Config => config;

    public MertPreprocessor Preprocessor => preprocessor;

    public MertModel Model => model.Value;

    public string Architecture => config.ModelType == "mert_model" ? "mert" : config.ModelType;

    public int SampleRate => preprocessor.SamplingRate;

    public FrameGrid Grid => new(config.Stride, config.Field);

    public int Layers => config.NumHiddenLayers + 1;

    public int Dimension => config.HiddenSize;

    public Packing Packing => packing;

    public int FrontEndRevision => FrontEnd;

    public int NetworkRevision => Network;

    public string WeightsHash() => weightsHash();

    public void Run(Workspace w, IReadOnlyList<ReadOnlyMemory<float>> waves, bool[] wanted, Action<int, Tensor> take)
    {
        int samples = waves[0].Length;
        Tensor prepared = w.Allocate(waves.Count, samples);
        for (int i = 0; i < waves.Count; i++)
            preprocessor.Prepare(waves[i].Span, prepared.Span.Slice(i * samples, samples));
        Model.Forward(w, prepared, wanted, take);
    }

    public void Dispose() => source?.Dispose();
}
