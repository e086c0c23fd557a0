using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Models.Conformer;

/// <summary>Half a feed-forward, attention, a convolution, the other half, a norm; each is added to what came in.</summary>
internal sealed class ConformerLayer : Module
{
    private readonly LayerNorm beforeFirst;
    private readonly ConformerFeedForward first;
    private readonly LayerNorm beforeAttention;
    private readonly ConformerAttention attention;
    private readonly ConformerConvolution convolution;
    private readonly LayerNorm beforeSecond;
    private readonly ConformerFeedForward second;
    private readonly LayerNorm last;

    public ConformerLayer(Weights weights, ConformerConfig config, ConformerTables tables)
        : base(weights)
    {
        int channels = config.HiddenSize;
        beforeFirst = new LayerNorm(weights.In("ffn1_layer_norm"), channels, config.BlockEps);
        first = new ConformerFeedForward(weights.In("ffn1"), config);
        beforeAttention = new LayerNorm(weights.In("self_attn_layer_norm"), channels, config.BlockEps);
        attention = new ConformerAttention(weights.In("self_attn"), config, tables);
        convolution = new ConformerConvolution(weights.In("conv_module"), config);
        beforeSecond = new LayerNorm(weights.In("ffn2_layer_norm"), channels, config.BlockEps);
        second = new ConformerFeedForward(weights.In("ffn2"), config);
        last = new LayerNorm(weights.In("final_layer_norm"), channels, config.BlockEps);
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="x">[batch * frames, channels].</param>
    /// <param name="batch">Sounds of one length.</param>
    /// <param name="mask">Null, or which frames are sound.</param>
    /// <param name="added">Null, or the same as attention takes it.</param>
    public Tensor Forward(Workspace w, Tensor x, int batch, bool[]? mask, Tensor? added)
    {
        x = Operations.ScaleAddInPlace(w, first.Forward(w, beforeFirst.Forward(w, x)), 0.5f, x);
        x = attention.Forward(w, beforeAttention.Forward(w, x), batch, added, x);
        x = convolution.Forward(w, x, batch, mask);
        x = Operations.ScaleAddInPlace(w, second.Forward(w, beforeSecond.Forward(w, x)), 0.5f, x);
        return last.Forward(w, x);
    }
}

internal sealed class ConformerFeedForward : Module
{
    private readonly Linear intermediate;
    private readonly Linear output;
    private readonly Fused activation;

    public ConformerFeedForward(Weights weights, ConformerConfig config)
        : base(weights)
    {
        activation = config.Activation;
        intermediate = new Linear(weights.In("intermediate_dense"), config.HiddenSize, config.IntermediateSize);
        output = new Linear(weights.In("output_dense"), config.IntermediateSize, config.HiddenSize);
    }

    public Tensor Forward(Workspace w, Tensor x) => output.Forward(w, intermediate.Forward(w, x, activation));
}

/// <summary>A gate, each channel over time, a norm, and back; the result is added to what came in.</summary>
internal sealed class ConformerConvolution : Module
{
    private readonly LayerNorm norm;
    private readonly Linear gate;
    private readonly DepthwiseConvolution depthwise;
    private readonly LayerNorm? after;
    private readonly Linear output;
    private readonly ConformerConfig config;

    public ConformerConvolution(Weights weights, ConformerConfig config)
        : base(weights)
    {
        this.config = config;
        int channels = config.HiddenSize;
        norm = new LayerNorm(weights.In("layer_norm"), channels, config.BlockEps);
        gate = Linear.Pointwise(weights.In("pointwise_conv1"), channels, 2 * channels);
        BatchNorm? batch = config.Causal ? null : new BatchNorm(weights.In("batch_norm"), channels);
        depthwise = new DepthwiseConvolution(weights, "depthwise_conv", channels, config.DepthwiseTaps, batch);
        after = config.Causal ? new LayerNorm(weights.In("depthwise_layer_norm"), channels, config.BlockEps) : null;
        output = Linear.Pointwise(weights.In("pointwise_conv2"), channels, channels);
    }

    public Tensor Forward(Workspace w, Tensor x, int batch, bool[]? mask)
    {
        Tensor normal = norm.Forward(w, x);
        if (config.Causal && mask is not null)
            ConformerEncoder.Silence(normal, mask);
        Tensor gated = Operations.Glu(w, gate.Forward(w, normal)).Reshape(batch, x.Size(0) / batch, config.HiddenSize);
        int before = config.Causal ? config.DepthwiseTaps - 1 : (config.DepthwiseTaps - 1) / 2;
        Tensor heard = depthwise.Forward(w, gated, before, after is null ? config.Activation : Fused.None).Reshape(x.Size(0), config.HiddenSize);
        if (after is not null)
            heard = Activate(w, after.Forward(w, heard));
        return output.Forward(w, heard, residual: x);
    }

    private Tensor Activate(Workspace w, Tensor x) => config.Activation switch
    {
        Fused.Relu => Operations.Relu(w, x),
        Fused.Gelu => Operations.Gelu(w, x),
        Fused.GeluTanh => Operations.GeluTanh(w, x),
        Fused.QuickGelu => Operations.QuickGelu(w, x),
        Fused.Tanh => Operations.Tanh(w, x),
        _ => Operations.Silu(w, x),
    };
}
