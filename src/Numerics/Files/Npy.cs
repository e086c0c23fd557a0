using System.Runtime.InteropServices;

namespace Euterpe.Numerics.Files;

/// <summary>numpy's npy files: all numeric types, both byte orders and both index orders are read; little-endian is written.</summary>
[Experimental("EUTERPE001")]
public static class Npy
{
    /// <summary>Reads a whole file; bytes after the array are an error, and nothing is allocated beyond what the file has.</summary>
    public static NpyArray Read(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        NpyArray array = Read(stream, Path.GetFileName(path), stream.Length);
        return stream.ReadByte() < 0 ? array : throw new FileFormatException($"[npy] {Path.GetFileName(path)}: bytes follow after the array.");
    }

    /// <summary>Reads one array from a stream; <paramref name="available"/> bounds header and data together.</summary>
    public static NpyArray Read(Stream stream, string name, long available)
    {
        NpyHeader header = NpyHeader.Read(stream, name);
        long length = header.DataLength;
        if (length > available - header.Length)
        {
            throw new FileFormatException(
                $"[npy] {name}: {header.Type} of shape {FileText.Shape(header.Shape)} is {length} bytes, {available - header.Length} follow.");
        }
        if (length > Array.MaxLength)
        {
            throw new FileFormatException($"[npy] {name}: arrays of up to {Array.MaxLength} bytes are read: found {length}.");
        }
        var bytes = new byte[length];
        int found = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (found < bytes.Length)
        {
            throw new FileFormatException($"[npy] {name}: {length} bytes of data were expected: found {found}.");
        }
        if (header.BigEndian)
        {
            StoredValues.SwapBytes(header.Type, bytes);
        }
        bytes = header.FortranOrder ? Reordered(bytes, header.Shape, header.Type.Size(), toFortran: false) : bytes;
        return new NpyArray(header.Type, header.Shape, bytes);
    }

    public static void Write(string path, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Write(path, StoredType.F32, MemoryMarshal.AsBytes(values), shape);

    public static void Write(string path, ReadOnlySpan<double> values, params ReadOnlySpan<long> shape) =>
        Write(path, StoredType.F64, MemoryMarshal.AsBytes(values), shape);

    public static void Write(string path, ReadOnlySpan<long> values, params ReadOnlySpan<long> shape) =>
        Write(path, StoredType.I64, MemoryMarshal.AsBytes(values), shape);

    public static void Write(string path, ReadOnlySpan<int> values, params ReadOnlySpan<long> shape) =>
        Write(path, StoredType.I32, MemoryMarshal.AsBytes(values), shape);

    /// <summary>Bytes in C order; <paramref name="fortranOrder"/> stores them with the first dimension running fastest.</summary>
    public static unsafe void Write(string path, StoredType type, ReadOnlySpan<byte> bytes, ReadOnlySpan<long> shape, bool fortranOrder = false)
    {
        // A lambda cannot hold a span; the bytes stay where they are while the file is written.
        long[] sizes = shape.ToArray();
        fixed (byte* data = bytes)
        {
            (nint address, int length) = ((nint)data, bytes.Length);
            AtomicFile.Write(path, stream => Write(stream, type, new ReadOnlySpan<byte>((void*)address, length), sizes, fortranOrder));
        }
    }

    public static void Write(Stream stream, StoredType type, ReadOnlySpan<byte> bytes, ReadOnlySpan<long> shape, bool fortranOrder = false)
    {
        long length = type.Size();
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            length = checked(length * size);
        }
        if (length != bytes.Length || shape.Length > NpyHeader.LargestRank)
        {
            throw new ShapeException(
                $"[npy] {type} of shape {FileText.Shape(shape)} is {length} bytes (rank up to {NpyHeader.LargestRank}): found {bytes.Length}.");
        }
        stream.Write(NpyHeader.Write(type, shape, fortranOrder));
        stream.Write(fortranOrder ? Reordered(bytes, shape, type.Size(), toFortran: true) : bytes);
    }

    /// <summary>Elements from one index order to the other.</summary>
    private static byte[] Reordered(ReadOnlySpan<byte> bytes, ReadOnlySpan<long> shape, int size, bool toFortran)
    {
        var target = new byte[bytes.Length];
        int count = bytes.Length / size;
        Span<long> index = stackalloc long[shape.Length];
        Span<long> fortranStrides = stackalloc long[shape.Length];
        long stride = 1;
        for (int i = 0; i < shape.Length; i++)
        {
            fortranStrides[i] = stride;
            stride *= shape[i];
        }
        long other = 0;
        for (int at = 0; at < count; at++)
        {
            int from = (toFortran ? at : (int)other) * size, to = (toFortran ? (int)other : at) * size;
            bytes.Slice(from, size).CopyTo(target.AsSpan(to));
            for (int dim = shape.Length - 1; dim >= 0; dim--)
            {
                other += fortranStrides[dim];
                if (++index[dim] < shape[dim])
                {
                    break;
                }
                other -= fortranStrides[dim] * shape[dim];
                index[dim] = 0;
            }
        }
        return target;
    }
}
