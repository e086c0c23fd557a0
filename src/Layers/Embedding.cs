using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Layers;

/// <summary>A table of rows, looked up by number. A bf16 table stays bf16: only the rows asked for are widened.</summary>
public sealed class Embedding : Module
{
    private readonly Parameter weight;

    public Embedding(Weights weights, int rows, int channels)
        : base(weights)
    {
        weight = weights.Take("weight", Initial.Normal(1), rows, channels);
    }

    public int Rows => weight.Shape[0];

    public int Channels => weight.Shape[1];

    /// <summary>Copies one row; the number is checked.</summary>
    public void CopyRow(long id, Span<float> into)
    {
        if (weight.Stored.Type == DType.BF16)
            Bf16.ToFloat(weight.Stored.AsSpan<ushort>().Slice(Start(id), Channels), into);
        else
            weight.Value.Span.Slice(Start(id), Channels).CopyTo(into);
    }

    /// <summary>Adds one row; the number is checked.</summary>
    public void AddRow(long id, Span<float> into)
    {
        ReadOnlySpan<float> row = weight.Value.Span.Slice(Start(id), Channels);
        for (int c = 0; c < row.Length; c++)
            into[c] += row[c];
    }

    private int Start(long id)
    {
        if (id < 0 || id >= Rows)
            throw new ShapeException($"[embedding] {weight.Name} has rows 0 to {Rows - 1}: {id} was asked for.");
        return checked((int)id * Channels);
    }
}
