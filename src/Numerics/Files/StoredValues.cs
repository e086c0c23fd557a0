using System.Runtime.InteropServices;

namespace Euterpe.Numerics.Files;

/// <summary>Elements as files hold them (little-endian, perhaps not aligned) turned into .NET numbers.</summary>
[Experimental("EUTERPE001")]
public static class StoredValues
{
    /// <summary>As float: exact for F32, BF16, F16, F8, Bool and integers up to 24 bits; F64 and larger integers round to nearest even.</summary>
    public static void ToFloats(StoredType type, ReadOnlySpan<byte> bytes, Span<float> target)
    {
        Require(type, bytes, target.Length);
        switch (type)
        {
            case StoredType.F32:
                bytes.CopyTo(MemoryMarshal.AsBytes(target));
                break;
            case StoredType.BF16:
                Bf16.ToFloat(MemoryMarshal.Cast<byte, ushort>(bytes), target);
                break;
            case StoredType.F16:
                F16.ToFloat(MemoryMarshal.Cast<byte, ushort>(bytes), target);
                break;
            case StoredType.F64:
                Convert<double, float>(bytes, target, value => (float)value);
                break;
            case StoredType.I64:
                Convert<long, float>(bytes, target, value => value);
                break;
            case StoredType.U64:
                Convert<ulong, float>(bytes, target, value => value);
                break;
            default:
                Span<double> wide = stackalloc double[64];
                for (int start = 0; start < target.Length; start += wide.Length)
                {
                    Span<double> part = wide[..Math.Min(wide.Length, target.Length - start)];
                    ToDoubles(type, bytes.Slice(start * type.Size(), part.Length * type.Size()), part);
                    for (int i = 0; i < part.Length; i++)
                    {
                        target[start + i] = (float)part[i];
                    }
                }
                break;
        }
    }

    /// <summary>As double: exact for every type but 64-bit integers beyond 53 bits.</summary>
    public static void ToDoubles(StoredType type, ReadOnlySpan<byte> bytes, Span<double> target)
    {
        Require(type, bytes, target.Length);
        switch (type)
        {
            case StoredType.F64:
                bytes.CopyTo(MemoryMarshal.AsBytes(target));
                break;
            case StoredType.F32:
                Convert<float, double>(bytes, target, value => value);
                break;
            case StoredType.BF16:
                Convert<ushort, double>(bytes, target, value => BitConverter.Int32BitsToSingle(value << 16));
                break;
            case StoredType.F16:
                Convert<Half, double>(bytes, target, value => (double)value);
                break;
            case StoredType.F8E4M3:
                Convert<byte, double>(bytes, target, FromE4M3);
                break;
            case StoredType.F8E5M2:
                Convert<byte, double>(bytes, target, FromE5M2);
                break;
            case StoredType.U64:
                Convert<ulong, double>(bytes, target, value => value);
                break;
            case StoredType.I64:
                Convert<long, double>(bytes, target, value => value);
                break;
            case StoredType.U32:
                Convert<uint, double>(bytes, target, value => value);
                break;
            case StoredType.I32:
                Convert<int, double>(bytes, target, value => value);
                break;
            case StoredType.U16:
                Convert<ushort, double>(bytes, target, value => value);
                break;
            case StoredType.I16:
                Convert<short, double>(bytes, target, value => value);
                break;
            case StoredType.I8:
                Convert<sbyte, double>(bytes, target, value => value);
                break;
            case StoredType.U8:
                Convert<byte, double>(bytes, target, value => value);
                break;
            case StoredType.Bool:
                Convert<byte, double>(bytes, target, value => value != 0 ? 1 : 0);
                break;
            default:
                throw new NotSupportedException($"[stored values] {type} has no single real value. Hint: read its bytes.");
        }
    }

    /// <summary>As long: integers and booleans only, and exactly; U64 beyond long throws.</summary>
    public static void ToLongs(StoredType type, ReadOnlySpan<byte> bytes, Span<long> target)
    {
        Require(type, bytes, target.Length);
        switch (type)
        {
            case StoredType.I64:
                bytes.CopyTo(MemoryMarshal.AsBytes(target));
                break;
            case StoredType.U64:
                Convert<ulong, long>(bytes, target, value => checked((long)value));
                break;
            case StoredType.U32:
                Convert<uint, long>(bytes, target, value => value);
                break;
            case StoredType.I32:
                Convert<int, long>(bytes, target, value => value);
                break;
            case StoredType.U16:
                Convert<ushort, long>(bytes, target, value => value);
                break;
            case StoredType.I16:
                Convert<short, long>(bytes, target, value => value);
                break;
            case StoredType.I8:
                Convert<sbyte, long>(bytes, target, value => value);
                break;
            case StoredType.U8:
                Convert<byte, long>(bytes, target, value => value);
                break;
            case StoredType.Bool:
                Convert<byte, long>(bytes, target, value => value != 0 ? 1 : 0);
                break;
            default:
                throw new NotSupportedException($"[stored values] {type} elements are not integers. Hint: ToFloats or ToDoubles.");
        }
    }

    /// <summary>The other byte order, in place; complex numbers have two halves.</summary>
    internal static void SwapBytes(StoredType type, Span<byte> bytes)
    {
        int size = type.IsComplex() ? type.Size() / 2 : type.Size();
        for (int i = 0; size > 1 && i < bytes.Length; i += size)
        {
            bytes.Slice(i, size).Reverse();
        }
    }

    // 8 bits: sign, 4 bits of exponent (bias 7), 3 of fraction; no infinities, NaN is all ones.
    private static double FromE4M3(byte value)
    {
        int exponent = (value >> 3) & 15, fraction = value & 7;
        double size = exponent == 15 && fraction == 7 ? double.NaN
            : exponent == 0 ? Math.ScaleB(fraction, -9) : Math.ScaleB(8 + fraction, exponent - 10);
        return value >= 128 ? -size : size;
    }

    // The upper byte of an F16.
    private static double FromE5M2(byte value) => (double)BitConverter.UInt16BitsToHalf((ushort)(value << 8));

    private static void Convert<TFrom, TTo>(ReadOnlySpan<byte> bytes, Span<TTo> target, Func<TFrom, TTo> convert)
        where TFrom : unmanaged
    {
        ReadOnlySpan<TFrom> source = MemoryMarshal.Cast<byte, TFrom>(bytes);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = convert(source[i]);
        }
    }

    private static void Require(StoredType type, ReadOnlySpan<byte> bytes, int count)
    {
        if (bytes.Length != (long)count * type.Size())
        {
            throw new ArgumentException($"[stored values] {count} elements of {type} are {(long)count * type.Size()} bytes: found {bytes.Length}.");
        }
    }
}
