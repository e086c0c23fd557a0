using Euterpe.Layers;
using Euterpe.Tensors;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Models.Conformer;

/// <summary>Attention over all frames of a sound, with one of four kinds of positions.</summary>
internal sealed class ConformerAttention : Module
{
    private readonly ConformerConfig config;
    private readonly ConformerTables tables;
    private readonly JoinedLinear joined;
    private readonly Linear? value;
    private readonly Linear output;
    private readonly Linear? position;
    private readonly Parameter? biasU;
    private readonly Parameter? biasV;
    private readonly Parameter? distances;

    public ConformerAttention(Weights weights, ConformerConfig config, ConformerTables tables)
        : base(weights)
    {
        (this.config, this.tables) = (config, tables);
        int channels = config.HiddenSize;
        // With rotary positions, values are made from what is not turned.
        bool rotary = config.Positions == ConformerPositions.Rotary;
        joined = new JoinedLinear(weights, rotary ? ["linear_q", "linear_k"] : ["linear_q", "linear_k", "linear_v"], channels, channels);
        value = rotary ? new Linear(weights.In("linear_v"), channels, channels) : null;
        output = new Linear(weights.In("linear_out"), channels, channels);
        if (config.Positions == ConformerPositions.Relative)
        {
            position = new Linear(weights.In("linear_pos"), channels, channels, bias: false);
            biasU = weights.Take("pos_bias_u", Initial.Zeros, config.Heads, config.HeadSize);
            biasV = weights.Take("pos_bias_v", Initial.Zeros, config.Heads, config.HeadSize);
        }
        else if (config.Positions == ConformerPositions.RelativeKey)
        {
            distances = weights.In("distance_embedding").Take("weight", Initial.Normal(1), config.Left + config.Right + 1, config.HeadSize);
        }
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="x">Normalized, [batch * frames, channels].</param>
    /// <param name="batch">Sounds of one length.</param>
    /// <param name="mask">Null, or what is added to the scores: [batch, 1, 1, frames].</param>
    /// <param name="residual">What the result is added to: [batch * frames, channels].</param>
    public Tensor Forward(Workspace w, Tensor x, int batch, Tensor? mask, Tensor residual)
    {
        int frames = x.Size(0) / batch, heads = config.Heads, width = config.HeadSize, parts = value is null ? 3 : 2;
        Tensor turned = x;
        if (value is not null)
        {
            (Tensor cosine, Tensor sine) = tables.Rotary(frames);
            turned = Rotary(w, x.Reshape(batch, frames, config.HiddenSize), cosine, sine).Reshape(batch * frames, config.HiddenSize);
        }

        Tensor projected = joined.Forward(w, turned).Reshape(batch, frames, parts, heads, width).Permute(2, 0, 3, 1, 4);
        Tensor q = projected.Select(0, 0), k = projected.Select(0, 1); // [batch, heads, frames, width]
        Tensor v = value is null ? projected.Select(0, 2) : value.Forward(w, x).Reshape(batch, frames, heads, width).Transpose(1, 2);
        Tensor context = config.Positions switch
        {
            ConformerPositions.RelativeKey => RelativeKey(w, q, k, v, mask),
            ConformerPositions.Relative => Relative(w, q, k, v, mask),
            _ => ScaledDotProductAttention(w, q, k, v, mask: mask),
        };
        context = Contiguous(w, context.Transpose(1, 2)).Reshape(batch * frames, config.HiddenSize);
        return output.Forward(w, context, residual: residual);
    }

    /// <summary>q . k + q . e[distance], both over the root of the width.</summary>
    private Tensor RelativeKey(Workspace w, Tensor q, Tensor k, Tensor v, Tensor? mask) => HeadByHead(w, q, k, v, mask, (first, count) =>
    {
        Tensor some = Contiguous(w, q.Narrow(1, first, count));
        Tensor scores = MatMul(w, distances!.Value, some.Transpose(-1, -2)); // [batch, count, distances, frames]
        return (some, RelativeBias(w, Mul(w, scores, 1 / MathF.Sqrt(config.HeadSize)), config.Left));
    });

    /// <summary>(q + u) . k + (q + v) . p[distance], both over the root of the width.</summary>
    private Tensor Relative(Workspace w, Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        int frames = q.Size(2);
        Tensor table = position!.Forward(w, tables.Sinusoids(w, frames)).Reshape((2 * frames) - 1, config.Heads, config.HeadSize).Transpose(0, 1);
        return HeadByHead(w, q, k, v, mask, (first, count) =>
        {
            Tensor some = q.Narrow(1, first, count);
            Tensor content = Add(w, some, biasU!.Value.Narrow(0, first, count).Unsqueeze(1));
            Tensor placed = Add(w, some, biasV!.Value.Narrow(0, first, count).Unsqueeze(1));
            Tensor scores = MatMul(w, table.Narrow(0, first, count), placed.Transpose(-1, -2)); // [batch, count, distances, frames]
            return (content, RelativeBias(w, Mul(w, scores, 1 / MathF.Sqrt(config.HeadSize)), frames - 1));
        });
    }

    /// <summary>A bias of every pair of frames is large: as many heads at a time as keep it small. Heads do not see each other.</summary>
    private Tensor HeadByHead(Workspace w, Tensor q, Tensor k, Tensor v, Tensor? mask, Func<int, int, (Tensor Query, Tensor Bias)> bias)
    {
        const long MostNumbers = 8 << 20;
        int batch = q.Size(0), heads = q.Size(1), frames = q.Size(2);
        int together = (int)Math.Clamp(MostNumbers / Math.Max(1, (long)batch * frames * frames), 1, heads);
        Tensor whole = w.Allocate(heads, batch, frames, q.Size(3));
        for (int first = 0; first < heads; first += together)
        {
            using Workspace.Scope scope = w.Begin();
            int count = Math.Min(together, heads - first);
            (Tensor query, Tensor added) = bias(first, count);
            Tensor some = ScaledDotProductAttention(w, query, k.Narrow(1, first, count), v.Narrow(1, first, count), added, mask);
            some.Transpose(0, 1).CopyTo(whole.Narrow(0, first, count));
        }

        return whole.Transpose(0, 1);
    }
}
