namespace Euterpe.Numerics.Tests;

public class HalvesTests
{
    [Fact]
    public void Spans_of_bf16_and_f16_are_the_single_conversions_for_every_pattern()
    {
        ushort[] all = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] wide = new float[all.Length];
        Bf16.ToFloat(all, wide);
        Assert.Equal(all.Select(Bf16.ToFloat).Select(BitConverter.SingleToInt32Bits), wide.Select(BitConverter.SingleToInt32Bits));
        F16.ToFloat(all, wide);
        Assert.Equal(all.Select(F16.ToFloat).Select(BitConverter.SingleToInt32Bits), wide.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void A_span_to_bf16_rounds_as_single_values_do()
    {
        // Around every bf16: below, at and above the tie; infinities, NaNs and denormals are among them.
        float[] x = [.. Enumerable.Range(0, 65536).SelectMany(i => new[] { 0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF }
            .Select(low => BitConverter.Int32BitsToSingle((i << 16) | low)))];
        foreach (int start in (int[])[0, 1, 7])
        {
            ushort[] y = new ushort[x.Length - start];
            Bf16.FromFloat(x.AsSpan(start), y);
            Assert.Equal(x.Skip(start).Select(Bf16.FromFloat), y);
        }
    }
}
