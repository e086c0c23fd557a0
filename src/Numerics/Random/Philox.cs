using System.Security.Cryptography;
using System.Text;

namespace Euterpe.Numerics;

/// <summary>
/// The counter-based generator Philox 4x32-10 (Salmon and others, "Parallel random numbers: as easy as 1, 2, 3", 2011). A number is a pure function of
/// (seed, purpose, item, step, position): independent of order, batch, thread, resume and process. Use one kind of number for each purpose.
/// </summary>
[Experimental("EUTERPE001")]
public readonly struct Philox
{
    private readonly uint _key0;
    private readonly uint _key1;

    /// <summary>The purpose's name keeps the streams of one seed apart ("dropout", "weights/encoder.0.q_proj.weight").</summary>
    public Philox(ulong seed, string purpose)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(purpose), hash);
        uint low = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(hash);
        uint high = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(hash[4..]);
        (_key0, _key1, _, _) = Block((uint)seed, (uint)(seed >> 32), low, high, 0, 0);
    }

    /// <summary>Four random words for one counter and key: the generator itself.</summary>
    public static (uint A, uint B, uint C, uint D) Block(uint c0, uint c1, uint c2, uint c3, uint key0, uint key1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)0xD2511F53 * c0;
            ulong p1 = (ulong)0xCD9E8D57 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ key0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ key1, (uint)p0);
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>32 random bits at a position of a step of an item.</summary>
    public uint Bits(long item, long step, long position)
    {
        (uint a, uint b, uint c, uint d) = BlockOf(item, step, position >> 2);
        return (position & 3) switch
        {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        };
    }

    /// <summary>A float from 0 to below 1, a multiple of 2^-24.</summary>
    public float Uniform(long item, long step, long position) => ToUniform(Bits(item, step, position));

    /// <summary>A normal float of mean 0 and deviation 1 (Box and Muller's formula; at most 5.8 from 0).</summary>
    public float Normal(long item, long step, long position)
    {
        (uint a, uint b, uint c, uint d) = BlockOf(item, step, position >> 2);
        bool second = (position & 2) != 0;
        (float cos, float sin) = ToNormals(second ? c : a, second ? d : b);
        return (position & 1) == 0 ? cos : sin;
    }

    /// <summary>A whole number from 0 to below bound; the bias is below bound / 2^64.</summary>
    public int Integer(long item, long step, long position, int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        (uint a, uint b, _, _) = BlockOf(item, step, position);
        return (int)Math.BigMul(((ulong)a << 32) | b, (ulong)bound, out _);
    }

    /// <summary>Uniform numbers at positions 0, 1, 2 ...</summary>
    public void FillUniform(long item, long step, Span<float> target)
    {
        int i = 0;
        for (; i + 4 <= target.Length; i += 4)
        {
            (uint a, uint b, uint c, uint d) = BlockOf(item, step, i >> 2);
            target[i] = ToUniform(a);
            target[i + 1] = ToUniform(b);
            target[i + 2] = ToUniform(c);
            target[i + 3] = ToUniform(d);
        }

        for (; i < target.Length; i++)
        {
            target[i] = Uniform(item, step, i);
        }
    }

    /// <summary>Normal numbers at positions 0, 1, 2 ...</summary>
    public void FillNormal(long item, long step, Span<float> target)
    {
        int i = 0;
        for (; i + 4 <= target.Length; i += 4)
        {
            (uint a, uint b, uint c, uint d) = BlockOf(item, step, i >> 2);
            (target[i], target[i + 1]) = ToNormals(a, b);
            (target[i + 2], target[i + 3]) = ToNormals(c, d);
        }

        for (; i < target.Length; i++)
        {
            target[i] = Normal(item, step, i);
        }
    }

    private (uint A, uint B, uint C, uint D) BlockOf(long item, long step, long block)
    {
        if ((ulong)item > uint.MaxValue || (ulong)step > uint.MaxValue || block < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(item),
                $"[philox] item and step are 0 to 4294967295 and a position is not negative: item {item}, step {step}, block {block}.");
        }

        return Block((uint)block, (uint)(block >> 32), (uint)item, (uint)step, _key0, _key1);
    }

    private static float ToUniform(uint bits) => (bits >> 8) * 5.9604645e-8f;

    private static (float Cos, float Sin) ToNormals(uint a, uint b)
    {
        // (0, 1], so that its logarithm exists.
        float size = MathF.Sqrt(-2f * Functions.Log(((a >> 8) + 1) * 5.9604645e-8f));
        float angle = 6.28318531f * ToUniform(b);
        return (size * Functions.Cos(angle), size * Functions.Sin(angle));
    }
}
