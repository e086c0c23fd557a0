using Euterpe.Testing;

namespace Euterpe.Numerics.Tests;

public class WindowAttentionTests
{
    public static TheoryData<int, int, int, int, int, int> Sizes => new()
    {
        // height, width, window, shift, heads, channels
        { 8, 8, 8, 0, 2, 16 },
        { 16, 16, 8, 4, 2, 24 },
        { 16, 8, 8, 0, 4, 32 },
        { 24, 16, 8, 3, 1, 33 },
        { 8, 12, 4, 2, 3, 60 },
        { 14, 7, 7, 3, 2, 34 },
        { 3, 6, 3, 1, 1, 5 },
        { 2, 2, 1, 0, 1, 1 },
        { 20, 20, 20, 0, 1, 80 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_bit_is_that_of_the_reference(int height, int width, int window, int shift, int heads, int channels)
    {
        WindowLayout layout = WindowLayout.Of(height, width, window, shift);
        float[] bias = layout.Bias(Noise(1, ((2 * window) - 1) * ((2 * window) - 1) * heads), heads);
        float[] qkv = Noise(2, 2 * height * width * 3 * channels);
        float[] expected = new float[2 * height * width * channels], found = new float[expected.Length];
        WindowAttention.Reference(qkv, 2, heads, channels, layout, bias, expected);
        WindowAttention.Apply(qkv, 2, heads, channels, layout, bias, found);
        Close.Same(expected, found, $"{height} x {width}, windows of {window}, shift {shift}, {heads} heads, {channels} channels");
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Windows_are_cut_as_torch_rolls_and_partitions(int height, int width, int window, int shift, int heads, int channels)
    {
        WindowLayout layout = WindowLayout.Of(height, width, window, shift);
        int at = 0;
        for (int row = 0; row < height; row += window)
        {
            for (int column = 0; column < width; column += window, at++)
            {
                int[] expected = [.. Enumerable.Range(0, window * window).Select(i =>
                    ((row + (i / window) + shift) % height * width) + ((column + (i % window) + shift) % width))];
                Assert.Equal(expected, layout.Tokens(at).ToArray());
            }
        }

        Assert.Equal(at, layout.Count);
        Assert.Equal(heads * channels > 0, layout.Padded % 16 == 0);
    }

    [Fact]
    public void Parts_that_the_shift_brought_together_do_not_see_each_other()
    {
        // Swin's own rule: number the nine regions of the shifted picture; tokens of different regions are -100 apart.
        const int Side = 12, Window = 4, Shift = 2;
        WindowLayout layout = WindowLayout.Of(Side, Side, Window, Shift);
        float[] bias = layout.Bias(new float[49], 1);
        static int Region(int place) => place < Side - Window ? 0 : place < Side - Shift ? 1 : 2;
        for (int window = 0; window < layout.Count; window++)
        {
            int top = window / 3 * Window, left = window % 3 * Window;
            for (int i = 0; i < 16; i++)
            {
                for (int j = 0; j < 16; j++)
                {
                    bool same = Region(top + (i / 4)) == Region(top + (j / 4)) && Region(left + (i % 4)) == Region(left + (j % 4));
                    Assert.Equal(same ? 0 : -100, bias[(((layout.Variant(window) * 16) + i) * 16) + j]);
                }
            }
        }
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ShapeException>(() => WindowLayout.Of(12, 12, 8, 0));
        Assert.Throws<ShapeException>(() => WindowLayout.Of(8, 8, 8, 8));
        WindowLayout layout = WindowLayout.Of(8, 8, 8, 0);
        Assert.Throws<ShapeException>(() => layout.Bias(new float[3], 1));
        float[] bias = layout.Bias(new float[225], 1);
        Assert.Throws<ShapeException>(() => WindowAttention.Apply(new float[64 * 6], 1, 1, 2, layout, bias, new float[1]));
        Assert.Throws<ShapeException>(() => WindowAttention.Apply(new float[64 * 6], 1, 3, 2, layout, bias, new float[128]));
    }

    [Fact]
    public void Cancelling_ends_it()
    {
        WindowLayout layout = WindowLayout.Of(8, 8, 8, 0);
        float[] bias = layout.Bias(new float[225 * 2], 2);
        Assert.ThrowsAny<OperationCanceledException>(() => WindowAttention.Apply(
            new float[64 * 12], 1, 2, 4, layout, bias, new float[256], new CancellationToken(canceled: true)));
    }

    private static float[] Noise(int item, int count)
    {
        var values = new float[count];
        new Philox(440, "window attention").FillNormal(item, 0, values);
        return values;
    }
}
