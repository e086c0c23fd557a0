using static Euterpe.Tensors.Operations;

namespace Euterpe.Tensors.Tests;

/// <summary>Infinities, not-a-numbers and huge values, as torch has them.</summary>
public class ExtremeValueTests
{
    private const float Nan = float.NaN, Inf = float.PositiveInfinity;

    [Fact]
    public void A_not_a_number_stays_in_its_row()
    {
        using var w = new Workspace();
        Tensor x = Tensor.From([1f, Nan, 3f, 4f, 5f, 6f], 2, 3);
        foreach (Tensor y in new[] { Softmax(w, x, -1), LogSoftmax(w, x, -1), LayerNorm(w, x, null, null), RmsNorm(w, x, null), Normalize(w, x), CumSum(w, x, 1) })
        {
            Assert.True(float.IsNaN(y[0, 2]));
            Assert.All(y.Select(0, 1).ToArray(), value => Assert.False(float.IsNaN(value)));
        }
        Assert.Equal([Nan, 6], Max(w, x, 1).ToArray());
        Assert.Equal([1L, 2L], ArgMax(w, x).Integers.ToArray());
        Assert.Equal([1, 2, 0, 2, 1, 0], Contiguous(w, ArgSort(w, x, -1, descending: true)).Integers.ToArray().Select(i => (int)i));
        Assert.Equal([Nan, 6], MaxPool1d(w, x.Unsqueeze(0), 3).ToArray());
        Assert.True(float.IsNaN(Relu(w, x)[0, 1]) && float.IsNaN(Clamp(w, x, 0, 1)[0, 1]) && float.IsNaN(MatMul(w, x, Tensor.Zeros(3, 2))[0, 0]));
    }

    [Fact]
    public void Infinities()
    {
        using var w = new Workspace();
        Tensor x = Tensor.From([-Inf, 0, Inf], 3);
        Assert.Equal([0, 1, Inf], Exp(w, x).ToArray());
        Assert.Equal([0, 0.5f, 1], Sigmoid(w, x).ToArray());
        Assert.Equal([-1, 0, 1], Tanh(w, x).ToArray());
        Assert.Equal([0, 0, Inf], Relu(w, x).ToArray());
        Assert.Equal([1, 0], Softmax(w, Tensor.From([3f, -Inf], 2), 0).ToArray());
        Assert.All(Softmax(w, Tensor.From([-Inf, -Inf], 2), 0).ToArray(), value => Assert.True(float.IsNaN(value)));
        Assert.Equal([0.5f, 0.5f], Softmax(w, Tensor.From([3e38f, 3e38f], 2), 0).ToArray());
    }

    [Fact]
    public void Losses_of_huge_logits_are_finite()
    {
        using var w = new Workspace();
        Tensor x = Tensor.From([1e4f, -1e4f, 0, -1e4f, 1e4f, 0], 2, 3);
        Assert.Equal(10000, CrossEntropy(w, x, Tensor.From([0L, 0L], 2)).Item());
        Assert.Equal(0, BinaryCrossEntropyWithLogits(w, Tensor.From([1e4f, -1e4f], 2), Tensor.From([1f, 0f], 2)).Item());
        Assert.True(float.IsNaN(CrossEntropy(w, x, Tensor.From([-100L, -100L], 2)).Item()));
    }
}
