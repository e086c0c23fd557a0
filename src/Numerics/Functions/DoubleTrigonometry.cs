namespace Euterpe.Numerics;

public static partial class DoubleFunctions
{
    private const double HalfPi = 1.5707963267948966;
    private const double HalfPiLow = 6.123233995736766e-17;

    // The binary digits of 2 / pi, 64 a word: enough for every double.
    private static ReadOnlySpan<ulong> TwoOverPi =>
    [
        0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561, 0xB7246E3A424DD2E0, 0x06492EEA09D1921C, 0xFE1DEB1CB129A73E,
        0xE88235F52EBB4484, 0xE99C7026B45F7E41, 0x3991D639835339F4, 0x9C845F8BBDF9283B, 0x1FF897FFDE05980F, 0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7,
        0x4F463F669E5FEA2D, 0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB, 0xF0CFBC209AF4361D,
    ];

    // atan(k / 8), k = 0 to 8, in two parts.
    private static ReadOnlySpan<double> ArcTangents =>
    [
        0.0, 0.12435499454676144, 0.24497866312686414, 0.35877067027057225, 0.4636476090008061, 0.5585993153435624, 0.6435011087932844,
        0.7188299996216245, 0.7853981633974483,
    ];

    private static ReadOnlySpan<double> ArcTangentsLow =>
    [
        0.0, -3.1253241424539383e-18, 1.0698755618734451e-17, -2.4623815582638635e-17, 2.2698777452961687e-17, -5.4556305485916264e-18,
        1.5834785051444286e-17, -2.1478388444456983e-17, 3.061616997868383e-17,
    ];

    /// <summary>Sine, right for every finite x.</summary>
    public static double Sin(double x)
    {
        if (!double.IsFinite(x))
        {
            return double.NaN;
        }

        double r = ReduceAngle(x, out double low, out int n);
        return x == 0 ? x : Quadrant(r, low, n);
    }

    /// <summary>Cosine, right for every finite x.</summary>
    public static double Cos(double x)
    {
        if (!double.IsFinite(x))
        {
            return double.NaN;
        }

        double r = ReduceAngle(x, out double low, out int n);
        return Quadrant(r, low, n + 1);
    }

    /// <summary>Tangent, right for every finite x.</summary>
    public static double Tan(double x)
    {
        if (!double.IsFinite(x))
        {
            return double.NaN;
        }

        if (Math.Abs(x) < 1e-8)
        {
            return x;
        }

        double r = ReduceAngle(x, out double low, out int n);
        DoubleDouble sin = SinParts(r, low);
        DoubleDouble cos = CosParts(r, low);
        return (n & 1) == 0 ? (sin / cos).Value : -(cos / sin).Value;
    }

    // sin(r + low + n pi / 2).
    private static double Quadrant(double r, double low, int n)
    {
        double y = ((n & 1) == 0 ? SinParts(r, low) : CosParts(r, low)).Value;
        return (n & 2) == 0 ? y : -y;
    }

    // r + (low + r^3 ...): Taylor's series, below 2^-60 on |r| <= 0.786; what is added to r is small, so one rounding counts.
    private static DoubleDouble SinParts(double r, double low)
    {
        ReadOnlySpan<double> c = InverseFactorials;
        double z = r * r;
        double p = c[17];
        for (int k = 15; k >= 3; k -= 2)
        {
            p = Math.FusedMultiplyAdd(-p, z, c[k]);
        }

        return DoubleDouble.QuickSum(r, Math.FusedMultiplyAdd(-p, z * r, Math.FusedMultiplyAdd(-0.5 * z, low, low)));
    }

    private static DoubleDouble CosParts(double r, double low)
    {
        ReadOnlySpan<double> c = InverseFactorials;
        DoubleDouble square = DoubleDouble.Product(r, r);
        double z = square.High;
        double p = c[16];
        for (int k = 14; k >= 4; k -= 2)
        {
            p = Math.FusedMultiplyAdd(-p, z, c[k]);
        }

        // 1 - z / 2 in two parts, then the rest.
        DoubleDouble lead = DoubleDouble.QuickSum(1, -0.5 * z);
        double rest = Math.FusedMultiplyAdd(p, z * z, -Math.FusedMultiplyAdd(r, low, 0.5 * square.Low));
        return DoubleDouble.QuickSum(lead.High, lead.Low + rest);
    }

    /// <summary>x = n pi / 2 + r + low with |r| up to pi / 4; n modulo 4. x is finite.</summary>
    internal static double ReduceAngle(double x, out double low, out int n)
    {
        double size = Math.Abs(x);
        if (size <= 0.7853981633974483)
        {
            n = 0;
            low = 0;
            return x;
        }

        if (size > 1e6)
        {
            return ReduceLarge(x, out low, out n);
        }

        double whole = Math.Round(x * 0.6366197723675814);
        n = (int)whole & 3;
        DoubleDouble a = DoubleDouble.Product(whole, HalfPi);
        DoubleDouble b = DoubleDouble.Product(whole, HalfPiLow);
        DoubleDouble r = DoubleDouble.Sum(x - a.High, -a.Low) - b;
        r += -whole * -1.4973849048591698e-33;
        low = r.Low;
        return r.High;
    }

    // x = mantissa * 2^exponent. Of 2 / pi only the digits that make the quarter turns modulo 4 and 190 bits behind them matter.
    private static double ReduceLarge(double x, out double low, out int n)
    {
        long bits = BitConverter.DoubleToInt64Bits(x);
        ulong mantissa = ((ulong)bits & 0xFFFFFFFFFFFFF) | 0x10000000000000;
        int exponent = (int)((bits >> 52) & 0x7FF) - 1075;

        // Digits before this one only add multiples of 4 quarter turns.
        int start = Math.Max(0, exponent - 2);
        UInt128 high = Digits(start) * (UInt128)mantissa;
        UInt128 middle = Digits(start + 64) * (UInt128)mantissa;
        UInt128 deep = Digits(start + 128) * (UInt128)mantissa;

        // The sum high * 2^128 + middle * 2^64 + deep in three words, modulo 2^192: the product modulo 2^(192) after the binary point's shift.
        ulong w0 = (ulong)deep;
        UInt128 t = (UInt128)(ulong)(deep >> 64) + (ulong)middle;
        ulong w1 = (ulong)t;
        UInt128 u = (t >> 64) + (middle >> 64) + (ulong)high;
        ulong w2 = (ulong)u;
        ulong w3 = (ulong)((u >> 64) + (high >> 64));

        // value = (w3 w2 w1 w0) * 2^(exponent - start - 192); the point stands `shift` bits below the top of 192 + 64.
        int whole = 64 + exponent - start;
        UInt128 top = ((UInt128)w3 << 64) | w2;
        UInt128 bottom = ((UInt128)w1 << 64) | w0;
        n = (int)(ulong)((top >> (128 - whole)) & 3);
        UInt128 fraction = (top << whole) | (bottom >> (128 - whole));
        UInt128 rest = bottom << whole;
        bool negative = (fraction >> 127) != 0;
        if (negative)
        {
            n++;
            fraction = ~fraction;
            rest = ~rest;
        }

        // fraction * 2^-128 in two parts of 53 and 64 bits, times pi / 2.
        DoubleDouble part = FractionParts(fraction, rest);
        DoubleDouble r = part * new DoubleDouble(HalfPi, HalfPiLow);
        if (negative != (x < 0))
        {
            r = -r;
        }

        n = (x < 0 ? -n : n) & 3;
        low = r.Low;
        return r.High;
    }

    private static DoubleDouble FractionParts(UInt128 fraction, UInt128 rest)
    {
        int zeros = (int)UInt128.LeadingZeroCount(fraction);
        if (zeros >= 128)
        {
            return 0;
        }

        UInt128 shifted = zeros == 0 ? fraction : (fraction << zeros) | (rest >> (128 - zeros));
        ulong head = (ulong)(shifted >> 64) >> 11;
        UInt128 tail = shifted - ((UInt128)head << 75);
        double scale = PowerOfTwo(-zeros);
        return new(head * scale * PowerOfTwo(-53), (double)(ulong)(tail >> 11) * scale * PowerOfTwo(-117));
    }

    // 64 binary digits of 2 / pi from digit `start` (0 is the first after the point) on.
    private static ulong Digits(int start)
    {
        int word = start >> 6;
        int bit = start & 63;
        ulong first = TwoOverPi[word];
        return bit == 0 ? first : (first << bit) | (TwoOverPi[word + 1] >> (64 - bit));
    }

    /// <summary>Arc tangent.</summary>
    public static double Atan(double x)
    {
        if (double.IsNaN(x) || x == 0)
        {
            return x;
        }

        double size = Math.Abs(x);
        DoubleDouble y = size > 1
            ? new DoubleDouble(HalfPi, HalfPiLow) - ArcTangent(double.IsInfinity(size) ? 0 : (DoubleDouble)1.0 / size)
            : ArcTangent(size);
        return x < 0 ? -y.Value : y.Value;
    }

    /// <summary>The angle of the point (x, y), from -pi to pi; edge cases as IEEE 754 and Math.Atan2.</summary>
    public static double Atan2(double y, double x)
    {
        if (double.IsNaN(x) || double.IsNaN(y))
        {
            return double.NaN;
        }

        double sizeX = Math.Abs(x);
        double sizeY = Math.Abs(y);
        DoubleDouble angle;
        if (sizeY == 0 || (double.IsInfinity(sizeX) && !double.IsInfinity(sizeY)))
        {
            angle = 0;
        }
        else if (sizeX == 0 || (double.IsInfinity(sizeY) && !double.IsInfinity(sizeX)))
        {
            angle = new(HalfPi, HalfPiLow);
        }
        else if (double.IsInfinity(sizeX))
        {
            angle = new(0.7853981633974483, 3.061616997868383e-17);
        }
        else
        {
            // A common power of two keeps the quotient's parts away from overflow and from the denormals.
            double large = Math.Max(sizeX, sizeY);
            double scale = large > 1e150 ? PowerOfTwo(-600) : large < 1e-150 ? PowerOfTwo(600) : 1;
            double a = sizeX * scale;
            double b = sizeY * scale;
            angle = b > a
                ? new DoubleDouble(HalfPi, HalfPiLow) - ArcTangent(Quotient(a, b))
                : ArcTangent(Quotient(b, a));
            if (angle.High == 0 && !double.IsNegative(x))
            {
                angle = sizeY / sizeX;
            }
        }

        if (double.IsNegative(x))
        {
            angle = new DoubleDouble(2 * HalfPi, 2 * HalfPiLow) - angle;
        }

        return double.IsNegative(y) ? -angle.Value : angle.Value;
    }

    private static DoubleDouble Quotient(double a, double b) => a / b < 1e-290 ? new(a / b, 0) : (DoubleDouble)a / b;

    // atan(q) for 0 <= q <= 1: atan(c) + atan((q - c) / (1 + q c)), c the nearest eighth; the rest of at most 1/16 by its series.
    private static DoubleDouble ArcTangent(DoubleDouble q)
    {
        int k = (int)Math.Round(q.High * 8);
        double c = k * 0.125;
        DoubleDouble t = k == 0 ? q : (q + -c) / ((q * c) + 1.0);
        double z = t.High * t.High;
        double p = 1.0 / 15;
        for (int i = 13; i >= 3; i -= 2)
        {
            p = Math.FusedMultiplyAdd(-p, z, 1.0 / i);
        }

        return new DoubleDouble(ArcTangents[k], ArcTangentsLow[k]) + (t + (-p * z * t.High));
    }
}
