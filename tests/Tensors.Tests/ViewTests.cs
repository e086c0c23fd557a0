using Euterpe.Numerics;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Tensors.Tests;

public class ViewTests
{
    private static Tensor Counting(params int[] shape)
    {
        var s = new Shape(shape);
        return Tensor.From([.. Enumerable.Range(0, (int)s.Count).Select(i => (float)i)], s);
    }

    [Fact]
    public void Views_show_the_same_elements()
    {
        Tensor x = Counting(2, 3, 4);
        Assert.Equal(x[1, 2, 3], x.Transpose(0, 2)[3, 2, 1]);
        Assert.Equal(x[1, 2, 3], x.Permute(2, 0, 1)[3, 1, 2]);
        Assert.Equal([4, 5, 6, 7, 16, 17, 18, 19], x.Select(1, 1).ToArray());
        Assert.Equal([1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23], x.Slice(2, 1, step: 2).ToArray());
        Assert.Equal([22, 23], x.Narrow(0, 1, 1).Select(1, -1).Slice(1, -2).ToArray());
        Assert.Equal([2, 3, 4], x.Squeezed().Shape.ToArray());
        Assert.Equal([1, 1, 2, 2], Counting(3).Narrow(0, 1, 2).Unsqueeze(1).Expand(2, 2).ToArray());
        Assert.Equal([2, 12], x.Flatten(1).Shape.ToArray());
        Assert.Equal([0, 4, 8, 12, 16, 20], x.Flatten(0, 1).Select(1, 0).ToArray());
    }

    [Fact]
    public void Reshape_without_a_copy_where_the_strides_allow_it()
    {
        using var w = new Workspace();
        Tensor x = Counting(2, 3, 4, 5);
        Tensor swapped = x.Transpose(0, 1);
        Assert.Equal(Contiguous(w, swapped).Reshape(3, 2, 2, 10).ToArray(), swapped.Reshape(3, 2, 2, 10).ToArray());
        Assert.Throws<ShapeException>(() => swapped.Reshape(6, 20));
        Assert.Equal(Contiguous(w, swapped).ToArray(), Reshape(w, swapped, 6, -1).ToArray());
        Assert.Equal([2, 1, 3, 1, 20], x.Reshape(2, 1, 3, 1, -1).Shape.ToArray());
        Assert.Equal(x.Narrow(3, 1, 3).ToArray(), x.Narrow(3, 1, 3).Reshape(6, 2, 2, 3).ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(33)]
    public void Copies_follow_any_order_of_dimensions(int size)
    {
        Tensor x = Counting(size, 3, size);
        foreach (int[] order in new int[][] { [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0] })
        {
            Tensor view = x.Permute(order);
            float[] values = view.ToArray();
            int at = 0;
            for (int i = 0; i < view.Size(0); i++)
            {
                for (int j = 0; j < view.Size(1); j++)
                {
                    for (int k = 0; k < view.Size(2); k++)
                    {
                        Assert.Equal(view[i, j, k], values[at++]);
                    }
                }
            }
        }
    }

    [Fact]
    public void Cat_split_stack_roll_pad()
    {
        using var w = new Workspace { Poison = true };
        Tensor x = Counting(2, 5);
        Tensor[] parts = x.Split(1, 2, 3);
        Assert.Equal(x.ToArray(), Cat(w, 1, parts).ToArray());
        Assert.Equal([2, 2, 5], Stack(w, 0, x, x).Shape.ToArray());
        Assert.Equal([2, 3], x.Chunk(2, 1).Select(p => p.Size(1)).Order().ToArray());
        Assert.Equal([4, 0, 1, 2, 3, 9, 5, 6, 7, 8], Roll(w, x, 1, 1).ToArray());
        Assert.Equal([7, 8, 9, 5, 6, 2, 3, 4, 0, 1], Roll(w, x, [-1, 3], [0, 1]).ToArray());
        Assert.Equal([2, 1, 0, 1, 2, 1], Pad(w, Counting(3), [2, 1], PadMode.Reflect).ToArray());
        Assert.Equal([0, 0, 0, 1, 2, 2], Pad(w, Counting(3), [2, 1], PadMode.Replicate).ToArray());
        Assert.Equal([1, 2, 0, 1, 2, 0], Pad(w, Counting(3), [2, 1], PadMode.Circular).ToArray());
        Assert.Equal([7, 7, 0, 1, 2, 7], Pad(w, Counting(3), [2, 1], value: 7).ToArray());
        Assert.Equal([1, 2], Pad(w, Counting(3), [-1, 0]).ToArray());
        Assert.Contains("[pad]", Assert.Throws<ShapeException>(() => Pad(w, Counting(3), [3, 0], PadMode.Reflect)).Message);
    }

    [Fact]
    public void Gather_embedding_where()
    {
        using var w = new Workspace();
        Tensor x = Counting(3, 2);
        Assert.Equal([4, 5, 0, 1], IndexSelect(w, x, 0, Tensor.From([2L, 0L], 2)).ToArray());
        Assert.Equal([1, 0, 2, 3], Gather(w, x, 1, Tensor.From([1L, 0L, 0L, 1L], 2, 2)).ToArray());
        Assert.Equal([1, 2, 2], Embedding(w, Tensor.From([1L, 1L], 1, 2), x).Shape.ToArray());
        Assert.Contains("Index 3", Assert.Throws<ShapeException>(() => Embedding(w, Tensor.From([3L], 1), x)).Message);
        Tensor mask = Tensor.From([true, false], 2);
        Assert.Equal([-1, 1, -1, 3, -1, 5], MaskedFill(w, x, mask, -1).ToArray());
        Assert.Equal([0, -1, 2, -1, 4, -1], Where(w, mask, x, Tensor.Scalar(-1)).ToArray());
    }

    [Fact]
    public void Types_convert_to_the_nearest_and_back()
    {
        using var w = new Workspace();
        float[] values = [0f, -0f, 1f, 1.00390625f, 1.01171875f, 1e-40f, float.MaxValue, float.PositiveInfinity, float.NaN];
        Tensor x = Tensor.From(values, values.Length);
        float[] bf16 = ToType(w, ToType(w, x, DType.BF16), DType.F32).ToArray();
        Assert.Equal([0f, -0f, 1f, 1f, 1.015625f], bf16[..5]);
        Assert.NotEqual(0, bf16[5]);
        Assert.Equal(float.PositiveInfinity, bf16[6]);
        Assert.True(float.IsNaN(bf16[8]));
        Assert.Equal([1f, 1.0039062f, 1.0117188f], ToType(w, ToType(w, x, DType.F16), DType.F32).ToArray()[2..5]);
        Assert.Equal([3L, -3L], ToType(w, Tensor.From([3.7f, -3.7f], 2), DType.I64).Integers.ToArray());
    }
}

internal static class Views
{
    /// <summary>Adds and drops a dimension at each place.</summary>
    public static Tensor Squeezed(this Tensor x)
    {
        for (int i = 0; i <= x.Rank; i++)
        {
            x = x.Unsqueeze(i).Squeeze(i);
        }
        return x;
    }
}
