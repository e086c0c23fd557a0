namespace Euterpe.Numerics.Tests;

/// <summary>One text, the same bits: scalar, 8 lanes, 16 lanes and pairs, at every kind of value and at lengths 0 to 257.</summary>
public class WidthTests
{
    [Fact]
    public void Unary_operations_give_the_same_bits_at_every_width()
    {
        Check(default(Unary.Exp));
        Check(default(Unary.Expm1));
        Check(default(Unary.Log));
        Check(default(Unary.Log10));
        Check(default(Unary.Tanh));
        Check(default(Unary.Erf));
        Check(default(Unary.Sin));
        Check(default(Unary.Cos));
        Check(default(Unary.Sigmoid));
        Check(default(Unary.Silu));
        Check(default(Unary.QuickGelu));
        Check(default(Unary.Gelu));
        Check(default(Unary.GeluTanh));
        Check(default(Unary.Softplus));
        Check(default(Unary.Relu));
        Check(default(Unary.Sqrt));
        Check(default(Unary.Abs));
        Check(default(Unary.Square));
        Check(new Unary.Elu(1.25f));
        Check(new Unary.LeakyRelu(0.01f));
        Check(new Unary.Affine(1.5f, -0.25f));
        Check(new Unary.Clamp(-1f, 2f));
    }

    [Fact]
    public void Fused_multiply_add_in_software_is_the_instruction()
    {
        Philox random = new(7, "fma");
        float[] edges = [0f, -0f, 1f, -1f, float.Epsilon, -float.Epsilon, 1.17549435e-38f, float.MaxValue, float.NegativeInfinity, float.NaN, 16777217f];
        for (int i = 0; i < 400_000; i++)
        {
            float a = BitConverter.UInt32BitsToSingle(random.Bits(0, 0, i));
            float b = BitConverter.UInt32BitsToSingle(random.Bits(1, 0, i));

            // Half of the time near -a * b, so that almost all of it cancels.
            float c = (i & 1) == 0 ? BitConverter.UInt32BitsToSingle(random.Bits(2, 0, i)) : -(a * b) * (1f + ((i & 14) * 5.9604645e-8f));
            if (i < edges.Length * edges.Length * edges.Length)
            {
                (a, b, c) = (edges[i % edges.Length], edges[i / edges.Length % edges.Length], edges[i / edges.Length / edges.Length]);
            }

            AssertSame(MathF.FusedMultiplyAdd(a, b, c), V1.SoftwareFusedMultiplyAdd(a, b, c), $"fma({a:R}, {b:R}, {c:R})");
        }
    }

    internal static float[] Values(int length, long item)
    {
        Philox random = new(11, "width tests");
        float[] x = new float[length];
        float[] edges =
        [
            0f, -0f, 1f, -1f, float.Epsilon, -float.Epsilon, 1.17549435e-38f, 88.7f, 88.73f, -87.4f, -103.9f, -104.1f, 0.625f, 0.93f, 65536f, 65537f, -1e30f,
            float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 3.9f, 16f, -16f, 0.70710677f, 0.7071068f,
        ];
        for (int i = 0; i < length; i++)
        {
            x[i] = (i % 4) switch
            {
                0 => BitConverter.UInt32BitsToSingle(random.Bits(item, 0, i)),
                1 => random.Normal(item, 1, i) * 3f,
                2 => (random.Uniform(item, 2, i) - 0.5f) * 240f,
                _ => edges[i / 4 % edges.Length],
            };
        }

        return x;
    }

    internal static void AssertSame(float expected, float found, string what)
    {
        if (BitConverter.SingleToInt32Bits(expected) != BitConverter.SingleToInt32Bits(found) && !(float.IsNaN(expected) && float.IsNaN(found)))
        {
            Assert.Fail($"{what}: {expected:R} and {found:R}");
        }
    }

    private static void Check<TOp>(TOp op)
        where TOp : struct, IUnary
    {
        foreach (int length in (int[])[0, 1, 7, 8, 15, 16, 17, 31, 33, 257, 8192])
        {
            float[] x = Values(length, length);
            float[] one = new float[length];
            Elementwise.MapAt<TOp, V1>(op, x, one);
            CheckAt<TOp, V8>(op, x, one);
            CheckAt<TOp, V16>(op, x, one);
            CheckAt<TOp, Pair<V8>>(op, x, one);
            float[] own = (float[])x.Clone();
            Elementwise.Map(op, own, own);
            Compare(typeof(TOp).Name + " in place", x, one, own);

            // The slopes, too.
            Elementwise.MapAt<Sloped<TOp>, V1>(new(op), x, one);
            CheckAt<Sloped<TOp>, V8>(new(op), x, one);
            CheckAt<Sloped<TOp>, V16>(new(op), x, one);
        }
    }

    private static void CheckAt<TOp, T>(TOp op, float[] x, float[] expected)
        where TOp : struct, IUnary
        where T : struct, ILanes<T>
    {
        float[] y = new float[x.Length];
        Elementwise.MapAt<TOp, T>(op, x, y);
        Compare($"{typeof(TOp)} at {typeof(T)}", x, expected, y);
    }

    private static void Compare(string name, float[] x, float[] expected, float[] found)
    {
        for (int i = 0; i < x.Length; i++)
        {
            AssertSame(expected[i], found[i], $"{name} of {x[i]:R} at {i} of {x.Length}");
        }
    }

    private readonly struct Sloped<TOp>(TOp op) : IUnary
        where TOp : struct, IUnary
    {
        public T Of<T>(T x)
            where T : struct, ILanes<T> => op.Slope(x);

        public T Slope<T>(T x)
            where T : struct, ILanes<T> => throw new NotSupportedException();
    }
}
