using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Layers;

/// <summary>
/// Each channel of channel-last frames convolved by itself, without bias; a batch norm that follows it is folded in when the weights are read.
/// </summary>
public sealed class DepthwiseConvolution : Module
{
    private readonly Tensor? taps; // [width, channels]
    private readonly Tensor? bias; // [channels]

    /// <param name="weights">Holds <c>depthwise_conv.weight</c> or the like: [channels, 1, width].</param>
    /// <param name="name">Its name.</param>
    /// <param name="channels">Channels.</param>
    /// <param name="width">Taps.</param>
    /// <param name="norm">A batch norm over the result, or null.</param>
    public DepthwiseConvolution(Weights weights, string name, int channels, int width, BatchNorm? norm = null)
        : base(weights.In(name))
    {
        Width = width;
        Parameter weight = weights.In(name).Take("weight", Initial.Fan, channels, 1, width);
        if (!weights.Loads)
            return;
        (float[] scale, float[] shift) = norm?.Fold() ?? ([], []);
        taps = Tensor.Create(DType.F32, new Shape(width, channels));
        ReadOnlySpan<float> from = weight.Value.Span;
        Span<float> to = taps.Span;
        for (int c = 0; c < channels; c++)
        {
            for (int tap = 0; tap < width; tap++)
                to[(tap * channels) + c] = norm is null ? from[(c * width) + tap] : from[(c * width) + tap] * scale[c];
        }

        if (norm is not null)
            bias = Tensor.From(shift, channels);
    }

    public int Width { get; }

    /// <param name="w">Where the result lives.</param>
    /// <param name="x">[batch, frames, channels].</param>
    /// <param name="padLeft">Zeros before the first frame; as many follow the last one as keep the number of frames.</param>
    /// <param name="fused">What is done to each element after it.</param>
    public Tensor Forward(Workspace w, Tensor x, int padLeft, Fused fused = Fused.None) =>
        Operations.DepthwiseFrames(w, x, taps!, bias, padLeft, Width - 1 - padLeft, fused); // [batch, frames, channels]
}
