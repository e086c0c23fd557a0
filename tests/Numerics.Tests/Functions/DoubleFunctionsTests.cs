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

    [Fact]
    public void Powers_agree_with_the_system_library_and_the_exact_ones_are_exact()
    {
        Philox random = new(3, "powers");
        for (int i = 0; i < 20_000; i++)
        {
            double x = Math.Abs(random.Normal(0, 0, i)) * Math.Pow(10, (i % 9) - 4);
            double y = random.Normal(1, 0, i) * 20;
            double expected = Math.Pow(x, y);
            if (double.IsNormal(expected))
            {
                Assert.True(Math.Abs(DoubleFunctions.Pow(x, y) - expected) <= 2 * (Math.BitIncrement(expected) - expected), $"pow({x:R}, {y:R})");
            }
        }

        for (int n = 0; n <= 22; n++)
        {
            double power = double.Parse("1e" + n);
            Assert.Equal(n, DoubleFunctions.Log10(power));
            Assert.Equal(power, DoubleFunctions.Pow(10, n));
        }

        for (int n = -1074; n < 1024; n++)
        {
            Assert.Equal(n, DoubleFunctions.Log2(Math.ScaleB(1, n)));
            Assert.Equal(Math.ScaleB(1, n), DoubleFunctions.Pow(2, n));
        }
    }

    [Fact]
    public void Edges_are_those_of_the_system_library()
    {
        double[] edges =
        [
            0.0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 1e300, -1e300, 1e-310, -1e-310, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 709.9, -745.5,
        ];
        (string Name, Func<double, double> Ours, Func<double, double> Theirs)[] functions =
        [
            ("exp", DoubleFunctions.Exp, Math.Exp), ("log", DoubleFunctions.Log, Math.Log), ("log10", DoubleFunctions.Log10, Math.Log10),
            ("log2", DoubleFunctions.Log2, Math.Log2), ("sin", DoubleFunctions.Sin, Math.Sin), ("cos", DoubleFunctions.Cos, Math.Cos),
            ("tan", DoubleFunctions.Tan, Math.Tan), ("atan", DoubleFunctions.Atan, Math.Atan), ("sinh", DoubleFunctions.Sinh, Math.Sinh),
            ("cosh", DoubleFunctions.Cosh, Math.Cosh), ("tanh", DoubleFunctions.Tanh, Math.Tanh), ("asinh", DoubleFunctions.Asinh, Math.Asinh),
        ];
        foreach (double x in edges)
        {
            foreach ((string name, Func<double, double> ours, Func<double, double> theirs) in functions)
            {
                Near(theirs(x), ours(x), $"{name}({x:R})");
            }

            foreach (double y in edges)
            {
                Near(Math.Pow(x, y), DoubleFunctions.Pow(x, y), $"pow({x:R}, {y:R})");
                Near(Math.Atan2(x, y), DoubleFunctions.Atan2(x, y), $"atan2({x:R}, {y:R})");
            }
        }
    }

    // Values with more digits than a double, from mpmath.
    [Theory]
    [InlineData(0.1, 0.1124629160182849)]
    [InlineData(0.5, 0.5204998778130465)]
    [InlineData(0.9, 0.7969082124228322)]
    [InlineData(1.0, 0.8427007929497149)]
    [InlineData(2.0, 0.9953222650189527)]
    [InlineData(-3.0, -0.9999779095030014)]
    [InlineData(7.0, 1.0)]
    public void Error_function_is_the_stored_one(double x, double expected) => Near(expected, DoubleFunctions.Erf(x), $"erf({x})");

    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(1.0, 1.2660658777520084)]
    [InlineData(8.6, 750.4611595631661)]
    [InlineData(-14.77, 271993.8458008237)]
    public void Bessel_function_is_the_stored_one(double x, double expected) =>
        Assert.Equal(1.0, DoubleFunctions.BesselI0(x) / expected, 4e-16);

    private static void Near(double expected, double found, string what)
    {
        bool near = double.IsNaN(expected)
            ? double.IsNaN(found)
            : expected == found || Math.Abs(found - expected) <= 2 * Math.Max(Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected), double.Epsilon);
        Assert.True(near && (double.IsNaN(expected) || double.IsNegative(expected) == double.IsNegative(found)), $"{what}: {found:R} instead of {expected:R}");
    }
}
