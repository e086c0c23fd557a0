namespace Euterpe.Tensors;

/// <summary>What one element of a tensor is. F32 is computed with; BF16 and F16 are stored forms; integers index and mask.</summary>
public enum DType
{
    F32,
    BF16,
    F16,
    F64,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
}

public static class DTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this DType type) => type switch
    {
        DType.F64 or DType.I64 => 8,
        DType.F32 or DType.I32 => 4,
        DType.BF16 or DType.F16 or DType.I16 => 2,
        DType.I8 or DType.U8 or DType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    public static bool IsFloat(this DType type) => type is DType.F32 or DType.BF16 or DType.F16 or DType.F64;

    /// <summary>The .NET type that a span over elements of this type has (bf16 is read as its 16 bits).</summary>
    internal static bool Holds<T>(this DType type) where T : unmanaged => type switch
    {
        DType.F32 => typeof(T) == typeof(float),
        DType.F64 => typeof(T) == typeof(double),
        DType.BF16 => typeof(T) == typeof(ushort),
        DType.F16 => typeof(T) == typeof(Half) || typeof(T) == typeof(ushort),
        DType.I64 => typeof(T) == typeof(long),
        DType.I32 => typeof(T) == typeof(int),
        DType.I16 => typeof(T) == typeof(short),
        DType.I8 => typeof(T) == typeof(sbyte),
        DType.U8 => typeof(T) == typeof(byte),
        DType.Bool => typeof(T) == typeof(byte) || typeof(T) == typeof(bool),
        _ => false,
    };
}
