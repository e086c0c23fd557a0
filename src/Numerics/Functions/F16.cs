namespace Euterpe.Numerics;

/// <summary>IEEE half precision, as checkpoints store it.</summary>
public static class F16
{
    public static float ToFloat(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);

    public static ushort FromFloat(float value) => BitConverter.HalfToUInt16Bits((Half)value);

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
            throw new ShapeException($"[f16] Both spans must have one length: found {x} and {y}.");
        }
    }
}
