namespace Euterpe.Numerics.Tests;

public class ReductionTests
{
    [Fact]
    public void Reductions_give_the_bits_of_the_reference_at_every_width_and_length()
    {
        for (int length = 0; length <= 257; length++)
        {
            float[] x = Normals(length, 1);
            float[] y = Normals(length, 2);
            if (length % 13 == 5)
            {
                x[length / 2] = float.NaN;
            }

            if (length % 17 == 6)
            {
                x[length / 3] = float.NegativeInfinity;
            }

            string what = $"length {length}";
            Same(Reductions.Reference.Sum(x), Reductions.Sum(x), Reductions.SumAt<V16>(x), Reductions.SumAt<Pair<V8>>(x), "sum " + what);
            Same(
                Reductions.Reference.SumOfSquares(x, 0.3f),
                Reductions.SumOfSquares(x, 0.3f),
                Reductions.SumOfSquaresAt<V16>(x, 0.3f),
                Reductions.SumOfSquaresAt<Pair<V8>>(x, 0.3f),
                "squares " + what);
            Same(Reductions.Reference.Dot(x, y), Reductions.Dot(x, y), Reductions.DotAt<V16>(x, y), Reductions.DotAt<Pair<V8>>(x, y), "dot " + what);
            Same(Reductions.Reference.Max(x), Reductions.Max(x), Reductions.MaxAt<V16>(x), Reductions.MaxAt<Pair<V8>>(x), "max " + what);
            Same(Reductions.Reference.Min(x), Reductions.Min(x), Reductions.MinAt<V16>(x), Reductions.MinAt<Pair<V8>>(x), "min " + what);
        }
    }

    [Fact]
    public void Sums_are_near_the_exact_ones()
    {
        float[] x = Normals(100_003, 3);
        double exact = 0;
        double squares = 0;
        foreach (float v in x)
        {
            exact += v;
            squares += (double)v * v;
        }

        Assert.Equal(exact, Reductions.Sum(x), 0.01);
        Assert.Equal(squares, Reductions.SumOfSquares(x), 0.5);
        Assert.Equal(exact, Reductions.SumToDouble(x), 1e-9);
        double[] d = Array.ConvertAll(x, v => (double)v);
        Assert.Equal(exact, Reductions.Sum(d), 1e-9);
        Assert.Equal(squares, Reductions.Dot(d, d), 1e-8);
        Assert.Equal(squares / x.Length - (exact / x.Length * exact / x.Length), Reductions.Variance(d), 1e-10);
    }

    [Fact]
    public void A_large_mean_does_not_hurt_the_variance()
    {
        float[] x = Normals(4096, 4);
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = (x[i] * 0.5f) + 1000f;
        }

        Assert.Equal(0.25, Reductions.Variance(x), 0.02);
    }

    [Fact]
    public void Largest_values_and_their_places()
    {
        Assert.Equal(2, Reductions.ArgMax([1f, -2f, 7f, 7f]));
        Assert.Equal(1, Reductions.ArgMax([1f, float.NaN, 7f, float.NaN]));
        Assert.Equal(7f, Reductions.MaxAbs([1f, -7f, 3f]));
        Assert.Equal(0f, Reductions.MaxAbs([]));
        Assert.Equal(float.NegativeInfinity, Reductions.Max(ReadOnlySpan<float>.Empty));
        Assert.Throws<ShapeException>(() => Reductions.ArgMax([]));
        Assert.Throws<ShapeException>(() => Reductions.Dot(new float[2], new float[3]));
    }

    internal static float[] Normals(int length, long item)
    {
        float[] x = new float[length];
        new Philox(5, "tests").FillNormal(item, 0, x);
        return x;
    }

    private static void Same(float expected, float a, float b, float c, string what)
    {
        WidthTests.AssertSame(expected, a, what);
        WidthTests.AssertSame(expected, b, what + " of 16 lanes");
        WidthTests.AssertSame(expected, c, what + " of 2 x 8 lanes");
    }
}
