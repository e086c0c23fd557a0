using System.Buffers.Binary;

namespace Euterpe.Testing;

/// <summary>Random damage to good files, the same for the same seed: what a reader must survive with one clear error, or read.</summary>
public static class BrokenFiles
{
    private static readonly ulong[] Interesting =
    [
        0, 1, 2, 7, 8, 127, 128, 255, 256, 65_535, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000,
        ulong.MaxValue,
    ];

    private static readonly byte[] Bytes = [0, 1, 0x7F, 0x80, 0xFF, .. "{}[]\"\\,:-.09e \n"u8];

    /// <summary>One damaged copy: up to four changes, half of them among the first <paramref name="front"/> bytes, where headers are.</summary>
    public static byte[] Mutate(ReadOnlySpan<byte> good, ulong seed, int front = 512)
    {
        var random = new Draws(seed);
        byte[] bytes = good.ToArray();
        int changes = 1 + random.Below(4);
        for (int i = 0; i < changes; i++)
        {
            bytes = Change(bytes, ref random, front);
        }
        return bytes;
    }

    private static byte[] Change(byte[] bytes, ref Draws random, int front)
    {
        int at = random.Below((random.Below(2) == 0 ? Math.Min(front, bytes.Length) : bytes.Length) + 1);
        int length = random.Below(random.Below(4) == 0 ? 300 : 12) + 1, end = Math.Min(at + length, bytes.Length);
        switch (random.Below(9))
        {
            case 0 when at < bytes.Length:
                bytes[at] ^= (byte)(1 << random.Below(8));
                return bytes;
            case 1 when at < bytes.Length:
                bytes[at] = Bytes[random.Below(Bytes.Length)];
                return bytes;
            case 2 when at + 8 <= bytes.Length:
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), Interesting[random.Below(Interesting.Length)]);
                return bytes;
            case 3 when at + 4 <= bytes.Length:
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)Interesting[random.Below(Interesting.Length)]);
                return bytes;
            case 4:
                return bytes[..at];
            case 5:
                return [.. bytes[..at], .. bytes[end..]];
            case 6:
                return [.. bytes[..end], .. bytes[at..]];
            case 7 when at < bytes.Length && bytes[at] is >= (byte)'0' and <= (byte)'9':
                bytes[at] = (byte)('0' + random.Below(10));
                return bytes;
            default:
                return [.. bytes[..at], Bytes[random.Below(Bytes.Length)], .. bytes[at..]];
        }
    }

    /// <summary>SplitMix64: small and enough for damage; nothing of the library's is tested with it.</summary>
    public struct Draws(ulong seed)
    {
        private ulong _state = seed * 0x9E37_79B9_7F4A_7C15;

        public ulong Next()
        {
            ulong z = _state += 0x9E37_79B9_7F4A_7C15;
            z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
            z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
            return z ^ (z >> 31);
        }

        /// <summary>0 to <paramref name="limit"/> - 1.</summary>
        public int Below(int limit) => (int)(Next() % (ulong)limit);

        /// <summary>-1 to 1.</summary>
        public float Float() => (float)((Next() >> 40) / (double)(1 << 23)) - 1;
    }
}
