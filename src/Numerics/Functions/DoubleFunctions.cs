namespace Euterpe.Numerics;

/// <summary>
/// The transcendental functions of double, our own: windows, twiddles, filter banks and schedules use them. Products and sums are IEEE's and the
/// fused multiply-add is rounded once everywhere, so the bits are the same on every machine. Errors are measured: see docs/numerics.md.
/// </summary>
[Experimental("EUTERPE001")]
public static partial class DoubleFunctions
{
    private const double Ln2 = 0.6931471805599453;
    private const double Ln2Low = 2.3190468138462996e-17;

    // 1 / k! for k = 0 to 17.
    private static ReadOnlySpan<double> InverseFactorials =>
    [
        1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800,
        1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200, 1.0 / 1307674368000, 1.0 / 20922789888000, 1.0 / 355687428096000,
    ];

    /// <summary>e^x, denormal results too.</summary>
    public static double Exp(double x) => Exp(x, 0);

    // e^(x + low), |low| far below 1.
    private static double Exp(double x, double low)
    {
        if (!(x < 709.79))
        {
            return x >= 709.79 ? double.PositiveInfinity : x;
        }

        if (x < -745.2)
        {
            return 0;
        }

        double r = ReduceExponent(x, ref low, out int n);
        double tail = Expm1Tail(r);
        low = Math.FusedMultiplyAdd(low, Math.FusedMultiplyAdd(r * r, tail, r), low);
        double y = 1 + (r + Math.FusedMultiplyAdd(r * r, tail, low));
        return Scale(y, n);
    }

    /// <summary>e^x - 1, also near zero.</summary>
    public static double Expm1(double x)
    {
        if (!(x < 709.79))
        {
            return x >= 709.79 ? double.PositiveInfinity : x;
        }

        if (x < -40)
        {
            return -1;
        }

        double low = 0;
        double r = ReduceExponent(x, ref low, out int n);
        double p = r + Math.FusedMultiplyAdd(r * r, Expm1Tail(r), low);
        if (n == 0)
        {
            return x == 0 ? x : p;
        }

        double half = Scale(1, n - 1);
        return 2 * Math.FusedMultiplyAdd(half, p, half - 0.5);
    }

    // x + low = n ln 2 + r + low'.
    private static double ReduceExponent(double x, ref double low, out int n)
    {
        double whole = Math.Round(x * 1.4426950408889634);
        n = (int)whole;
        double high = Math.FusedMultiplyAdd(-whole, Ln2, x);
        DoubleDouble r = DoubleDouble.Sum(high, -whole * Ln2Low);
        low += r.Low;
        return r.High;
    }

    // (e^r - 1 - r) / r^2 by Taylor's series: below 2^-60 on |r| <= 0.35.
    private static double Expm1Tail(double r)
    {
        ReadOnlySpan<double> c = InverseFactorials;
        double p = c[14];
        for (int k = 13; k >= 2; k--)
        {
            p = Math.FusedMultiplyAdd(p, r, c[k]);
        }

        return p;
    }

    // y * 2^n, rounded once.
    private static double Scale(double y, int n)
    {
        int half = n >> 1;
        return y * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    private static double PowerOfTwo(int n) => BitConverter.Int64BitsToDouble((long)(n + 1023) << 52);

    /// <summary>Natural logarithm: -infinity at both zeros, NaN below.</summary>
    public static double Log(double x) => Edge(x) is double edge ? edge : LogParts(x).Value;

    /// <summary>Logarithm to base 10; exact for powers of ten.</summary>
    public static double Log10(double x) => Edge(x) is double edge
        ? edge
        : (LogParts(x) * new DoubleDouble(0.4342944819032518, 1.098319650216765e-17)).Value;

    /// <summary>Logarithm to base 2; exact for powers of two.</summary>
    public static double Log2(double x) => Edge(x) is double edge
        ? edge
        : (LogParts(x) * new DoubleDouble(1.4426950408889634, 2.0355273740931033e-17)).Value;

    /// <summary>log(1 + x), also near zero.</summary>
    public static double Log1p(double x)
    {
        if (!(x > -1) || x == double.PositiveInfinity)
        {
            return x == -1 ? double.NegativeInfinity : x == double.PositiveInfinity ? x : double.NaN;
        }

        if (x is > -1e-17 and < 1e-17)
        {
            return x;
        }

        DoubleDouble u = DoubleDouble.Sum(1, x);
        return (LogParts(u.High) + (u.Low / u.High)).Value;
    }

    private static double? Edge(double x) => x > 0
        ? (x == double.PositiveInfinity ? x : null)
        : x == 0 ? double.NegativeInfinity : double.NaN;

    // log(x) to about 2^-64: x = 2^n m with m in [sqrt(1/2), sqrt(2)), log(m) = 2 artanh(s), s = (m - 1) / (m + 1), the first two terms in two parts.
    private static DoubleDouble LogParts(double x)
    {
        int n = 0;
        if (x < 2.2250738585072014e-308)
        {
            x *= 18014398509481984;
            n = -54;
        }

        long bits = BitConverter.DoubleToInt64Bits(x) - 0x3FE6A09E667F3BCD;
        int whole = (int)(bits >> 52);
        n += whole;
        double m = BitConverter.Int64BitsToDouble(BitConverter.DoubleToInt64Bits(x) - ((long)whole << 52));
        double f = m - 1;
        DoubleDouble s = (DoubleDouble)f / DoubleDouble.Sum(2, f);
        DoubleDouble s2 = s * s;
        double z = s2.High;
        double p = 2.0 / 25;
        for (int k = 23; k >= 5; k -= 2)
        {
            p = Math.FusedMultiplyAdd(p, z, 2.0 / k);
        }

        DoubleDouble series = (s2 * new DoubleDouble(0.6666666666666666, 3.700743415417188e-17)) + (s2 * (z * p)) + 2.0;
        DoubleDouble log = s * series;
        return (new DoubleDouble(Ln2, Ln2Low) * n) + log;
    }

    /// <summary>x to the power y: the logarithm in two parts, then e^ of both. Edge cases as IEEE 754 and Math.Pow.</summary>
    public static double Pow(double x, double y)
    {
        if (y == 0 || x == 1)
        {
            return 1;
        }

        if (double.IsNaN(x) || double.IsNaN(y))
        {
            return double.NaN;
        }

        bool whole = Math.Floor(y) == y;
        bool odd = whole && Math.Abs(y) < 9007199254740992 && ((long)y & 1) != 0;
        double size = Math.Abs(x);
        if (size == 1 && !double.IsFinite(y))
        {
            return 1;
        }

        if (!double.IsFinite(y))
        {
            return (size > 1) == (y > 0) ? double.PositiveInfinity : 0;
        }

        bool negative = odd && double.IsNegative(x);
        if (size == 0 || double.IsInfinity(size))
        {
            double edge = (size == 0) == (y > 0) ? 0 : double.PositiveInfinity;
            return negative ? -edge : edge;
        }

        if (x < 0 && !whole)
        {
            return double.NaN;
        }

        // Beyond these every result over- or underflows.
        DoubleDouble power = LogParts(size) * Math.Clamp(y, -1e300, 1e300);
        double result = power.High > 710 ? double.PositiveInfinity : power.High < -746 ? 0 : Exp(power.High, power.Low);
        return negative ? -result : result;
    }
}
