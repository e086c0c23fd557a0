using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;

namespace Euterpe.Numerics;

/// <summary>One lane: a plain float. What the scalar forms and machines without vectors use.</summary>
[Experimental("EUTERPE001")]
public readonly struct V1(float value) : ILanes<V1>
{
    private readonly float _v = value;

    public static int Width => 1;

    public float Value => _v;

    private int Bits => BitConverter.SingleToInt32Bits(_v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 Of(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 OfBits(int bits) => new(BitConverter.Int32BitsToSingle(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 Load(ref float source) => new(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V1 value, ref float target) => target = value._v;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 operator +(V1 a, V1 b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 operator -(V1 a, V1 b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 operator *(V1 a, V1 b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 operator /(V1 a, V1 b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 operator -(V1 a) => OfBits(a.Bits ^ int.MinValue);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 operator &(V1 a, V1 b) => OfBits(a.Bits & b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 operator |(V1 a, V1 b) => OfBits(a.Bits | b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 operator ^(V1 a, V1 b) => OfBits(a.Bits ^ b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 Fma(V1 a, V1 b, V1 c) => new(FusedMultiplyAdd(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 Sqrt(V1 a) => new(MathF.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 Abs(V1 a) => OfBits(a.Bits & int.MaxValue);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 Greater(V1 a, V1 b) => OfBits(a._v > b._v ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 GreaterOrEqual(V1 a, V1 b) => OfBits(a._v >= b._v ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 Equal(V1 a, V1 b) => OfBits(a._v == b._v ? -1 : 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 Select(V1 mask, V1 yes, V1 no) => OfBits((mask.Bits & yes.Bits) | (~mask.Bits & no.Bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 Max(V1 a, V1 b) => a._v > b._v ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 Min(V1 a, V1 b) => a._v < b._v ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(V1 mask) => mask.Bits < 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 AddBits(V1 a, V1 b) => OfBits(a.Bits + b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 SubtractBits(V1 a, V1 b) => OfBits(a.Bits - b.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 ShiftLeft(V1 a, int count) => OfBits(a.Bits << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 ShiftRight(V1 a, int count) => OfBits(a.Bits >>> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 ShiftRightSigned(V1 a, int count) => OfBits(a.Bits >> count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 FromIntegers(V1 bits) => new(bits.Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V1 Scale(V1 a, V1 n)
    {
        int whole = (int)n._v;
        int half = whole >> 1;
        return new(a._v * BitConverter.Int32BitsToSingle((half + 127) << 23) * BitConverter.Int32BitsToSingle((whole - half + 127) << 23));
    }

    /// <summary>a * b + c, rounded once: by the instruction, or exactly in double where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FusedMultiplyAdd(float a, float b, float c) => System.Runtime.Intrinsics.X86.Fma.IsSupported || AdvSimd.IsSupported
        ? MathF.FusedMultiplyAdd(a, b, c)
        : SoftwareFusedMultiplyAdd(a, b, c);

    // The product of two floats is exact in double. The sum is rounded to odd (the last bit tells whether anything was lost), which makes the second
    // rounding, to float, the only one that counts: 53 bits are more than 24 + 2.
    internal static float SoftwareFusedMultiplyAdd(float a, float b, float c)
    {
        double product = (double)a * b;
        double sum = product + c;
        double part = sum - product;
        double lost = (product - (sum - part)) + (c - part);
        if (lost != 0 && double.IsFinite(sum))
        {
            long bits = BitConverter.DoubleToInt64Bits(sum);
            if ((bits & 1) == 0)
            {
                bits += (lost > 0) == (sum > 0) ? 1 : -1;
                sum = BitConverter.Int64BitsToDouble(bits);
            }
        }

        return (float)sum;
    }

    public static float FoldSum(V1 a) => a._v;

    public static float FoldMax(V1 a) => a._v;

    public static V1 LoadPart(ref float source, int count, V1 fill) => count > 0 ? new(source) : fill;

    public static void StorePart(V1 value, ref float target, int count)
    {
        if (count > 0)
        {
            target = value._v;
        }
    }
}
