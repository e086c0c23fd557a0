using Euterpe.Numerics;
using Euterpe.Testing;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Tensors.Tests;

public class AttentionTests
{
    /// <summary>The definition, put together from the other operations.</summary>
    private static Tensor Composed(Workspace w, Tensor q, Tensor k, Tensor v, Tensor? bias, Tensor? mask, float scale)
    {
        Tensor scores = Mul(w, MatMul(w, q, k.Transpose(-1, -2)), scale);
        scores = bias is null ? scores : Add(w, scores, bias);
        scores = mask is null ? scores : Add(w, scores, mask);
        return MatMul(w, Softmax(w, scores, -1), v);
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(9, 11, 16, 16)]
    [InlineData(64, 64, 32, 32)]
    [InlineData(65, 70, 24, 24)]
    [InlineData(3, 257, 64, 64)]
    [InlineData(130, 600, 20, 7)]
    [InlineData(17, 1100, 5, 48)]
    [InlineData(2, 3, 700, 33)]
    public void Attention_is_bit_equal_to_its_parts(int queries, int positions, int width, int valueWidth)
    {
        using var w = new Workspace { Poison = true };
        Tensor q = Draw.Normal("q", 2, 3, queries, width), k = Draw.Normal("k", 2, 3, positions, width), v = Draw.Normal("v", 2, 3, positions,
            valueWidth);
        Tensor bias = Draw.Normal("bias", 3, queries, positions), mask = Draw.Normal("mask", 2, 1, 1, positions);
        float scale = 0.3f;
        Close.Same(Composed(w, q, k, v, null, null, scale).ToArray(), ScaledDotProductAttention(w, q, k, v, scale: scale).ToArray(), "plain");
        float[] expected = Composed(w, q, k, v, bias, mask, scale).ToArray();
        Close.Same(expected, ScaledDotProductAttention(w, q, k, v, bias, mask, scale: scale).ToArray(), "bias and mask");
        Tensor byPosition = Contiguous(w, bias.Transpose(-1, -2)).Transpose(-1, -2);
        Close.Same(expected, ScaledDotProductAttention(w, q, k, v, byPosition, mask, scale: scale).ToArray(), "bias stored by position");
    }

    [Theory]
    [InlineData(9, 9, 0)]
    [InlineData(70, 70, 0)]
    [InlineData(5, 20, 15)]
    [InlineData(100, 600, 500)]
    public void Causal_attention_is_attention_with_a_mask(int queries, int positions, int offset)
    {
        using var w = new Workspace { Poison = true };
        Tensor q = Draw.Normal("q", 2, queries, 16), k = Draw.Normal("k", 2, positions, 16), v = Draw.Normal("v", 2, positions, 16);
        bool[] seen = [.. Enumerable.Range(0, queries * positions).Select(i => i % positions <= (i / positions) + offset)];
        Tensor mask = Tensor.From(seen, queries, positions);
        Close.Same(ScaledDotProductAttention(w, q, k, v, mask: mask).ToArray(),
            ScaledDotProductAttention(w, q, k, v, causal: true, causalOffset: offset).ToArray());
    }

    [Fact]
    public void Heads_are_read_and_joined_without_copies()
    {
        using var w = new Workspace();
        Tensor qkv = Draw.Normal("qkv", 2, 10, 3 * 4 * 16);
        Tensor[] parts = [.. qkv.Chunk(3, -1).Select(part => part.Reshape(2, 10, 4, 16).Transpose(1, 2))];
        long before = w.Used;
        Tensor y = ScaledDotProductAttention(w, parts[0], parts[1], parts[2]);
        Assert.Equal(2 * 10 * 64 * sizeof(float), w.Used - before);
        Assert.Equal([2, 10, 64], y.Transpose(1, 2).Reshape(2, 10, 64).Shape.ToArray());
        Close.Same(ScaledDotProductAttention(w, Contiguous(w, parts[0]), Contiguous(w, parts[1]), Contiguous(w, parts[2])).ToArray(), y.ToArray());
    }

    [Fact]
    public unsafe void Attention_equals_its_reference()
    {
        using var w = new Workspace();
        Tensor q = Draw.Normal("q", 40, 24), k = Draw.Normal("k", 530, 24), v = Draw.Normal("v", 530, 20), y = Tensor.Zeros(40, 20);
        var head = new AttentionHead
        {
            Q = q.Floats,
            K = k.Floats,
            V = v.Floats,
            Y = y.Floats,
            QRow = 24,
            KRow = 24,
            VRow = 20,
            YRow = 20,
            Queries = 40,
            Positions = 530,
            Width = 24,
            ValueWidth = 20,
            Scale = 0.5f,
            Causal = true,
            Offset = 490,
        };
        AttentionKernel.Reference(head);
        Close.Same(y.ToArray(), ScaledDotProductAttention(w, q, k, v, causal: true, causalOffset: 490, scale: 0.5f).ToArray());
        GC.KeepAlive(q);
        GC.KeepAlive(k);
        GC.KeepAlive(v);
    }

    [Fact]
    public void Huge_scores_stay_finite_and_a_row_that_sees_nothing_is_not_a_number()
    {
        using var w = new Workspace();
        Tensor q = Mul(w, Draw.Normal("q", 4, 8), 1e4f), k = Mul(w, Draw.Normal("k", 4, 8), 1e4f), v = Draw.Normal("v", 4, 8);
        Assert.All(ScaledDotProductAttention(w, q, k, v).ToArray(), value => Assert.True(float.IsFinite(value)));
        Tensor mask = Tensor.From([true, false, true, true, false, false, false, false, true, true, true, true, true, true, true, true], 4, 4);
        float[] y = ScaledDotProductAttention(w, q, k, v, mask: mask).ToArray();
        Assert.All(y[8..16], value => Assert.True(float.IsNaN(value)));
        Assert.All(y[..8], value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_named()
    {
        using var w = new Workspace();
        string message = Assert.Throws<ShapeException>(() => ScaledDotProductAttention(w, Tensor.Zeros(2, 3, 4), Tensor.Zeros(2, 3, 5),
            Tensor.Zeros(2, 3, 5))).Message;
        Assert.Contains("[scaled_dot_product_attention]", message);
        Assert.Contains("[2, 3, 4]", message);
        Assert.Contains("mask", Assert.Throws<ShapeException>(
            () => ScaledDotProductAttention(w, Tensor.Zeros(3, 4), Tensor.Zeros(3, 4), Tensor.Zeros(3, 4), mask: Tensor.Zeros(3, 5))).Message);
    }
}
