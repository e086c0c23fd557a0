namespace Euterpe.Numerics.Tests;

public class PhiloxTests
{
    // The known answers of the authors' library (Random123, kat_vectors, philox4x32 10).
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Blocks_are_the_published_ones(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint a, uint b, uint c, uint d) =>
        Assert.Equal((a, b, c, d), Philox.Block(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void Filled_spans_hold_the_numbers_of_their_positions()
    {
        Philox random = new(440, "positions");
        for (int length = 0; length < 70; length++)
        {
            float[] uniform = new float[length];
            float[] normal = new float[length];
            random.FillUniform(3, 9, uniform);
            random.FillNormal(3, 9, normal);
            for (int i = 0; i < length; i++)
            {
                Assert.Equal(random.Uniform(3, 9, i), uniform[i]);
                Assert.Equal(random.Normal(3, 9, i), normal[i]);
            }
        }
    }

    [Fact]
    public void Moments_and_ranges_are_right()
    {
        Philox random = new(1, "moments");
        float[] x = new float[200_000];
        random.FillUniform(0, 0, x);
        Assert.InRange(Reductions.Min(x), 0f, 1e-4f);
        Assert.InRange(Reductions.Max(x), 0.9999f, 0.99999994f);
        Assert.Equal(0.5, Reductions.Mean(x), 0.003);
        Assert.Equal(1.0 / 12, Reductions.Variance(x), 0.001);
        random.FillNormal(1, 0, x);
        Assert.Equal(0, Reductions.Mean(x), 0.008);
        Assert.Equal(1, Reductions.Variance(x), 0.01);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++)
        {
            counts[random.Integer(2, 0, i, 7)]++;
        }

        Assert.All(counts, n => Assert.InRange(n, 9_700, 10_300));
    }

    [Fact]
    public void Seeds_purposes_items_and_steps_are_kept_apart()
    {
        HashSet<uint> seen = [];
        for (int i = 0; i < 16; i++)
        {
            Assert.True(seen.Add(new Philox((ulong)i << 32, "a").Bits(0, 0, 0)));
            Assert.True(seen.Add(new Philox(99, "purpose " + i).Bits(0, 0, 0)));
            Assert.True(seen.Add(new Philox(99, "b").Bits(i, 0, 0)));
            Assert.True(seen.Add(new Philox(99, "b").Bits(0, i + 1, 0)));
            Assert.True(seen.Add(new Philox(99, "b").Bits(0, 0, i + 1)));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new Philox(1, "a").Bits(-1, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Philox(1, "a").Bits(0, 1L << 32, 0));
    }
}
