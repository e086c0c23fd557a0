using Euterpe.Numerics;
using Euterpe.Tensors;

namespace Euterpe.Layers;

/// <summary>What the linear layers share: packing, and the fused functions applied one by one where nothing is fused.</summary>
internal static class Packed
{
    public static PackedMatrix Of(Tensor weight, int outputs, int inputs, Packing packing)
    {
        PackedType type = packing == Packing.BF16 ? PackedType.BF16 : PackedType.F32;
        return weight.Type switch
        {
            DType.BF16 => PackedMatrix.PackBf16(weight.AsSpan<ushort>(), outputs, inputs, type),
            DType.F16 => PackedMatrix.Pack(weight.AsSpan<Half>(), outputs, inputs, type),
            _ => PackedMatrix.Pack(weight.Span, outputs, inputs, type),
        };
    }

    /// <summary>Rows below rows, packed as one matrix: [parts * outputs, inputs].</summary>
    public static PackedMatrix Of(Parameter[] parts, int inputs, Packing packing)
    {
        int each = parts[0].Shape[0];
        if (each % 64 != 0)
        {
            using Tensor whole = Join(parts, inputs);
            return Of(whole, whole.Size(0), inputs, packing);
        }

        PackedMatrix packed = PackedMatrix.OfParts(each * parts.Length, inputs, packing == Packing.BF16 ? PackedType.BF16 : PackedType.F32);
        for (int i = 0; i < parts.Length; i++)
        {
            Tensor weight = parts[i].Stored;
            switch (weight.Type)
            {
                case DType.BF16:
                    packed.PackRows(i * each, weight.AsSpan<ushort>());
                    break;
                case DType.F16:
                    packed.PackRows(i * each, weight.AsSpan<Half>());
                    break;
                default:
                    packed.PackRows(i * each, weight.Span);
                    break;
            }
        }

        return packed;
    }

    /// <summary>Rows below rows: [parts * rows, columns].</summary>
    public static Tensor Join(Parameter[] parts, int columns)
    {
        int each = checked((int)parts[0].Value.Count);
        Tensor whole = Tensor.Create(DType.F32, new Shape(parts.Length * each / columns, columns));
        for (int i = 0; i < parts.Length; i++)
            parts[i].Value.Span.CopyTo(whole.Span[(i * each)..]);
        return whole;
    }

    public static Tensor Finish(Workspace w, Tensor x, Fused fused, Tensor? residual)
    {
        Tensor y = fused switch
        {
            Fused.None => x,
            Fused.Relu => Operations.Relu(w, x),
            Fused.Gelu => Operations.Gelu(w, x),
            Fused.GeluTanh => Operations.GeluTanh(w, x),
            Fused.QuickGelu => Operations.QuickGelu(w, x),
            Fused.Silu => Operations.Silu(w, x),
            Fused.Tanh => Operations.Tanh(w, x),
            Fused.Sigmoid => Operations.Sigmoid(w, x),
            _ => throw new OptionsException($"[linear] {fused} is not implemented for plain weights."),
        };
        return residual is null ? y : Operations.Add(w, y, residual);
    }
}
