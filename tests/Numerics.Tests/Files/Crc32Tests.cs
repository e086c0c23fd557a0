using Euterpe.Numerics.Files;

namespace Euterpe.Numerics.Tests.Files;

public class Crc32Tests
{
    [Fact]
    public void Known_sums()
    {
        Assert.Equal(0u, Crc32.Of([]));
        Assert.Equal(0xCBF4_3926u, Crc32.Of("123456789"u8));
        Assert.Equal(0x414F_A339u, Crc32.Of("The quick brown fox jumps over the lazy dog"u8));
    }

    [Fact]
    public void Every_length_and_place_gives_what_bit_by_bit_gives()
    {
        byte[] bytes = Pattern(2_000, 7);
        for (int length = 0; length < 1_300; length++)
        {
            int start = length % 67;
            ReadOnlySpan<byte> part = bytes.AsSpan(start, length);
            uint expected = BitByBit(part);
            Assert.Equal(expected, Crc32.Of(part));
            int cut = length / 3;
            Assert.Equal(expected, Crc32.Append(Crc32.Of(part[..cut]), part[cut..]));
            Assert.Equal(expected, Crc32.Combine(Crc32.Of(part[..cut]), Crc32.Of(part[cut..]), length - cut));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public unsafe void Blocks_on_any_number_of_threads_give_the_sum_of_the_whole(int threads)
    {
        using var pool = new ComputePool(threads);
        byte[] bytes = Pattern((11 << 20) + 12_345, 3);
        fixed (byte* data = bytes)
        {
            foreach (int length in new[] { bytes.Length, 4 << 20, (4 << 20) + 1, 8 << 20, 5 })
            {
                Assert.Equal(Crc32.Append(0, data, length), Crc32.Of(data, length, pool));
            }
        }
    }

    private static byte[] Pattern(int length, int seed)
    {
        var bytes = new byte[length];
        uint state = (uint)seed + 1;
        for (int i = 0; i < length; i++)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            bytes[i] = (byte)(state >> 24);
        }
        return bytes;
    }

    private static uint BitByBit(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte each in bytes)
        {
            crc ^= each;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1;
            }
        }
        return ~crc;
    }
}
