using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Models.Mert;

/// <summary>Attention and feed-forward, each added to what came in; the norms follow the sums, or (stable) precede the parts.</summary>
internal sealed class MertLayer : Module
{
    private readonly int heads;
    private readonly bool stable;
    private readonly Fused activation;
    private readonly JoinedLinear queryKeyValue;
    private readonly Linear attentionOutput;
    private readonly LayerNorm norm;
    private readonly Linear intermediate;
    private readonly Linear output;
    private readonly LayerNorm finalNorm;

    public MertLayer(Weights weights, MertConfig config)
        : base(weights)
    {
        int hidden = config.HiddenSize;
        (heads, stable, activation) = (config.NumAttentionHeads, config.StableLayerNorm, config.HiddenAct);
        queryKeyValue = new JoinedLinear(weights.In("attention"), ["q_proj", "k_proj", "v_proj"], hidden, hidden);
        attentionOutput = new Linear(weights.In("attention.out_proj"), hidden, hidden);
        norm = new LayerNorm(weights.In("layer_norm"), hidden, config.LayerNormEps);
        intermediate = new Linear(weights.In("feed_forward.intermediate_dense"), hidden, config.IntermediateSize);
        output = new Linear(weights.In("feed_forward.output_dense"), config.IntermediateSize, hidden);
        finalNorm = new LayerNorm(weights.In("final_layer_norm"), hidden, config.LayerNormEps);
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="x">[batch, frames, hidden].</param>
    /// <param name="seen">Which frames may be seen, Bool [batch, 1, 1, frames]; null for all.</param>
    /// <returns>As x.</returns>
    public Tensor Forward(Workspace w, Tensor x, Tensor? seen = null)
    {
        if (stable)
        {
            x = Attend(w, norm.Forward(w, x), x, seen);
            return output.Forward(w, intermediate.Forward(w, finalNorm.Forward(w, x), activation), residual: x);
        }

        x = norm.Forward(w, Attend(w, x, x, seen));
        return finalNorm.Forward(w, output.Forward(w, intermediate.Forward(w, x, activation), residual: x));
    }

    private Tensor Attend(Workspace w, Tensor x, Tensor residual, Tensor? seen)
    {
        int batch = x.Size(0), frames = x.Size(1), hidden = x.Size(2);
        Tensor qkv = queryKeyValue.Forward(w, x).Reshape(batch, frames, 3, heads, hidden / heads)
            .Permute(2, 0, 3, 1, 4); // [3, batch, heads, frames, head]
        Tensor y = ScaledDotProductAttention(w, qkv.Select(0, 0), qkv.Select(0, 1), qkv.Select(0, 2), mask: seen); // [batch, heads, frames, head]
        return attentionOutput.Forward(w, y.Transpose(1, 2).Reshape(batch, frames, hidden), residual: residual);
    }
}
