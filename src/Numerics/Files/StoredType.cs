namespace Euterpe.Numerics.Files;

/// <summary>What one element is in a file. The order is that of safetensors' own list: its writer sorts by it, largest first.</summary>
[Experimental("EUTERPE001")]
public enum StoredType
{
    Bool,
    U8,
    I8,
    F8E5M2,
    F8E4M3,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    C64,
    F64,
    I64,
    U64,

    /// <summary>Two doubles: only in npy files.</summary>
    C128,
}

[Experimental("EUTERPE001")]
public static class StoredTypes
{
    private static readonly (StoredType Type, string Name)[] SafetensorsNames =
    [
        (StoredType.Bool, "BOOL"), (StoredType.U8, "U8"), (StoredType.I8, "I8"), (StoredType.F8E5M2, "F8_E5M2"), (StoredType.F8E4M3, "F8_E4M3"),
        (StoredType.I16, "I16"), (StoredType.U16, "U16"), (StoredType.F16, "F16"), (StoredType.BF16, "BF16"), (StoredType.I32, "I32"),
        (StoredType.U32, "U32"), (StoredType.F32, "F32"), (StoredType.C64, "C64"), (StoredType.F64, "F64"), (StoredType.I64, "I64"),
        (StoredType.U64, "U64"),
    ];

    /// <summary>Bytes of one element.</summary>
    public static int Size(this StoredType type) => type switch
    {
        StoredType.Bool or StoredType.U8 or StoredType.I8 or StoredType.F8E5M2 or StoredType.F8E4M3 => 1,
        StoredType.I16 or StoredType.U16 or StoredType.F16 or StoredType.BF16 => 2,
        StoredType.I32 or StoredType.U32 or StoredType.F32 => 4,
        StoredType.F64 or StoredType.I64 or StoredType.U64 or StoredType.C64 => 8,
        StoredType.C128 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    public static bool IsFloat(this StoredType type) =>
        type is StoredType.F8E5M2 or StoredType.F8E4M3 or StoredType.F16 or StoredType.BF16 or StoredType.F32 or StoredType.F64;

    public static bool IsComplex(this StoredType type) => type is StoredType.C64 or StoredType.C128;

    public static bool IsInteger(this StoredType type) => !type.IsFloat() && !type.IsComplex();

    /// <summary>The name in a safetensors header: F32, BF16, BOOL ...</summary>
    public static string SafetensorsName(this StoredType type)
    {
        foreach ((StoredType each, string name) in SafetensorsNames)
        {
            if (each == type)
            {
                return name;
            }
        }
        throw new NotSupportedException($"[safetensors] {type} has no safetensors name.");
    }

    internal static bool TryFromSafetensors(ReadOnlySpan<char> name, out StoredType type)
    {
        foreach ((StoredType each, string known) in SafetensorsNames)
        {
            if (name.SequenceEqual(known))
            {
                type = each;
                return true;
            }
        }
        type = default;
        return false;
    }
}
