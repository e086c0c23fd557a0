using Euterpe.Layers;
using Euterpe.Models.Roberta;
using Euterpe.Tensors;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Models.Clap;

/// <summary>The text tower's network: RoBERTa with a pooler over the first token of each text.</summary>
internal sealed class ClapTextModel : Module
{
    private readonly ClapTextConfig config;
    private readonly RobertaEncoder encoder;
    private readonly Linear pooler;

    public ClapTextModel(Weights weights, ClapTextConfig config)
        : base(weights)
    {
        this.config = config;
        encoder = new RobertaEncoder(weights, config.Encoder);
        pooler = new Linear(weights.In("pooler.dense"), config.HiddenSize, config.HiddenSize);
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="texts">Ids of each text; padding inside is upstream's padded way.</param>
    /// <param name="masks">For each text null, or which of its tokens may be seen.</param>
    /// <returns>The pooled first rows, [texts, hidden].</returns>
    public Tensor Forward(Workspace w, IReadOnlyList<long[]> texts, IReadOnlyList<bool[]?>? masks = null)
    {
        Tensor x = encoder.Forward(w, texts, masks), first = w.Allocate(texts.Count, config.HiddenSize);
        for (int i = 0, row = 0; i < texts.Count; row += texts[i].Length, i++)
            x.Span.Slice(row * config.HiddenSize, config.HiddenSize).CopyTo(first.Span[(i * config.HiddenSize)..]);
        return Tanh(w, pooler.Forward(w, first));
    }
}
