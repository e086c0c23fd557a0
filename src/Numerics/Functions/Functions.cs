using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>
/// The transcendental functions of float, our own: a formula is written once over <see cref="ILanes{TSelf}"/> and gives the same bits at every
/// vector width and on every machine. Errors are measured over all finite values: see docs/numerics.md.
/// </summary>
public static partial class Functions
{
    /// <summary>e^x, within 1 ulp, denormal results too; 0 below -103.98, infinity above 88.72.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x)
        where T : struct, ILanes<T>
    {
        x = T.Max(T.Of(-105f), T.Min(T.Of(89.5f), x));
        return T.Scale(Unit(x, out T n), n);
    }

    /// <summary>e^x for x of at most 0: the same bits as <see cref="Exp{T}"/>, one step less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpNegative<T>(T x)
        where T : struct, ILanes<T>
    {
        x = T.Max(T.Of(-105f), x);
        return T.Scale(Unit(x, out T n), n);
    }

    /// <summary>e^x - 1, also near zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Expm1<T>(T x)
        where T : struct, ILanes<T>
    {
        x = T.Max(T.Of(-20f), T.Min(T.Of(88.8f), x));
        T r = Reduce(x, out T n);
        T p = T.Fma(r * r, ExpTail(r), r);
        T half = T.Scale(T.Of(1f), n - T.Of(1f));
        T y = T.Fma(half, p, half - T.Of(0.5f));
        return T.Select(T.Equal(x, T.Of(0f)), x, y + y);
    }

    // e^(x + low) = (1 + q) 2^n: returns q. |low| is far below 1, and x above -106.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Power<T>(T x, T low, out T n)
        where T : struct, ILanes<T>
    {
        T magic = T.Of(12582912f);
        n = T.Fma(x, T.Of(1.44269504f), magic) - magic;
        T high = T.Fma(n, T.Of(-0.6931471825f), x);
        low = T.Fma(n, T.Of(1.904654212e-9f), low);
        T r = high + low;
        return high + T.Fma(r * r, ExpTail(r), low);
    }

    // e^r of the remainder of x = n ln 2 + r, |r| <= ln 2 / 2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Unit<T>(T x, out T n)
        where T : struct, ILanes<T>
    {
        T r = Reduce(x, out n);
        return T.Fma(r * r, ExpTail(r), r) + T.Of(1f);
    }

    // n * ln2High is a multiple of 2^-24, so the first step is exact. Adding 1.5 * 2^23 rounds to a whole number.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Reduce<T>(T x, out T n)
        where T : struct, ILanes<T>
    {
        T magic = T.Of(12582912f);
        n = T.Fma(x, T.Of(1.44269504f), magic) - magic;
        return T.Fma(n, T.Of(1.904654212e-9f), T.Fma(n, T.Of(-0.6931471825f), x));
    }

    // (e^r - 1 - r) / r^2: least maximum error 2^-28 of e^r.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ExpTail<T>(T r)
        where T : struct, ILanes<T>
    {
        T p = T.Fma(T.Of(0.001383600524f), r, T.Of(0.008369152434f));
        p = T.Fma(p, r, T.Of(0.04166811332f));
        p = T.Fma(p, r, T.Of(0.1666651666f));
        return T.Fma(p, r, T.Of(0.4999999404f));
    }

    /// <summary>Natural logarithm: -infinity at both zeros, NaN below, denormals exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T x)
        where T : struct, ILanes<T>
    {
        T tail = LogTail(x, out T f, out T e);
        T y = T.Fma(e, T.Of(0.6931471825f), f + T.Fma(e, T.Of(-1.904654212e-9f), tail));
        return LogEdges(x, y);
    }

    /// <summary>Logarithm to base 10.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log10<T>(T x)
        where T : struct, ILanes<T>
    {
        T tail = LogTail(x, out T f, out T e);
        T log = f + tail;
        T lost = tail - (log - f);
        T low = T.Fma(e, T.Of(-1.4320989e-8f), T.Fma(log, T.Of(-1.0103050e-8f), lost * T.Of(0.4342944920f)));
        return LogEdges(x, T.Fma(e, T.Of(0.3010300100f), T.Fma(log, T.Of(0.4342944920f), low)));
    }

    // x = 2^e * m with m in [sqrt(1/2), sqrt(2)), f = m - 1; returns log(m) - f. The polynomial's least maximum error is 2^-27.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T LogTail<T>(T x, out T f, out T e)
        where T : struct, ILanes<T>
    {
        T denormal = T.Greater(T.Of(1.17549435e-38f), x);
        T bits = T.Select(denormal, x * T.Of(8388608f), x);
        T offset = T.OfBits(0x3F3504F3);
        T whole = T.ShiftRightSigned(T.SubtractBits(bits, offset), 23);
        T m = T.SubtractBits(bits, T.ShiftLeft(whole, 23));
        e = T.FromIntegers(whole) - (denormal & T.Of(23f));
        f = m - T.Of(1f);
        T p = T.Fma(T.Of(-0.07643353194f), f, T.Of(0.1276811361f));
        p = T.Fma(p, f, T.Of(-0.1315998286f));
        p = T.Fma(p, f, T.Of(0.1420091838f));
        p = T.Fma(p, f, T.Of(-0.1662331372f));
        p = T.Fma(p, f, T.Of(0.2000126094f));
        p = T.Fma(p, f, T.Of(-0.2500082254f));
        p = T.Fma(p, f, T.Of(0.3333333135f));
        return T.Fma(p, f, T.Of(-0.5f)) * (f * f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T LogEdges<T>(T x, T y)
        where T : struct, ILanes<T>
    {
        T infinity = T.Of(float.PositiveInfinity);
        T edge = T.Select(T.Equal(x, T.Of(0f)), T.Of(float.NegativeInfinity), T.Select(T.Equal(x, infinity), infinity, T.Of(float.NaN)));
        return T.Select(T.Greater(x, T.Of(0f)) & T.Greater(infinity, x), y, edge);
    }

    /// <summary>Hyperbolic tangent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x)
        where T : struct, ILanes<T>
    {
        T sign = x & T.OfBits(int.MinValue);
        T t = T.Abs(x);
        T s = t * t;
        T p = T.Fma(T.Of(-0.00563305011f), s, T.Of(0.0205840189f));
        p = T.Fma(p, s, T.Of(-0.05372684821f));
        p = T.Fma(p, s, T.Of(0.1333136111f));
        p = T.Fma(p, s, T.Of(-0.3333328366f));
        T small = T.Fma(p, s * t, t);
        T large = T.Of(1f) - (T.Of(2f) / (Exp(t + t) + T.Of(1f)));
        return T.Select(T.Greater(T.Of(0.625f), t), small, large) | sign;
    }

    /// <summary>Error function.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Erf<T>(T x)
        where T : struct, ILanes<T>
    {
        T sign = x & T.OfBits(int.MinValue);
        T t = T.Abs(x);
        T s = x * x;
        T p = T.Fma(T.Of(7.996649947e-5f), s, T.Of(-0.0008049769676f));
        p = T.Fma(p, s, T.Of(0.005192405079f));
        p = T.Fma(p, s, T.Of(-0.02685573138f));
        p = T.Fma(p, s, T.Of(0.1128362566f));
        p = T.Fma(p, s, T.Of(-0.3761262894f));
        p = T.Fma(p, s, T.Of(0.1283791661f));
        T small = T.Fma(p, t, t);

        // erf saturates at 3.92: min also keeps infinity out of the polynomial; a NaN is its second operand and stays.
        T u = T.Min(T.Of(4f), t);
        T q = T.Fma(T.Of(1.123100083e-5f), u, T.Of(-0.0003228035639f));
        q = T.Fma(q, u, T.Of(0.003642468015f));
        q = T.Fma(q, u, T.Of(-0.02376210131f));
        q = T.Fma(q, u, T.Of(0.1062369421f));
        q = T.Fma(q, u, T.Of(0.6351512671f));
        q = T.Fma(q, u, T.Of(0.1286485046f));
        T large = T.Of(1f) - Exp(-T.Fma(q, u, u));
        return T.Select(T.Greater(T.Of(0.93f), t), small, large) | sign;
    }

    public static float Exp(float x) => Exp(new V1(x)).Value;

    public static float Expm1(float x) => Expm1(new V1(x)).Value;

    public static float Log(float x) => Log(new V1(x)).Value;

    public static float Log10(float x) => Log10(new V1(x)).Value;

    public static float Tanh(float x) => Tanh(new V1(x)).Value;

    public static float Erf(float x) => Erf(new V1(x)).Value;
}
