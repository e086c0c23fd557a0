using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Euterpe.Numerics;

/// <summary>16 lanes in one Vector512.</summary>
[Experimental("EUTERPE001")]
public readonly struct V16(Vector512<float> value) : ILanes<V16>
{
    private readonly Vector512<float> _v = value;

    public static int Width => 16;

    /// <summary>Whether this width has its own instructions here, the fused multiply-add among them.</summary>
    public static bool IsAccelerated => Avx512F.IsSupported;

    public Vector512<float> Vector => _v;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Of(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 OfBits(int bits) => new(Vector512.Create(bits).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Load(ref float source) => new(Vector512.LoadUnsafe(ref source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(V16 value, ref float target) => value._v.StoreUnsafe(ref target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator +(V16 a, V16 b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator -(V16 a, V16 b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator *(V16 a, V16 b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator /(V16 a, V16 b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator -(V16 a) => new(a._v ^ Vector512.Create(-0.0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator &(V16 a, V16 b) => new(a._v & b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator |(V16 a, V16 b) => new(a._v | b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 operator ^(V16 a, V16 b) => new(a._v ^ b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Fma(V16 a, V16 b, V16 c) => new(Vector512.FusedMultiplyAdd(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Sqrt(V16 a) => new(Vector512.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Abs(V16 a) => new(Vector512.Abs(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Greater(V16 a, V16 b) => new(Vector512.GreaterThan(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 GreaterOrEqual(V16 a, V16 b) => new(Vector512.GreaterThanOrEqual(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Equal(V16 a, V16 b) => new(Vector512.Equals(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Select(V16 mask, V16 yes, V16 no) => new(Vector512.ConditionalSelect(mask._v, yes._v, no._v));

    // The processor's maximum is a > b ? a : b exactly.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Max(V16 a, V16 b) => Avx512F.IsSupported
        ? new(Avx512F.Max(a._v, b._v))
        : new(Vector512.ConditionalSelect(Vector512.GreaterThan(a._v, b._v), a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Min(V16 a, V16 b) => Avx512F.IsSupported
        ? new(Avx512F.Min(a._v, b._v))
        : new(Vector512.ConditionalSelect(Vector512.LessThan(a._v, b._v), a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(V16 mask) => Vector512.ExtractMostSignificantBits(mask._v) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 AddBits(V16 a, V16 b) => new((a._v.AsInt32() + b._v.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 SubtractBits(V16 a, V16 b) => new((a._v.AsInt32() - b._v.AsInt32()).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 ShiftLeft(V16 a, int count) => new((a._v.AsInt32() << count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 ShiftRight(V16 a, int count) => new((a._v.AsInt32() >>> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 ShiftRightSigned(V16 a, int count) => new((a._v.AsInt32() >> count).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 FromIntegers(V16 bits) => new(Vector512.ConvertToSingle(bits._v.AsInt32()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V16 Scale(V16 a, V16 n)
    {
        if (Avx512F.IsSupported)
        {
            return new(Avx512F.Scale(a._v, n._v));
        }

        // Two factors: their first product is exact, the second rounds once, also into the denormals.
        Vector512<int> whole = Vector512.ConvertToInt32(n._v);
        Vector512<int> half = whole >> 1;
        Vector512<int> bias = Vector512.Create(127);
        return new(a._v * ((half + bias) << 23).AsSingle() * ((whole - half + bias) << 23).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldSum(V16 a) => V8.FoldSum(new V8(a._v.GetLower() + a._v.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldMax(V16 a) => V8.FoldMax(V8.Max(new V8(a._v.GetLower()), new V8(a._v.GetUpper())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe V16 LoadPart(ref float source, int count, V16 fill)
    {
        if (!Avx512F.IsSupported)
        {
            return Sixteen.LoadPart(ref source, count, fill);
        }

        fixed (float* p = &source)
        {
            return new(Avx512F.MaskLoad(p, First(count), fill._v));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void StorePart(V16 value, ref float target, int count)
    {
        if (!Avx512F.IsSupported)
        {
            Sixteen.StorePart(value, ref target, count);
            return;
        }

        fixed (float* p = &target)
        {
            Avx512F.MaskStore(p, First(count), value._v);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> First(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
}
