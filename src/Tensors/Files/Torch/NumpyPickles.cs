using System.Buffers.Binary;
using System.Text;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>numpy's numbers and arrays of numbers inside a pickle; arrays of objects are refused.</summary>
internal static class NumpyPickles
{
    public static NumpyArray? Reconstruct(PickleReader reader, object[] arguments)
    {
        reader.Allowance.Charge(96);
        return arguments is [PickledGlobal { Name: "numpy.ndarray" }, object[], _] ? new NumpyArray() : null;
    }

    /// <summary>("f4", align, copy)</summary>
    public static NumpyType? DType(PickleReader reader, object[] arguments)
    {
        if (arguments is not [string code, bool or long, bool or long])
        {
            return null;
        }
        StoredType type = code switch
        {
            "f2" => StoredType.F16,
            "f4" => StoredType.F32,
            "f8" => StoredType.F64,
            "i1" => StoredType.I8,
            "i2" => StoredType.I16,
            "i4" => StoredType.I32,
            "i8" => StoredType.I64,
            "u1" => StoredType.U8,
            "u2" => StoredType.U16,
            "u4" => StoredType.U32,
            "u8" => StoredType.U64,
            "b1" => StoredType.Bool,
            _ => throw reader.Error($"numpy's type {FileText.Shown(code)} is not read: numbers are."),
        };
        reader.Allowance.Charge(32);
        return new NumpyType(type);
    }

    /// <summary>(type, its bytes)</summary>
    public static object? Scalar(PickleReader reader, object[] arguments)
    {
        return arguments is [NumpyType type, var held] && Raw(reader, held) is byte[] raw && raw.Length == type.Type.Size() ? Number(type, raw, 0) : null;
    }

    /// <summary>(bytes, type, shape, order)</summary>
    public static NumpyArray? FromBuffer(PickleReader reader, object[] arguments)
    {
        if (arguments is not [var buffer, NumpyType type, object[] sizes, "C" or "F" or "A"])
        {
            return null;
        }
        reader.Allowance.Charge(96);
        var array = new NumpyArray();
        return Fill(reader, array, type, sizes, arguments[3] is "F", buffer) ? array : null;
    }

    /// <summary>(3, byte order, None, None, None, -1, -1, flags)</summary>
    public static bool Build(NumpyType type, object state)
    {
        if (state is not object[] { Length: 8 or 9 } parts || parts[1] is not ("<" or ">" or "|" or "=")
            || parts[2] is not PickledNone || parts[3] is not PickledNone || parts[4] is not PickledNone)
        {
            return false;
        }
        type.BigEndian = parts[1] is ">";
        return true;
    }

    /// <summary>(1, shape, type, Fortran's order, bytes)</summary>
    public static bool Build(PickleReader reader, NumpyArray array, object state) =>
        array.Type is null && state is object[] and [_, object[] sizes, NumpyType type, bool fortran, var bytes]
            && Fill(reader, array, type, sizes, fortran, bytes);

    /// <summary>One element: long, double or bool.</summary>
    public static object Number(NumpyType type, byte[] bytes, int index)
    {
        int size = type.Type.Size();
        Span<byte> one = stackalloc byte[8];
        one = one[..size];
        bytes.AsSpan(index * size, size).CopyTo(one);
        if (type.BigEndian)
        {
            one.Reverse();
        }
        if (type.Type == StoredType.U64)
        {
            ulong wide = BinaryPrimitives.ReadUInt64LittleEndian(one);
            return wide <= long.MaxValue ? (long)wide : (System.Numerics.BigInteger)wide;
        }
        if (type.Type.IsFloat())
        {
            Span<double> real = stackalloc double[1];
            StoredValues.ToDoubles(type.Type, one, real);
            return real[0];
        }
        Span<long> whole = stackalloc long[1];
        StoredValues.ToLongs(type.Type, one, whole);
        return type.Type == StoredType.Bool ? whole[0] != 0 : whole[0];
    }

    private static bool Fill(PickleReader reader, NumpyArray array, NumpyType type, object[] sizes, bool fortran, object buffer)
    {
        if (Raw(reader, buffer) is not byte[] raw || sizes.Length > 32)
        {
            return false;
        }
        Int128 length = type.Type.Size();
        foreach (object size in sizes)
        {
            // No product of sizes beyond the bytes that are there is ever taken further.
            length = size is long and >= 0 and <= int.MaxValue and long each && length <= raw.Length ? length * each : -1;
            if (length <= 0)
            {
                break;
            }
        }
        if (length != raw.Length || sizes.Any(size => size is not (long and >= 0)))
        {
            throw reader.Error($"a numpy array of {type.Type} must have the bytes of its shape: found {raw.Length}.");
        }
        (array.Type, array.Bytes, array.FortranOrder, array.Shape) = (type, raw, fortran, [.. sizes.Cast<long>()]);
        return true;
    }

    private static byte[]? Raw(PickleReader reader, object value)
    {
        if (value is string text)
        {
            // Python 2 wrote bytes as text; what was UTF-8 by chance came as text.
            reader.Allowance.Charge(Encoding.UTF8.GetByteCount(text) + 48L);
            return Encoding.UTF8.GetBytes(text);
        }
        return value as byte[];
    }
}
