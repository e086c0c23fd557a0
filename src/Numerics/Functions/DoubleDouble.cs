namespace Euterpe.Numerics;

/// <summary>An unevaluated sum of two doubles: about 106 bits, for the steps where one double is not enough.</summary>
internal readonly record struct DoubleDouble(double High, double Low)
{
    public static DoubleDouble Sum(double a, double b)
    {
        double s = a + b;
        double t = s - a;
        return new(s, (a - (s - t)) + (b - t));
    }

    // |a| >= |b| or a = 0.
    public static DoubleDouble QuickSum(double a, double b)
    {
        double s = a + b;
        return new(s, b - (s - a));
    }

    public static DoubleDouble Product(double a, double b)
    {
        double p = a * b;
        return new(p, Math.FusedMultiplyAdd(a, b, -p));
    }

    public static DoubleDouble operator +(DoubleDouble a, DoubleDouble b)
    {
        DoubleDouble s = Sum(a.High, b.High);
        DoubleDouble t = Sum(a.Low, b.Low);
        DoubleDouble u = QuickSum(s.High, s.Low + t.High);
        return QuickSum(u.High, u.Low + t.Low);
    }

    public static DoubleDouble operator +(DoubleDouble a, double b)
    {
        DoubleDouble s = Sum(a.High, b);
        return QuickSum(s.High, s.Low + a.Low);
    }

    public static DoubleDouble operator -(DoubleDouble a) => new(-a.High, -a.Low);

    public static DoubleDouble operator -(DoubleDouble a, DoubleDouble b) => a + -b;

    public static DoubleDouble operator *(DoubleDouble a, DoubleDouble b)
    {
        DoubleDouble p = Product(a.High, b.High);
        return QuickSum(p.High, p.Low + ((a.High * b.Low) + (a.Low * b.High)));
    }

    public static DoubleDouble operator *(DoubleDouble a, double b)
    {
        DoubleDouble p = Product(a.High, b);
        return QuickSum(p.High, Math.FusedMultiplyAdd(a.Low, b, p.Low));
    }

    public static DoubleDouble operator /(DoubleDouble a, DoubleDouble b)
    {
        double q = a.High / b.High;
        DoubleDouble r = a - (b * q);
        double q2 = r.High / b.High;
        r -= b * q2;
        return QuickSum(q, q2) + (r.High / b.High);
    }

    public static implicit operator DoubleDouble(double value) => new(value, 0);

    public double Value => High + Low;
}
