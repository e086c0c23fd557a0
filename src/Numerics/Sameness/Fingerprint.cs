using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Euterpe.Numerics;

/// <summary>SHA-256 of numbers in their order, little-endian. Every NaN counts as one and the same: its payload is outside the promise.</summary>
[Experimental("EUTERPE001")]
public sealed class Fingerprint : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Add(ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        for (int i = 0; i < values.Length; i++)
        {
            uint bits = float.IsNaN(values[i]) ? 0x7FC00000 : BitConverter.SingleToUInt32Bits(values[i]);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(float)), bits);
        }

        _hash.AppendData(bytes);
    }

    public void Add(ReadOnlySpan<double> values)
    {
        byte[] bytes = new byte[values.Length * sizeof(double)];
        for (int i = 0; i < values.Length; i++)
        {
            ulong bits = double.IsNaN(values[i]) ? 0x7FF8000000000000 : BitConverter.DoubleToUInt64Bits(values[i]);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(double)), bits);
        }

        _hash.AppendData(bytes);
    }

    public void Add(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    public void Add(float value) => Add(new ReadOnlySpan<float>(in value));

    /// <summary>The hash as 64 small hexadecimal digits; the next one begins empty.</summary>
    public string End() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
