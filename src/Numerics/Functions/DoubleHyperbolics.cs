namespace Euterpe.Numerics;

public static partial class DoubleFunctions
{
    // e^(x^2) erfc(x) as a polynomial of u = 3 / (x + 3) for x from 0.8 to 6.2: least maximum error 2^-53.
    private static ReadOnlySpan<double> ScaledErfc =>
    [
        4.232444327550235e-07, 0.18804984615249115, 0.18825863672418244, 0.1758534454368195, 0.16764901931645604, 0.07772623027115896,
        0.2600327281459593, -0.378113804015297, 0.8922646359820484, -1.3111501979933788, 1.4883192452834464, -1.237159369370856,
        0.6712304975917721, -0.2167418811561656, 0.03565109999286329, -0.001870547858985735,
    ];

    /// <summary>Hyperbolic sine.</summary>
    public static double Sinh(double x)
    {
        double size = Math.Abs(x);
        if (!(size < 700))
        {
            // e^710 / 2 fits where e^710 does not.
            double y = double.IsNaN(x) ? x : size > 711 ? double.PositiveInfinity : ExpHalf(size);
            return x < 0 ? -y : y;
        }

        double t = Expm1(size);
        double half = size < 1 ? 0.5 * (t + (t / (t + 1))) : 0.5 * (t + 1 - (1 / (t + 1)));
        return x == 0 ? x : x < 0 ? -half : half;
    }

    // e^x / 2.
    private static double ExpHalf(double x)
    {
        DoubleDouble power = DoubleDouble.Sum(x, -Ln2);
        return Exp(power.High, power.Low - Ln2Low);
    }

    /// <summary>Hyperbolic cosine.</summary>
    public static double Cosh(double x)
    {
        double size = Math.Abs(x);
        if (!(size < 700))
        {
            return double.IsNaN(x) ? x : size > 711 ? double.PositiveInfinity : ExpHalf(size);
        }

        double e = Exp(size);
        return 0.5 * (e + (1 / e));
    }

    /// <summary>Hyperbolic tangent.</summary>
    public static double Tanh(double x)
    {
        double size = Math.Abs(x);
        if (size > 20)
        {
            return x < 0 ? -1 : 1;
        }

        if (!(size > 1e-9))
        {
            return x;
        }

        double t = Expm1(2 * size);
        double y = size < 1 ? t / (t + 2) : 1 - (2 / (t + 2));
        return x < 0 ? -y : y;
    }

    /// <summary>Inverse hyperbolic sine.</summary>
    public static double Asinh(double x)
    {
        double size = Math.Abs(x);
        if (!(size > 1e-9) || double.IsInfinity(x))
        {
            return x;
        }

        double y = size > 1e9
            ? (LogParts(size) + new DoubleDouble(Ln2, Ln2Low)).Value
            : Log1p(size + (size * size / (1 + Math.Sqrt((size * size) + 1))));
        return x < 0 ? -y : y;
    }

    /// <summary>Error function.</summary>
    public static double Erf(double x)
    {
        double size = Math.Abs(x);
        if (double.IsNaN(x))
        {
            return x;
        }

        if (size >= 0.84)
        {
            double y = size > 6.1 ? 1 : 1 - Erfc(size);
            return x < 0 ? -y : y;
        }

        // 2 / sqrt(pi) * sum of (-1)^k x^(2k + 1) / (k! (2k + 1)).
        double z = x * x;
        double p = 0;
        for (int k = 16; k >= 1; k--)
        {
            p = Math.FusedMultiplyAdd(-p, z, InverseFactorials[k] / ((2 * k) + 1));
        }

        return Math.FusedMultiplyAdd(x, 1.533545961316588e-17 - (1.1283791670955126 * p * z), 1.1283791670955126 * x);
    }

    internal static double Erfc(double x)
    {
        DoubleDouble square = DoubleDouble.Product(x, x);
        double u = 3 / (x + 3);
        double p = 0;
        for (int k = ScaledErfc.Length - 1; k >= 0; k--)
        {
            p = Math.FusedMultiplyAdd(p, u, ScaledErfc[k]);
        }

        return p * Exp(-square.High, -square.Low);
    }

    /// <summary>Modified Bessel function of the first kind, order 0 (Kaiser windows): the series of (x / 2)^2k / k!^2, every term in two parts.</summary>
    public static double BesselI0(double x)
    {
        double size = Math.Abs(x);
        if (!(size < 713.98))
        {
            return double.IsNaN(x) ? x : double.PositiveInfinity;
        }

        DoubleDouble quarter = DoubleDouble.Product(0.5 * x, 0.5 * x);
        DoubleDouble term = 1;
        DoubleDouble sum = 1;
        for (int k = 1; term.High > sum.High * 1e-20; k++)
        {
            term = term * quarter / ((double)k * k);
            sum += term;
        }

        return sum.Value;
    }
}
