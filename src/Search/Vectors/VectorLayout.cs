using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>
/// Where things lie in a file of vectors: a head of two slots, then blocks of 1024 rows. A block holds ids (int64), scales, errors, norms (f32)
/// and sums (int32)
/// of the 8-bit rows, the 8-bit rows, then the f32 rows; every part begins at a multiple of 4096. Little-endian.
/// </summary>
internal sealed class VectorLayout
{
    public const int BlockRows = 1024;
    public const int LargestDimension = 1 << 16;
    public const int MostRows = int.MaxValue - (2 * BlockRows);

    public VectorLayout(int dimension)
    {
        if (dimension is < 1 or > LargestDimension)
            throw new OptionsException($"[vectors] A vector has 1 to {LargestDimension} numbers, not {dimension}.");
        Dimension = dimension;
        Stride = ByteRows.Stride(dimension);
        Bytes = Sums + (BlockRows * sizeof(int));
        Floats = Bytes + ((long)BlockRows * Stride);
        BlockBytes = Floats + ((long)BlockRows * dimension * sizeof(float));
    }

    public static long Ids => 0;

    public static long Scales => BlockRows * sizeof(long);

    public static long Errors => Scales + (BlockRows * sizeof(float));

    public static long Norms => Errors + (BlockRows * sizeof(float));

    public static long Sums => Norms + (BlockRows * sizeof(float));

    public int Dimension { get; }

    /// <summary>Bytes of an 8-bit row.</summary>
    public int Stride { get; }

    public long Bytes { get; }

    public long Floats { get; }

    public long BlockBytes { get; }

    public static int Blocks(long rows) => (int)((rows + BlockRows - 1) / BlockRows);

    /// <summary>Where a block begins in the file.</summary>
    public long At(int block) => HeaderSlots.Bytes + (block * BlockBytes);

    /// <summary>Bytes that a file of so many rows has at least.</summary>
    public long FileBytes(long rows) => At(Blocks(rows));
}

/// <summary>What a slot of a file of vectors says.</summary>
internal readonly record struct VectorHead(int Dimension, byte[] Space, long Count, long LastId, uint Crc)
{
    public const int PayloadBytes = 4 + 4 + 32 + 8 + 8 + 4;

    private const int Version = 1;

    public static ReadOnlySpan<byte> Magic => "EUTROWS1"u8;

    public static byte[] SpaceOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    public byte[] ToPayload()
    {
        byte[] payload = new byte[PayloadBytes];
        BinaryPrimitives.WriteInt32LittleEndian(payload, Version);
        BinaryPrimitives.WriteInt32LittleEndian(payload.AsSpan(4), Dimension);
        Space.CopyTo(payload, 8);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(40), Count);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(48), LastId);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(56), Crc);
        return payload;
    }

    public static bool IsKnown(byte[] payload) => BinaryPrimitives.ReadInt32LittleEndian(payload) == Version;

    public static VectorHead Of(byte[] payload) => new(
        BinaryPrimitives.ReadInt32LittleEndian(payload.AsSpan(4)), payload[8..40], BinaryPrimitives.ReadInt64LittleEndian(payload.AsSpan(40)),
        BinaryPrimitives.ReadInt64LittleEndian(payload.AsSpan(48)), BinaryPrimitives.ReadUInt32LittleEndian(payload.AsSpan(56)));

    /// <summary>The newest state in the head of a file of <paramref name="fileBytes"/> that fits this space and what is there.</summary>
    public static (long Generation, VectorHead Head) Read(ReadOnlySpan<byte> head, long fileBytes, string path, byte[] space, int dimension)
    {
        string name = Path.GetFileName(path);
        if (HeaderSlots.Read(head, Magic, PayloadBytes, IsKnown) is not var (_, any))
        {
            throw new FileFormatException($"[vectors] {name}: the head is not that of a file of vectors that this program writes. "
                + "Hint: the file is made from the catalogue; delete it, and it is made again.");
        }

        VectorHead first = Of(any);
        if (!first.Space.AsSpan().SequenceEqual(space) || first.Dimension != dimension)
        {
            throw new FileFormatException($"[vectors] {name} holds vectors of {first.Dimension} numbers of "
                + $"{(first.Space.AsSpan().SequenceEqual(space) ? "this" : "another")} space; {dimension} numbers were expected.");
        }

        var layout = new VectorLayout(dimension);
        bool Fits(byte[] payload)
        {
            VectorHead h = Of(payload);
            return IsKnown(payload) && h.Count is >= 0 and <= VectorLayout.MostRows && h.Dimension == dimension
                && layout.FileBytes(h.Count) <= fileBytes;
        }

        return HeaderSlots.Read(head, Magic, PayloadBytes, Fits) is var (generation, payload)
            ? (generation, Of(payload))
            : throw new FileFormatException(
                $"[vectors] {name} should hold {first.Count} vectors, {layout.FileBytes(first.Count)} bytes, and has {fileBytes} bytes. "
                + "Hint: the file is made from the catalogue; delete it, and it is made again.");
    }
}
