namespace Euterpe.Numerics;

/// <summary>The same over doubles: eight lanes, element i in lane i modulo 8, and the same tree.</summary>
[Experimental("EUTERPE001")]
public static partial class Reductions
{
    public static double Sum(ReadOnlySpan<double> x)
    {
        Span<double> lanes = stackalloc double[8];
        lanes.Clear();
        for (int i = 0; i < x.Length; i++)
        {
            lanes[i & 7] += x[i];
        }

        return Sixteen.Fold(lanes);
    }

    public static double SumOfSquares(ReadOnlySpan<double> x, double center = 0)
    {
        Span<double> lanes = stackalloc double[8];
        lanes.Clear();
        for (int i = 0; i < x.Length; i++)
        {
            double d = x[i] - center;
            lanes[i & 7] = Math.FusedMultiplyAdd(d, d, lanes[i & 7]);
        }

        return Sixteen.Fold(lanes);
    }

    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        if (a.Length != b.Length)
        {
            throw new ShapeException($"[dot] Both spans must have one length: found {a.Length} and {b.Length}.");
        }

        Span<double> lanes = stackalloc double[8];
        lanes.Clear();
        for (int i = 0; i < a.Length; i++)
        {
            lanes[i & 7] = Math.FusedMultiplyAdd(a[i], b[i], lanes[i & 7]);
        }

        return Sixteen.Fold(lanes);
    }

    public static double Max(ReadOnlySpan<double> x)
    {
        double max = double.NegativeInfinity;
        foreach (double v in x)
        {
            max = v > max ? v : max;
            if (double.IsNaN(v))
            {
                return v;
            }
        }

        return max;
    }

    public static double Min(ReadOnlySpan<double> x)
    {
        double min = double.PositiveInfinity;
        foreach (double v in x)
        {
            min = v < min ? v : min;
            if (double.IsNaN(v))
            {
                return v;
            }
        }

        return min;
    }

    public static double Mean(ReadOnlySpan<double> x) => Sum(x) / x.Length;

    public static double Variance(ReadOnlySpan<double> x, bool unbiased = false) =>
        SumOfSquares(x, Mean(x)) / (unbiased ? x.Length - 1 : x.Length);

    /// <summary>The sum of floats in double, in the order of doubles: for statistics over whole recordings.</summary>
    public static double SumToDouble(ReadOnlySpan<float> x)
    {
        Span<double> lanes = stackalloc double[8];
        lanes.Clear();
        for (int i = 0; i < x.Length; i++)
        {
            lanes[i & 7] += x[i];
        }

        return Sixteen.Fold(lanes);
    }
}
