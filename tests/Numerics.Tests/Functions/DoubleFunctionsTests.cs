using Euterpe.Numerics;

#pragma warning disable RS0030 // System.Math is the oracle here.

namespace Euterpe.Numerics.Tests;

public class DoubleFunctionsTests
{
    public static TheoryData<string, double, double, double> Ranges => new()
    {
        { "exp", -745, 709.5, 2 }, { "exp", -2, 2, 2 },
        { "expm1", -30, 700, 2 }, { "expm1", -0.5, 0.5, 4 },
        { "log", 1e-310, 1e-300, 1 }, { "log", 0.5, 2, 1 }, { "log", 1e-3, 1e300, 1 },
        { "log10", 0.5, 2, 2 }, { "log10", 1e-10, 1e10, 2 },
        { "log2", 0.5, 2, 2 }, { "log2", 1e-10, 1e10, 2 },
        { "sin", -1e5, 1e5, 2 }, { "sin", -1e15, 1e15, 2 }, { "sin", 1e300, 1e308, 2 }, { "sin", -3.2, 3.2, 2 },
        { "cos", -1e5, 1e5, 2 }, { "cos", -1e15, 1e15, 2 }, { "cos", 1e300, 1e308, 2 }, { "cos", -3.2, 3.2, 2 },
        { "tan", -1e5, 1e5, 2 }, { "tan", -1.6, 1.6, 2 },
        { "atan", -1e3, 1e3, 2 }, { "atan", -1, 1, 2 },
        { "sinh", -710, 710, 3 }, { "sinh", -1.5, 1.5, 3 },
        { "tanh", -20, 20, 3 }, { "tanh", -0.9, 0.9, 3 },
        { "asinh", -1e6, 1e6, 3 }, { "asinh", -1, 1, 3 },
    };

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Double_functions_agree_with_the_system_library(string name, double low, double high, double units)
    {
        (Func<double, double> ours, Func<double, double> theirs) = name switch
        {
            "exp" => ((Func<double, double>)DoubleFunctions.Exp, (Func<double, double>)Math.Exp),
            "expm1" => (DoubleFunctions.Expm1, x => Math.Abs(x) < 0.5 ? 2 * Math.Exp(x / 2) * Math.Sinh(x / 2) : Math.Exp(x) - 1),
            "log" => (DoubleFunctions.Log, Math.Log),
            "log10" => (DoubleFunctions.Log10, Math.Log10),
            "log2" => (DoubleFunctions.Log2, Math.Log2),
            "sin" => (DoubleFunctions.Sin, Math.Sin),
            "cos" => (DoubleFunctions.Cos, Math.Cos),
            "tan" => (DoubleFunctions.Tan, Math.Tan),
            "atan" => (DoubleFunctions.Atan, Math.Atan),
            "sinh" => (DoubleFunctions.Sinh, Math.Sinh),
            "tanh" => (DoubleFunctions.Tanh, Math.Tanh),
            _ => (DoubleFunctions.Asinh, Math.Asinh),
        };
        double worst = 0;
        double at = 0;
        for (int i = 0; i <= 20000; i++)
        {
            double x = low + ((high - low) * (i / 20000.0));
            double expected = theirs(x);
            if (!double.IsFinite(expected))
            {
                continue;
            }

            double unit = Math.Max(Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected), double.Epsilon);
            double error = Math.Abs(ours(x) - expected) / unit;
            if (!(error <= worst))
            {
                (worst, at) = (error, x);
            }
        }

        Assert.True(worst <= units, $"{name}: {worst} ulp at {at:R}: {ours(at):R} instead of {theirs(at):R}");
    }
}
