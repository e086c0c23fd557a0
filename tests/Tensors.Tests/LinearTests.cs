using Euterpe.Numerics;
using Euterpe.Testing;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Tensors.Tests;

public class LinearTests
{
    [Theory]
    [InlineData(1, 33, 20)]
    [InlineData(7, 128, 65)]
    [InlineData(50, 513, 130)]
    [InlineData(3, 1100, 1)]
    public void Packed_weights_give_the_bits_of_plain_ones(int rows, int inputs, int outputs)
    {
        using var w = new Workspace { Poison = true };
        Tensor x = Draw.Normal("x", 2, rows, inputs), weight = Draw.Normal("w", outputs, inputs), bias = Draw.Normal("b", outputs),
            r = Draw.Normal("r", 2, rows, outputs);
        using var packed = PackedMatrix.Pack(weight.Span, outputs, inputs);
        Close.Same(Linear(w, x, weight, bias).ToArray(), Linear(w, x, packed, bias).ToArray(), "bias");
        Close.Same(Linear(w, x, weight).ToArray(), Linear(w, x, packed).ToArray(), "no bias");
        Close.Same(Add(w, Gelu(w, Linear(w, x, weight, bias)), r).ToArray(), Linear(w, x, packed, bias, Fused.Gelu, r).ToArray(),
            "gelu and residual");
    }

    [Fact]
    public void Rows_at_equal_distances_are_read_where_they_lie()
    {
        using var w = new Workspace();
        Tensor x = Draw.Normal("x", 2, 5, 3, 40), weight = Draw.Normal("w", 16, 40);
        using var packed = PackedMatrix.Pack(weight.Span, 16, 40);
        foreach (Tensor view in new[] { x.Select(2, 1), x.Select(1, 2), x.Transpose(0, 1) })
        {
            Close.Same(Linear(w, Contiguous(w, view), packed).ToArray(), Linear(w, view, packed).ToArray(), view.ToString());
        }
        long before = w.Used;
        Linear(w, x.Select(2, 1), packed);
        Assert.Equal(2 * 5 * 16 * sizeof(float), w.Used - before);
    }

    [Fact]
    public void Every_length_from_0_to_257()
    {
        using var w = new Workspace { Poison = true };
        for (int length = 0; length <= 257; length++)
        {
            Tensor x = Draw.Normal("x", 3, length), y = Draw.Normal("y", length, 2);
            float[] product = MatMul(w, x, y).ToArray();
            for (int i = 0; i < product.Length; i++)
            {
                float sum = 0;
                for (int k = 0; k < length; k++)
                {
                    sum = MathF.FusedMultiplyAdd(x[i / 2, k], y[k, i % 2], sum);
                }
                Assert.Equal(sum, product[i]);
            }
            Assert.Equal(Softmax(w, x, -1).Narrow(0, 1, 1).ToArray(), Softmax(w, x.Narrow(0, 1, 1), -1).ToArray());
            Assert.Equal(length, Gelu(w, x).Size(1));
            w.Reset();
        }
    }
}
