namespace Euterpe.Numerics.Tests;

// Numbers that look random and are the same everywhere: a xorshift, scaled to -1 .. 1.
internal static class Noise
{
    public static float[] Make(int count, uint seed)
    {
        float[] x = new float[count];
        uint state = (seed * 2654435761u) ^ 0x9E3779B9u;
        for (int i = 0; i < count; i++)
        {
            state = state == 0 ? 1 : state;
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            x[i] = (int)state * 4.656613e-10f;
        }

        return x;
    }

    // Equal bits, but any NaN equals any NaN: payloads are outside the promise.
    public static void AssertSameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> found, string where)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(found[i])
                && !(float.IsNaN(expected[i]) && float.IsNaN(found[i])))
            {
                Assert.Fail($"{where}: element {i} is {found[i]:R} ({BitConverter.SingleToInt32Bits(found[i]):X8}), "
                    + $"expected {expected[i]:R} ({BitConverter.SingleToInt32Bits(expected[i]):X8})");
            }
        }
    }
}
