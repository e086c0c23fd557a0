using Euterpe.Numerics;

namespace Euterpe.Tensors;

/// <summary>
/// One layer and direction of an LSTM under torch's names: inputs [4 H, C], recurrent [4 H, H], both biases [4 H]; gates in the order i, f, g, o.
/// </summary>
public sealed record LstmWeights(Tensor Input, Tensor Recurrent, Tensor? InputBias = null, Tensor? RecurrentBias = null)
{
    public int Hidden => Recurrent.Size(1);
}

/// <summary>The same with both matrices packed, once, at load.</summary>
public sealed class PackedLstm(LstmWeights weights, PackedType type = PackedType.F32) : IDisposable
{
    public int Hidden { get; } = weights.Hidden;

    internal PackedMatrix Input { get; } = Packed(weights.Input, type);

    internal PackedMatrix Recurrent { get; } = Packed(weights.Recurrent, type);

    internal Tensor? InputBias { get; } = weights.InputBias;

    internal Tensor? RecurrentBias { get; } = weights.RecurrentBias;

    public void Dispose()
    {
        Input.Dispose();
        Recurrent.Dispose();
    }

    private static PackedMatrix Packed(Tensor weight, PackedType type) => PackedMatrix.Pack(weight.Span, weight.Size(0), weight.Size(1), type);
}

/// <summary>The outputs [T, B, H] of all frames, and the state [B, H] after the last one.</summary>
public readonly record struct LstmResult(Tensor Output, Tensor Hidden, Tensor Cell);

public static unsafe partial class Operations
{
    /// <summary>
    /// One LSTM layer over x [T, B, C], from a state [B, H] or from zeros. The input projection of all frames is one matrix product; only the
    /// recurrence walks. A whole is bit-equal to its parts with the state carried on.
    /// </summary>
    public static LstmResult Lstm(Workspace w, Tensor x, LstmWeights weights, Tensor? hidden = null, Tensor? cell = null, bool reverse = false)
    {
        CheckLstm(x, weights);
        // Packing costs what one frame costs.
        using var packed = new PackedLstm(weights);
        return Lstm(w, x, packed, hidden, cell, reverse);
    }

    /// <summary>The same with packed weights, as inference has them; the same bits.</summary>
    public static LstmResult Lstm(Workspace w, Tensor x, PackedLstm weights, Tensor? hidden = null, Tensor? cell = null, bool reverse = false)
    {
        int size = weights.Hidden;
        CheckFloats("lstm", x);
        if (x.Rank != 3 || x.Size(2) != weights.Input.Inputs)
        {
            throw new ShapeException($"[lstm] x [T, B, {weights.Input.Inputs}] is expected: it is {x.Shape}.");
        }
        CheckState(x, size, hidden);
        CheckState(x, size, cell);
        int frames = x.Size(0), batch = x.Size(1);
        Tensor output = w.Allocate(frames, batch, size);
        Tensor h = hidden is null ? w.Zeros(batch, size) : Copy(w, hidden);
        Tensor c = cell is null ? w.Zeros(batch, size) : Copy(w, cell);
        using Workspace.Scope scope = w.Begin();
        Tensor projected = Linear(w, x, weights.Input, weights.InputBias); // [T, B, 4 H]
        Tensor recurrent = w.Allocate(batch, 4 * size);
        for (int i = 0; i < frames; i++)
        {
            int frame = reverse ? frames - 1 - i : i;
            w.Token.ThrowIfCancellationRequested();
            MatrixProduct.Multiply(h.Span, batch, size, weights.Recurrent, recurrent.Span, 4 * size, Row(weights.RecurrentBias), Fused.None, w.Token);
            float* gates = projected.Floats + (long)frame * batch * 4 * size;
            float* y = output.Floats + (long)frame * batch * size;
            for (int b = 0; b < batch; b++)
            {
                LstmStep(gates + (long)b * 4 * size, recurrent.Floats + (long)b * 4 * size, c.Floats + (long)b * size, y + (long)b * size, size);
            }
            Buffer.MemoryCopy(y, h.Floats, h.Count * sizeof(float), h.Count * sizeof(float));
        }
        GC.KeepAlive(weights);
        return new LstmResult(output, h, c);
    }

    /// <summary>c = sigmoid(f) c + sigmoid(i) tanh(g), h = sigmoid(o) tanh(c); each gate is (input part) + ((recurrent part) + bias).</summary>
    private static void LstmStep(float* projected, float* recurrent, float* cell, float* hidden, int size)
    {
        var gates = new Span<float>(recurrent, 4 * size);
        Elementwise.Add(new ReadOnlySpan<float>(projected, 4 * size), gates, gates);
        Span<float> i = gates[..size], f = gates.Slice(size, size), g = gates.Slice(2 * size, size), o = gates.Slice(3 * size, size);
        Elementwise.Map(default(Unary.Sigmoid), gates[..(2 * size)], gates[..(2 * size)]);
        Elementwise.Map(default(Unary.Tanh), g, g);
        Elementwise.Map(default(Unary.Sigmoid), o, o);
        var c = new Span<float>(cell, size);
        Elementwise.Multiply(f, c, c);
        Elementwise.FusedMultiplyAdd(i, g, c, c);
        var h = new Span<float>(hidden, size);
        Elementwise.Map(default(Unary.Tanh), c, h);
        Elementwise.Multiply(o, h, h);
    }

    private static void CheckLstm(Tensor x, LstmWeights weights)
    {
        CheckFloats("lstm", x);
        int size = weights.Recurrent.Rank == 2 ? weights.Recurrent.Size(1) : -1;
        bool fits = x.Rank == 3 && size >= 0 && weights.Recurrent.Shape == new Shape(4 * size, size) && weights.Recurrent.IsContiguous
            && weights.Input.Shape == new Shape(4 * size, x.Size(2)) && weights.Input.IsContiguous;
        if (!fits)
        {
            throw new ShapeException($"[lstm] x [T, B, C] and contiguous weights [4 H, C] and [4 H, H] are expected: x is {x.Shape}, "
                + $"the weights are {weights.Input.Shape} and {weights.Recurrent.Shape}.");
        }
        CheckRow("lstm", "input bias", weights.InputBias, 4 * size, x);
        CheckRow("lstm", "recurrent bias", weights.RecurrentBias, 4 * size, x);
    }

    private static void CheckState(Tensor x, int size, Tensor? state)
    {
        if (state is not null && (state.Type != DType.F32 || state.Shape != new Shape(x.Size(1), size)))
        {
            throw new ShapeException($"[lstm] A state is [B, H] = [{x.Size(1)}, {size}]: found {state}.");
        }
    }
}
