using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>Two values side by side, so that sixteen lanes exist on every machine: <c>Pair&lt;V8&gt;</c> beside <see cref="V16"/>.</summary>
[Experimental("EUTERPE001")]
public readonly struct Pair<T>(T lower, T upper) : ILanes<Pair<T>>
    where T : struct, ILanes<T>
{
    private readonly T _l = lower;
    private readonly T _u = upper;

    public static int Width => 2 * T.Width;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Of(float value) => new(T.Of(value), T.Of(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> OfBits(int bits) => new(T.OfBits(bits), T.OfBits(bits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Load(ref float source) => new(T.Load(ref source), T.Load(ref Unsafe.Add(ref source, T.Width)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pair<T> value, ref float target)
    {
        T.Store(value._l, ref target);
        T.Store(value._u, ref Unsafe.Add(ref target, T.Width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator -(Pair<T> a) => new(-a._l, -a._u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Sqrt(Pair<T> a) => new(T.Sqrt(a._l), T.Sqrt(a._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Abs(Pair<T> a) => new(T.Abs(a._l), T.Abs(a._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> FromIntegers(Pair<T> bits) => new(T.FromIntegers(bits._l), T.FromIntegers(bits._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator +(Pair<T> a, Pair<T> b) => new(a._l + b._l, a._u + b._u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator -(Pair<T> a, Pair<T> b) => new(a._l - b._l, a._u - b._u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator *(Pair<T> a, Pair<T> b) => new(a._l * b._l, a._u * b._u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator /(Pair<T> a, Pair<T> b) => new(a._l / b._l, a._u / b._u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator &(Pair<T> a, Pair<T> b) => new(a._l & b._l, a._u & b._u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator |(Pair<T> a, Pair<T> b) => new(a._l | b._l, a._u | b._u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> operator ^(Pair<T> a, Pair<T> b) => new(a._l ^ b._l, a._u ^ b._u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Greater(Pair<T> a, Pair<T> b) => new(T.Greater(a._l, b._l), T.Greater(a._u, b._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> GreaterOrEqual(Pair<T> a, Pair<T> b) => new(T.GreaterOrEqual(a._l, b._l), T.GreaterOrEqual(a._u, b._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Equal(Pair<T> a, Pair<T> b) => new(T.Equal(a._l, b._l), T.Equal(a._u, b._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Max(Pair<T> a, Pair<T> b) => new(T.Max(a._l, b._l), T.Max(a._u, b._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Min(Pair<T> a, Pair<T> b) => new(T.Min(a._l, b._l), T.Min(a._u, b._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> AddBits(Pair<T> a, Pair<T> b) => new(T.AddBits(a._l, b._l), T.AddBits(a._u, b._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> SubtractBits(Pair<T> a, Pair<T> b) => new(T.SubtractBits(a._l, b._l), T.SubtractBits(a._u, b._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Scale(Pair<T> a, Pair<T> n) => new(T.Scale(a._l, n._l), T.Scale(a._u, n._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Fma(Pair<T> a, Pair<T> b, Pair<T> c) =>
        new(T.Fma(a._l, b._l, c._l), T.Fma(a._u, b._u, c._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Select(Pair<T> mask, Pair<T> yes, Pair<T> no) =>
        new(T.Select(mask._l, yes._l, no._l), T.Select(mask._u, yes._u, no._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> ShiftLeft(Pair<T> a, int count) => new(T.ShiftLeft(a._l, count), T.ShiftLeft(a._u, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> ShiftRight(Pair<T> a, int count) => new(T.ShiftRight(a._l, count), T.ShiftRight(a._u, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> ShiftRightSigned(Pair<T> a, int count) => new(T.ShiftRightSigned(a._l, count), T.ShiftRightSigned(a._u, count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Any(Pair<T> mask) => T.Any(mask._l | mask._u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldSum(Pair<T> a) => T.FoldSum(a._l + a._u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FoldMax(Pair<T> a) => T.FoldMax(T.Max(a._l, a._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> LoadPart(ref float source, int count, Pair<T> fill) => new(
        T.LoadPart(ref source, Math.Min(count, T.Width), fill._l),
        T.LoadPart(ref Unsafe.Add(ref source, Math.Min(count, T.Width)), Math.Max(count - T.Width, 0), fill._u));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePart(Pair<T> value, ref float target, int count)
    {
        T.StorePart(value._l, ref target, Math.Min(count, T.Width));
        T.StorePart(value._u, ref Unsafe.Add(ref target, Math.Min(count, T.Width)), Math.Max(count - T.Width, 0));
    }
}
