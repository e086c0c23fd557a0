using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Euterpe.Numerics;

/// <summary>8 lanes in one Vector256.</summary>
[Experimental("EUTERPE001")]
public readonly struct V8(Vector256<float> value) : ILanes<V8>
{
    private readonly Vector256<float> _v = value;

    public static int Width => 8;

    /// <summary>Whether this width has its own instructions here, the fused multiply-add among them.</summary>
    public static bool IsAccelerated => Avx2.IsSupported && System.Runtime.Intrinsics.X86.Fma.IsSupported;

    public Vector256<float> Vector => _v;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Of(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 OfBits(int bits) => new(Vector256.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Load(ref float source) => new(Vector256.LoadUnsafe(ref source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V8 value, ref float target) => value._v.StoreUnsafe(ref target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator +(V8 a, V8 b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator -(V8 a, V8 b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator *(V8 a, V8 b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator /(V8 a, V8 b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator -(V8 a) => new(a._v ^ Vector256.Create(-0.0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator &(V8 a, V8 b) => new(a._v & b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator |(V8 a, V8 b) => new(a._v | b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 operator ^(V8 a, V8 b) => new(a._v ^ b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Fma(V8 a, V8 b, V8 c) => new(Vector256.FusedMultiplyAdd(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Sqrt(V8 a) => new(Vector256.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Abs(V8 a) => new(Vector256.Abs(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Greater(V8 a, V8 b) => new(Vector256.GreaterThan(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 GreaterOrEqual(V8 a, V8 b) => new(Vector256.GreaterThanOrEqual(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Equal(V8 a, V8 b) => new(Vector256.Equals(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Select(V8 mask, V8 yes, V8 no) => new(Vector256.ConditionalSelect(mask._v, yes._v, no._v));

    // The processor's maximum is a > b ? a : b exactly.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Max(V8 a, V8 b) => Avx.IsSupported
        ? new(Avx.Max(a._v, b._v))
        : new(Vector256.ConditionalSelect(Vector256.GreaterThan(a._v, b._v), a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Min(V8 a, V8 b) => Avx.IsSupported
        ? new(Avx.Min(a._v, b._v))
        : new(Vector256.ConditionalSelect(Vector256.LessThan(a._v, b._v), a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(V8 mask) => Vector256.ExtractMostSignificantBits(mask._v) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 AddBits(V8 a, V8 b) => new((a._v.AsInt32() + b._v.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 SubtractBits(V8 a, V8 b) => new((a._v.AsInt32() - b._v.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 ShiftLeft(V8 a, int count) => new((a._v.AsInt32() << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 ShiftRight(V8 a, int count) => new((a._v.AsInt32() >>> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 ShiftRightSigned(V8 a, int count) => new((a._v.AsInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 FromIntegers(V8 bits) => new(Vector256.ConvertToSingle(bits._v.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V8 Scale(V8 a, V8 n)
    {
        if (Avx512F.VL.IsSupported)
        {
            return new(Avx512F.VL.Scale(a._v, n._v));
        }

        // Two factors: their first product is exact, the second rounds once, also into the denormals.
        Vector256<int> whole = Vector256.ConvertToInt32(n._v);
        Vector256<int> half = whole >> 1;
        Vector256<int> bias = Vector256.Create(127);
        return new(a._v * ((half + bias) << 23).AsSingle() * ((whole - half + bias) << 23).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldSum(V8 a)
    {
        Vector128<float> four = a._v.GetLower() + a._v.GetUpper();
        Vector128<float> two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3));
        return two.ToScalar() + two.GetElement(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldMax(V8 a)
    {
        Vector128<float> four = Larger(a._v.GetLower(), a._v.GetUpper());
        Vector128<float> two = Larger(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3)));
        float x = two.ToScalar();
        float y = two.GetElement(1);
        return x > y ? x : y;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Larger(Vector128<float> a, Vector128<float> b) =>
        Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe V8 LoadPart(ref float source, int count, V8 fill)
    {
        if (!Avx.IsSupported)
        {
            return Sixteen.LoadPart(ref source, count, fill);
        }

        fixed (float* p = &source)
        {
            Vector256<float> first = First(count);
            return new(Vector256.ConditionalSelect(first, Avx.MaskLoad(p, first), fill._v));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void StorePart(V8 value, ref float target, int count)
    {
        if (!Avx.IsSupported)
        {
            Sixteen.StorePart(value, ref target, count);
            return;
        }

        fixed (float* p = &target)
        {
            Avx.MaskStore(p, First(count), value._v);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> First(int count) => Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
}
