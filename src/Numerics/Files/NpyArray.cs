using System.Runtime.InteropServices;

namespace Euterpe.Numerics.Files;

/// <summary>An array as an npy file holds it, always with the last dimension running fastest, in little-endian bytes.</summary>
[Experimental("EUTERPE001")]
public sealed record NpyArray(StoredType Type, long[] Shape, byte[] Bytes)
{
    /// <summary>The number of elements.</summary>
    public int Count => Bytes.Length / Type.Size();

    /// <summary>The elements as what they are, without a copy: float of F32, Half of F16, byte or bool of Bool ...</summary>
    public ReadOnlySpan<T> Span<T>() where T : unmanaged =>
        Marshal.SizeOf<T>() == Type.Size() || (typeof(T) == typeof(bool) && Type == StoredType.Bool)
            ? MemoryMarshal.Cast<byte, T>(Bytes)
            : throw new ArgumentException($"[npy] {Type} elements are {Type.Size()} bytes wide, not those of {typeof(T).Name}.");

    public float[] Floats()
    {
        var values = new float[Count];
        StoredValues.ToFloats(Type, Bytes, values);
        return values;
    }

    public double[] Doubles()
    {
        var values = new double[Count];
        StoredValues.ToDoubles(Type, Bytes, values);
        return values;
    }

    public long[] Longs()
    {
        var values = new long[Count];
        StoredValues.ToLongs(Type, Bytes, values);
        return values;
    }
}
