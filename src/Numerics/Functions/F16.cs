using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Euterpe.Numerics;

/// <summary>IEEE half precision, as checkpoints store it.</summary>
[Experimental("EUTERPE001")]
public static class F16
{
    public static float ToFloat(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);

    public static ushort FromFloat(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    public static void ToFloat(ReadOnlySpan<ushort> x, Span<float> y)
    {
        Check(x.Length, y.Length);
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref ushort from = ref MemoryMarshal.GetReference(x);
            ref float to = ref MemoryMarshal.GetReference(y);
            for (; i <= x.Length - 16; i += 16)
            {
                (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.LoadUnsafe(ref from, (nuint)i));
                Widen(low).StoreUnsafe(ref to, (nuint)i);
                Widen(high).StoreUnsafe(ref to, (nuint)i + 8);
            }
        }

        for (; i < x.Length; i++)
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

    // The exponent's bias differs by 112: the product is exact, for denormals too. Infinities and NaNs keep all ones; a NaN becomes a quiet one.
    private static Vector256<float> Widen(Vector256<uint> bits)
    {
        Vector256<uint> size = bits & Vector256.Create(0x7FFFu), sign = Vector256.ShiftLeft(bits ^ size, 16), moved = Vector256.ShiftLeft(size, 13);
        Vector256<uint> finite = (moved.AsSingle() * Vector256.Create(5.1922968585348276e33f)).AsUInt32();
        Vector256<uint> quiet = Vector256.GreaterThan(size, Vector256.Create(0x7C00u)) & Vector256.Create(0x400000u);
        Vector256<uint> edge = moved | Vector256.Create(0x7F800000u) | quiet;
        return (sign | Vector256.ConditionalSelect(Vector256.GreaterThan(size, Vector256.Create(0x7BFFu)), edge, finite)).AsSingle();
    }

    private static void Check(int x, int y)
    {
        if (x != y)
        {
            throw new ShapeException($"[f16] Both spans must have one length: found {x} and {y}.");
        }
    }
}
