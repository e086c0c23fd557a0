namespace Euterpe.Numerics;

/// <summary>bfloat16, the upper half of a float: to nearest, ties to even; denormals are kept, a NaN stays a NaN.</summary>
public static class Bf16
{
    public static float ToFloat(ushort bits) => BitConverter.Int32BitsToSingle(bits << 16);

    public static ushort FromFloat(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    public static void ToFloat(ReadOnlySpan<ushort> x, Span<float> y)
    {
        Check(x.Length, y.Length);
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = ToFloat(x[i]);
        }
    }

    public static void FromFloat(ReadOnlySpan<float> x, Span<ushort> y)
    {
        Check(x.Length, y.Length);
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = FromFloat(x[i]);
        }
    }

    private static void Check(int x, int y)
    {
        if (x != y)
        {
            throw new ShapeException($"[bf16] Both spans must have one length: found {x} and {y}.");
        }
    }
}
