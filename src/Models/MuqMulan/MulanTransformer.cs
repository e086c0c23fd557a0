using Euterpe.Layers;
using Euterpe.Tensors;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Models.MuqMulan;

/// <summary>Attention over directions and a gated feed-forward, each added to what came in.</summary>
internal sealed class MulanTransformer : Module
{
    private readonly MulanAttention[] attentions;
    private readonly MulanFeedForward[] feedForwards;

    public MulanTransformer(Weights weights, MulanTransformerConfig config)
        : base(weights)
    {
        attentions = new MulanAttention[config.Depth];
        feedForwards = new MulanFeedForward[config.Depth];
        for (int i = 0; i < config.Depth; i++)
        {
            Weights layer = weights.In("layers", i);
            attentions[i] = new MulanAttention(layer.In("0"), config);
            feedForwards[i] = new MulanFeedForward(layer.In("1"), config);
        }
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="x">[batch, frames, dim].</param>
    public Tensor Forward(Workspace w, Tensor x)
    {
        for (int i = 0; i < attentions.Length; i++)
        {
            using Workspace.Scope scope = w.Begin();
            x = attentions[i].Forward(w, x);
            x = scope.Return(feedForwards[i].Forward(w, x));
        }

        return x;
    }
}

/// <summary>Queries and keys have norm 1, then a learned scale for each channel; scores are their products times 8.</summary>
internal sealed class MulanAttention : Module
{
    private readonly MulanTransformerConfig config;
    private readonly Parameter gamma;
    private readonly Linear query;
    private readonly Linear keyValue;
    private readonly Parameter queryScale;
    private readonly Parameter keyScale;
    private readonly Linear output;

    public MulanAttention(Weights weights, MulanTransformerConfig config)
        : base(weights)
    {
        this.config = config;
        int inner = config.Heads * config.DimHead;
        gamma = weights.In("norm").Take("learned_gamma", Initial.Ones, config.Dim);
        query = new Linear(weights.In("to_q"), config.Dim, inner, bias: false);
        keyValue = new Linear(weights.In("to_kv"), config.Dim, 2 * inner, bias: false);
        queryScale = weights.Take("q_scale", Initial.Ones, config.DimHead);
        keyScale = weights.Take("k_scale", Initial.Ones, config.DimHead);
        output = new Linear(weights.In("to_out.0"), inner, config.Dim, bias: false);
    }

    public Tensor Forward(Workspace w, Tensor x)
    {
        int batch = x.Size(0), frames = x.Size(1), heads = config.Heads, width = config.DimHead;
        Tensor normal = LayerNorm(w, x, gamma.Value, null);
        Tensor q = query.Forward(w, normal).Reshape(batch, frames, heads, width);
        Tensor kv = keyValue.Forward(w, normal).Reshape(batch, frames, 2, heads, width);
        q = Mul(w, Normalize(w, q), queryScale.Value).Transpose(1, 2); // [batch, heads, frames, width]
        Tensor k = Mul(w, Normalize(w, kv.Select(2, 0)), keyScale.Value).Transpose(1, 2);
        Tensor context = ScaledDotProductAttention(w, q, k, kv.Select(2, 1).Transpose(1, 2), scale: 8);
        context = Contiguous(w, context.Transpose(1, 2)).Reshape(batch, frames, heads * width);
        return output.Forward(w, context, residual: x);
    }
}

internal sealed class MulanFeedForward : Module
{
    private readonly Parameter gamma;
    private readonly Linear gate;
    private readonly Linear output;

    public MulanFeedForward(Weights weights, MulanTransformerConfig config)
        : base(weights)
    {
        // Upstream's Sequential: norm, linear, gate, dropout, linear.
        gamma = weights.In("0").Take("learned_gamma", Initial.Ones, config.Dim);
        gate = new Linear(weights.In("1"), config.Dim, 2 * config.Inner, bias: false);
        output = new Linear(weights.In("4"), config.Inner, config.Dim, bias: false);
    }

    public Tensor Forward(Workspace w, Tensor x) =>
        output.Forward(w, GeGlu(w, gate.Forward(w, LayerNorm(w, x, gamma.Value, null))), residual: x);
}
