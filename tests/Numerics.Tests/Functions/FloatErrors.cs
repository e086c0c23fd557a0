namespace Euterpe.Numerics.Tests;

internal sealed record Worst(string Name, double Units, float UnitsAt, double Absolute, float AbsoluteAt, bool Ok)
{
    public override string ToString() => $"{Name}: {Units:F3} ulp at {UnitsAt:R}, {Absolute:E2} absolute at {AbsoluteAt:R} where no ulp bound holds";
}

/// <summary>
/// The oracle: the double functions (about 1 ulp of double, 2e-9 ulp of float), our own or, faster and for every value, the system library's;
/// and the bound that each float function states.
/// </summary>
internal static class FloatErrors
{
    private delegate void Span(ReadOnlySpan<float> x, Span<float> y);

    /// <summary>The worst error over every stride-th bit pattern from first to last, on all processors.</summary>
    public static Worst Measure(string name, uint stride, uint first = 0, uint last = uint.MaxValue, bool system = false)
    {
        int parts = Environment.ProcessorCount;
        var found = new Worst[parts];
        ulong patterns = (((ulong)last - first) / stride) + 1;
        Thread[] threads = new Thread[parts];
        for (int part = 0; part < parts; part++)
        {
            int own = part;
            threads[part] = new(() => found[own] = MeasurePart(
                name,
                system,
                stride,
                first + (stride * (patterns * (ulong)own / (ulong)parts)),
                first + (stride * (patterns * (ulong)(own + 1) / (ulong)parts))));
            threads[part].Start();
        }

        Array.ForEach(threads, t => t.Join());
        Worst worst = found[0];
        foreach (Worst other in found[1..])
        {
            worst = worst with { Ok = worst.Ok && other.Ok };
            if (!(other.Units <= worst.Units))
            {
                worst = worst with { Units = other.Units, UnitsAt = other.UnitsAt };
            }

            if (!(other.Absolute <= worst.Absolute))
            {
                worst = worst with { Absolute = other.Absolute, AbsoluteAt = other.AbsoluteAt };
            }
        }

        return worst;
    }

    private static Worst MeasurePart(string name, bool system, uint stride, ulong begin, ulong end)
    {
        (Span function, Func<double, double> exact) = Of(name);
        exact = system ? SystemFunction(name) ?? exact : exact;
        double worst = 0;
        double absolute = 0;
        float at = 0;
        float absoluteAt = 0;
        float[] x = new float[4096];
        float[] y = new float[4096];
        ulong bits = begin;
        while (bits < end)
        {
            int n = 0;
            for (; n < x.Length && bits < end; n++, bits += stride)
            {
                x[n] = BitConverter.UInt32BitsToSingle((uint)bits);
            }

            function(x.AsSpan(0, n), y.AsSpan(0, n));
            for (int i = 0; i < n; i++)
            {
                double expected = exact(x[i]);
                if (!float.IsFinite((float)expected))
                {
                    bool same = double.IsNaN(expected) ? float.IsNaN(y[i]) : y[i] == (float)expected || Units(y[i], expected) <= 2;
                    if (!same)
                    {
                        return new(name, double.NaN, x[i], y[i], x[i], false);
                    }

                    continue;
                }

                double units = Units(y[i], expected);
                double error = Math.Abs(y[i] - expected);
                bool byUnits = name switch
                {
                    "gelu" => Math.Abs(expected) >= 1e-3,
                    "sin" or "cos" => units <= 2,
                    _ => true,
                };
                if (byUnits && !(units <= worst))
                {
                    (worst, at) = (units, x[i]);
                }

                if (!byUnits && !(error <= absolute))
                {
                    (absolute, absoluteAt) = (error, x[i]);
                }
            }
        }

        double absoluteLimit = name == "gelu" ? 1e-9 : 1e-7;
        return new(name, worst, at, absolute, absoluteAt, worst <= Limit(name) && absolute <= absoluteLimit);
    }

    // Those of at most 2 are promised; the others are composed of them.
    private static double Limit(string name) => name is "sigmoid" or "softplus" ? 2.5 : 2;

    /// <summary>The error in units of the last place of the float nearest to the exact value.</summary>
    public static double Units(float found, double exact)
    {
        double size = Math.Abs(exact);
        int exponent = Math.Clamp(Math.ILogB(size), -126, 127);
        return Math.Abs(found - exact) / Math.ScaleB(1, exponent - 23);
    }

    private static (Span Function, Func<double, double> Exact) Of(string name) => name switch
    {
        "exp" => (Functions.Exp, DoubleFunctions.Exp),
        "expm1" => (Functions.Expm1, DoubleFunctions.Expm1),
        "log" => (Functions.Log, DoubleFunctions.Log),
        "log10" => (Functions.Log10, DoubleFunctions.Log10),
        "tanh" => (Functions.Tanh, DoubleFunctions.Tanh),
        "erf" => (Functions.Erf, DoubleFunctions.Erf),
        "sin" => (Functions.Sin, DoubleFunctions.Sin),
        "cos" => (Functions.Cos, DoubleFunctions.Cos),
        "gelu" => (Functions.Gelu, x => double.IsInfinity(x) ? (x > 0 ? x : 0) : x > 0 ? x - (x * Tail(x)) : x * Tail(-x)),
        "sigmoid" => (Functions.Sigmoid, x => 1 / (1 + DoubleFunctions.Exp(-x))),
        "softplus" => (Functions.Softplus, x => x > 40 ? x : DoubleFunctions.Log1p(DoubleFunctions.Exp(x))),
        _ => throw new ArgumentException(name),
    };

#pragma warning disable RS0030 // The system library is an oracle here, not a part of a result.
    private static Func<double, double>? SystemFunction(string name) => name switch
    {
        "exp" => Math.Exp,
        "log" => Math.Log,
        "log10" => Math.Log10,
        "tanh" => Math.Tanh,
        "sin" => Math.Sin,
        "cos" => Math.Cos,
        "sigmoid" => x => 1 / (1 + Math.Exp(-x)),
        _ => null,
    };
#pragma warning restore RS0030

    private static double Tail(double t) => t > 38 ? 0 : 0.5 * DoubleFunctions.Erfc(t * 0.70710678118654752);
}
