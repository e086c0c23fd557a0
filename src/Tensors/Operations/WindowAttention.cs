using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static partial class Operations
{
    /// <summary>Attention inside the windows of pictures, queries, keys and values side by side: <see cref="Numerics.WindowAttention"/>.</summary>
    /// <param name="w">Where the result lives.</param>
    /// <param name="qkv">[batch * height * width, 3 * channels], contiguous.</param>
    /// <param name="heads">They divide the channels.</param>
    /// <param name="layout">The windows of one picture.</param>
    /// <param name="bias"><see cref="WindowLayout.Bias"/>.</param>
    public static Tensor WindowAttention(Workspace w, Tensor qkv, int heads, WindowLayout layout, ReadOnlySpan<float> bias)
    {
        int picture = layout.Height * layout.Width;
        if (qkv.Rank != 2 || qkv.Size(1) % 3 != 0 || qkv.Size(0) % picture != 0)
        {
            throw new ShapeException(
                $"[window_attention] [batch * {picture}, 3 * channels] was expected for pictures of {layout.Height} x {layout.Width}: found {qkv.Shape}.");
        }

        int channels = qkv.Size(1) / 3;
        Tensor y = w.Allocate(qkv.Size(0), channels);
        Numerics.WindowAttention.Apply(qkv.Span, qkv.Size(0) / picture, heads, channels, layout, bias, y.Span, w.Token);
        return y;
    }
}
