using Euterpe.Numerics;
using Euterpe.Testing;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Tensors.Tests;

/// <summary>Operations on frames and channel-last images, against the plain way of saying the same.</summary>
public class FrameOperationsTests
{
    [Theory]
    [InlineData(5, 9, 2, 3, 1, 1)]
    [InlineData(5, 9, 2, 3, 2, 2)]
    [InlineData(1, 1, 4, 3, 2, 1)]
    [InlineData(12, 6, 3, 5, 1, 2)]
    public void Patches_times_weights_are_conv2d(int height, int width, int channels, int kernel, int down, int right)
    {
        using var w = new Workspace();
        const int Outputs = 6;
        int pad = kernel / 2;
        Tensor image = Draw.Normal("image", height, width, channels), weight = Draw.Normal("weight", Outputs, kernel, kernel, channels);
        Tensor expected = Conv2d(w, image.Permute(2, 0, 1).Unsqueeze(0), weight.Permute(0, 3, 1, 2), null, (down, right), (pad, pad));
        int rows = expected.Size(2), columns = expected.Size(3);
        Tensor matrix = weight.Reshape(Outputs, kernel * kernel * channels);
        Tensor whole = Linear(w, ImagePatches(w, image, 0, height, (kernel, kernel), (down, right), (pad, pad), 0, rows), matrix);
        float[] turned = expected.Squeeze(0).Permute(1, 2, 0).ToArray();
        Close.Check(turned, whole.ToArray(), 1e-6, what: "whole");
        for (int row = 0; row < rows; row++)
        {
            // A piece of the image that holds just the rows that are looked at.
            int first = Math.Max(0, (row * down) - pad), end = Math.Min(height, (row * down) - pad + kernel);
            Tensor piece = Copy(w, image.Narrow(0, first, end - first));
            Tensor one = Linear(w, ImagePatches(w, piece, first, height, (kernel, kernel), (down, right), (pad, pad), row, 1), matrix);
            Close.Same(whole.Narrow(0, row * columns, columns).ToArray(), one.ToArray(), $"row {row}");
        }
    }

    [Theory]
    [InlineData(1, 5, 2)]
    [InlineData(7, 5, 2)]
    [InlineData(7, 13, 6)]
    [InlineData(40, 6, 0)]
    [InlineData(40, 6, 5)]
    public void A_relative_bias_looks_distances_up(int length, int distances, int left)
    {
        using var w = new Workspace();
        Tensor table = Draw.Normal("table", 3, distances, length), bias = RelativeBias(w, table, left);
        for (int query = 0; query < length; query++)
        {
            for (int key = 0; key < length; key++)
                Assert.Equal(table[1, Math.Clamp(key - query + left, 0, distances - 1), query], bias[1, query, key]);
        }
    }

    [Fact]
    public void Rotary_turns_the_halves_of_each_head()
    {
        using var w = new Workspace();
        Tensor x = Draw.Normal("x", 2, 5, 12), cosine = Draw.Normal("c", 8, 3), sine = Draw.Normal("s", 8, 3);
        Tensor y = Rotary(w, x, cosine, sine);
        Assert.Equal((x[1, 4, 7] * cosine[4, 1]) - (x[1, 4, 10] * sine[4, 1]), y[1, 4, 7]);
        Assert.Equal((x[1, 4, 10] * cosine[4, 1]) + (x[1, 4, 7] * sine[4, 1]), y[1, 4, 10]);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var w = new Workspace();
        Tensor x = Draw.Normal("x", 2, 5, 12);
        Assert.Throws<ShapeException>(() => Glu(w, x, 1));
        Assert.Throws<ShapeException>(() => Rotary(w, x, Draw.Normal("c", 4, 3), Draw.Normal("s", 4, 3)));
        Assert.Throws<ShapeException>(() => Rotary(w, x, Draw.Normal("c", 5, 5), Draw.Normal("s", 5, 5)));
        Assert.Throws<ShapeException>(() => RelativeBias(w, x, 5));
        Assert.Throws<ShapeException>(() => DepthwiseFrames(w, x, Draw.Normal("w", 3, 11), null, 1, 1));
        Assert.Throws<ShapeException>(() => DepthwiseFrames(w, x, Draw.Normal("w", 9, 12), null, 1, 1));
        Assert.Throws<ShapeException>(() => ImagePatches(w, x, 3, 9, (3, 3), (1, 1), (1, 1), 2, 1));
    }
}
