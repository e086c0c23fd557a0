using Euterpe.Numerics;
using Euterpe.Testing;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Tensors.Tests;

public class WindowAttentionTests
{
    /// <summary>The same as cutting the rolled picture into windows, attention with bias and mask, and putting them back.</summary>
    [Fact]
    public void Window_attention_is_attention_of_the_windows_of_a_rolled_picture()
    {
        using var w = new Workspace();
        const int Side = 16, Window = 8, Shift = 4, Heads = 2, Channels = 32, Half = Channels / Heads;
        WindowLayout layout = WindowLayout.Of(Side, Side, Window, Shift);
        Tensor table = Draw.Normal("table", 225, Heads), qkv = Draw.Normal("qkv", Side * Side, 3 * Channels);
        Tensor rolled = Roll(w, qkv.Reshape(1, Side, Side, 3 * Channels), [-Shift, -Shift], [1, 2]);
        Tensor windows = Contiguous(w, rolled.Reshape(2, 8, 2, 8, 3 * Channels).Permute(0, 2, 1, 3, 4)).Reshape(4, 64, 3, Heads, Half).Permute(2, 0, 3, 1, 4);
        Tensor bias = w.Allocate(4, Heads, 64, 64);
        for (int at = 0; at < bias.Count; at++)
        {
            int j = at % 64, i = at / 64 % 64, head = at / 4096 % Heads, window = at / 4096 / Heads;
            int index = (((i / 8) - (j / 8) + 7) * 15) + (i % 8) - (j % 8) + 7;
            bool apart = Part(window, i) != Part(window, j);
            bias.Span[at] = table[index, head] + (apart ? -100 : 0);
        }
        Tensor y = ScaledDotProductAttention(w, windows.Select(0, 0), windows.Select(0, 1), windows.Select(0, 2), bias);
        Tensor picture = Contiguous(w, y.Transpose(1, 2)).Reshape(2, 2, 8, 8, Channels).Permute(0, 2, 1, 3, 4);
        Tensor back = Roll(w, Contiguous(w, picture).Reshape(1, Side, Side, Channels), [Shift, Shift], [1, 2]);
        Close.Check(back.ToArray(), Operations.WindowAttention(w, qkv, Heads, layout, layout.Bias(table.Span, Heads)).ToArray(), absolute: 1e-6);

        static int Part(int window, int token) => (window / 2 == 1 && token / 8 >= 4 ? 1 : 0) + (window % 2 == 1 && token % 8 >= 4 ? 2 : 0);
    }
}
