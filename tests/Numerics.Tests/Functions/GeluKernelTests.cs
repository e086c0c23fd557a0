namespace Euterpe.Numerics.Tests;

public class GeluKernelTests
{
    [Fact]
    public void Gelu_of_a_span_has_the_bits_of_single_values()
    {
        // All exponents and signs with some mantissas: zeros, denormals, infinities and NaNs among them; and a dense range around the joins.
        List<float> values = [.. Enumerable.Range(0, 1 << 16).Select(i => BitConverter.Int32BitsToSingle((i << 16) | (i * 40503 & 0xFFFF)))];
        values.AddRange(Enumerable.Range(-20000, 40001).Select(i => i * 1e-3f));
        values.AddRange(Enumerable.Range(0, 1024).Select(i => 1f + ((i - 512) * 1.2e-7f)));
        foreach (int start in (int[])[0, 1, 31])
        {
            float[] x = [.. values.Skip(start)], y = new float[x.Length];
            Functions.Gelu(x, y);
            for (int i = 0; i < x.Length; i++)
            {
                float expected = Functions.Gelu(x[i]);
                Assert.True(BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(y[i]) || (float.IsNaN(expected) && float.IsNaN(y[i])),
                    $"gelu({x[i]:R}) is {expected:R}, of a span {y[i]:R}");
            }

            Functions.Gelu(x, x);
            Noise.AssertSameBits(y, x, "in place");
        }
    }
}
