using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Models.Clap;

/// <summary>Blocks of one resolution, then (but for the last) four neighbours merged into one token of twice the channels.</summary>
internal sealed class HtsatStage : Module
{
    private readonly HtsatBlock[] blocks;
    private readonly HtsatMerging? downsample;

    public HtsatStage(Weights weights, ClapAudioConfig config, int stage)
        : base(weights)
    {
        (Height, Width) = (config.GridHeight >> stage, config.GridWidth >> stage);
        blocks = new HtsatBlock[config.Depths[stage]];
        for (int i = 0; i < blocks.Length; i++)
            blocks[i] = new HtsatBlock(weights.In("blocks", i), config, stage, shifted: i % 2 == 1);
        downsample = stage + 1 < config.Depths.Length ? new HtsatMerging(weights.In("downsample"), config.Dim(stage)) : null;
    }

    public int Height { get; }

    public int Width { get; }

    /// <param name="w">Where the result lives.</param>
    /// <param name="x">[batch * height * width, channels].</param>
    public Tensor Forward(Workspace w, Tensor x)
    {
        foreach (HtsatBlock block in blocks)
        {
            using Workspace.Scope scope = w.Begin();
            x = scope.Return(block.Forward(w, x));
        }

        return downsample is null ? x : downsample.Forward(w, x, Height, Width);
    }
}

/// <summary>
/// Attention inside windows of the picture, every second time shifted by half a window; then a feed-forward. Both are added to what came in.
/// </summary>
internal sealed class HtsatBlock : Module
{
    private readonly LayerNorm before;
    private readonly JoinedLinear queryKeyValue;
    private readonly HtsatWindows windows;
    private readonly Linear attentionOutput;
    private readonly LayerNorm after;
    private readonly Linear intermediate;
    private readonly Linear output;
    private readonly Fused activation;

    public HtsatBlock(Weights weights, ClapAudioConfig config, int stage, bool shifted)
        : base(weights)
    {
        int channels = config.Dim(stage), height = config.GridHeight >> stage, width = config.GridWidth >> stage;
        activation = ClapActivation.Of(config.HiddenAct);
        before = new LayerNorm(weights.In("layernorm_before"), channels, config.LayerNormEps);
        Weights self = weights.In("attention.self");
        windows = new HtsatWindows(self, config.NumAttentionHeads[stage], config.WindowSize, shifted, height, width);
        queryKeyValue = new JoinedLinear(self, ["query", "key", "value"], channels, channels, config.QkvBias);
        attentionOutput = new Linear(weights.In("attention.output.dense"), channels, channels);
        after = new LayerNorm(weights.In("layernorm_after"), channels, config.LayerNormEps);
        intermediate = new Linear(weights.In("intermediate.dense"), channels, config.Inner(stage));
        output = new Linear(weights.In("output.dense"), config.Inner(stage), channels);
    }

    public Tensor Forward(Workspace w, Tensor x)
    {
        Tensor qkv = queryKeyValue.Forward(w, before.Forward(w, x)); // [tokens, 3 * channels]
        Tensor context = windows.Forward(w, qkv); // [tokens, channels]
        x = attentionOutput.Forward(w, context, residual: x);
        Tensor inner = intermediate.Forward(w, after.Forward(w, x), activation); // [tokens, inner]
        return output.Forward(w, inner, residual: x);
    }
}

/// <summary>2 x 2 tokens side by side (rows first), normalized and projected to twice the channels.</summary>
internal sealed class HtsatMerging : Module
{
    private readonly LayerNorm norm;
    private readonly Linear reduction;

    public HtsatMerging(Weights weights, int channels)
        : base(weights)
    {
        norm = new LayerNorm(weights.In("norm"), 4 * channels);
        reduction = new Linear(weights.In("reduction"), 4 * channels, 2 * channels, bias: false);
    }

    public Tensor Forward(Workspace w, Tensor x, int height, int width)
    {
        int channels = x.Size(1), batch = x.Size(0) / (height * width), tokens = height * width / 4;
        Tensor joined = w.Allocate(batch * tokens, 4 * channels);
        ReadOnlySpan<float> from = x.Span;
        Span<float> to = joined.Span;
        int at = 0;
        for (int b = 0; b < batch; b++)
        {
            for (int row = 0; row < height; row += 2)
            {
                for (int column = 0; column < width; column += 2)
                {
                    int corner = (b * height * width) + (row * width) + column;
                    foreach (int token in (ReadOnlySpan<int>)[corner, corner + width, corner + 1, corner + width + 1])
                    {
                        from.Slice(token * channels, channels).CopyTo(to[at..]);
                        at += channels;
                    }
                }
            }
        }

        return reduction.Forward(w, norm.Forward(w, joined)); // [batch * tokens, 2 * channels]
    }
}
