using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Euterpe.Numerics;

/// <summary>bfloat16, the upper half of a float: to nearest, ties to even; denormals are kept, a NaN stays a NaN.</summary>
[Experimental("EUTERPE001")]
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
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref ushort from = ref MemoryMarshal.GetReference(x);
            ref float to = ref MemoryMarshal.GetReference(y);
            for (; i <= x.Length - 16; i += 16)
            {
                (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(Vector256.LoadUnsafe(ref from, (nuint)i));
                Vector256.ShiftLeft(low, 16).AsSingle().StoreUnsafe(ref to, (nuint)i);
                Vector256.ShiftLeft(high, 16).AsSingle().StoreUnsafe(ref to, (nuint)i + 8);
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
        int i = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref float from = ref MemoryMarshal.GetReference(x);
            ref ushort to = ref MemoryMarshal.GetReference(y);
            for (; i <= x.Length - 16; i += 16)
            {
                Vector256<uint> low = Round(Vector256.LoadUnsafe(ref from, (nuint)i)), high = Round(Vector256.LoadUnsafe(ref from, (nuint)i + 8));
                Vector256.Narrow(low, high).StoreUnsafe(ref to, (nuint)i);
            }
        }

        for (; i < x.Length; i++)
        {
            y[i] = FromFloat(x[i]);
        }
    }

    /// <summary>As <see cref="FromFloat(float)"/>, the 16 bits in the lower half of each lane.</summary>
    internal static Vector256<uint> Round(Vector256<float> value)
    {
        Vector256<uint> bits = value.AsUInt32(), half = Vector256.ShiftRightLogical(bits, 16);
        Vector256<uint> rounded = Vector256.ShiftRightLogical(bits + Vector256.Create(0x7FFFu) + (half & Vector256.Create(1u)), 16);
        return Vector256.ConditionalSelect(Vector256.Equals(value, value).AsUInt32(), rounded, half | Vector256.Create(0x40u));
    }

    private static void Check(int x, int y)
    {
        if (x != y)
        {
            throw new ShapeException($"[bf16] Both spans must have one length: found {x} and {y}.");
        }
    }
}
