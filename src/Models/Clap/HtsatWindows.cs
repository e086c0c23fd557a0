using Euterpe.Layers;
using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Models.Clap;

/// <summary>
/// Attention inside windows. Cutting, shifting, and putting back are index tables of the kernel, so nothing is copied; the learned bias of relative
/// positions and the
/// mask between parts that the shift brought together are one table.
/// </summary>
internal sealed class HtsatWindows : Module
{
    private readonly int heads;
    private readonly WindowLayout layout;
    private readonly float[] bias = []; // [variants, heads, tokens of a window, padded tokens of a window]

    public HtsatWindows(Weights weights, int heads, int window, bool shifted, int height, int width)
        : base(weights)
    {
        this.heads = heads;
        int span = (2 * window) - 1;
        Parameter table = weights.Take("relative_position_bias_table", Initial.Normal(0.02f), span * span, heads);
        // A buffer that upstream saves: the same numbers in every model of this window.
        weights.Leave("relative_position_index");
        // Where one window covers the picture, upstream does not shift.
        layout = WindowLayout.Of(height, width, window, shifted && Math.Min(height, width) > window ? window / 2 : 0);
        if (weights.Loads)
            bias = layout.Bias(table.Value.Span, heads);
    }

    /// <param name="w">Where the result lives.</param>
    /// <param name="qkv">[batch * height * width, 3 * channels].</param>
    public Tensor Forward(Workspace w, Tensor qkv) => Operations.WindowAttention(w, qkv, heads, layout, bias); // [batch * height * width, channels]
}
