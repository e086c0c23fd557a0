using System.Buffers.Binary;
using Euterpe.Numerics;

namespace Euterpe.Tensors.Files;

/// <summary>The bytes of an HDF5 file, every read of them checked.</summary>
internal readonly unsafe struct Hdf5Bytes(byte* data, long length, string file)
{
    public long Length => length;

    public byte U8(long at) => Span(at, 1)[0];

    public int U16(long at) => BinaryPrimitives.ReadUInt16LittleEndian(Span(at, 2));

    public uint U32(long at) => BinaryPrimitives.ReadUInt32LittleEndian(Span(at, 4));

    public ulong U64(long at) => BinaryPrimitives.ReadUInt64LittleEndian(Span(at, 8));

    /// <summary>An address or a size that must lie within the file.</summary>
    public long Place(long at, string what)
    {
        ulong value = U64(at);
        return value <= (ulong)length ? (long)value : throw Error(at, $"{what} must lie within the file's {length} bytes: found {value}.");
    }

    public bool Undefined(long at) => U64(at) == ulong.MaxValue;

    public ReadOnlySpan<byte> Span(long at, int count) => at >= 0 && at <= length - count ? new ReadOnlySpan<byte>(data + at, count)
        : throw Error(at, $"{count} bytes were expected there, beyond the end at {length}.");

    public void Signature(long at, ReadOnlySpan<byte> expected, string what)
    {
        if (!Span(at, expected.Length).SequenceEqual(expected))
            throw Error(at, $"{what} was expected.");
    }

    public FileFormatException Error(long at, string problem) => new($"[hdf5] {file}: at byte {at}: {problem}");
}
