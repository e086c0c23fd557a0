namespace Euterpe.Numerics.Files;

/// <summary>One file inside a zip file, as its central directory says and its local header confirms.</summary>
[Experimental("EUTERPE001")]
public sealed class ZipRecord
{
    internal ZipRecord(string name, bool packed, uint crc, long packedLength, long length, long start) =>
        (Name, IsPacked, Crc, PackedLength, Length, Start) = (name, packed, crc, packedLength, length, start);

    /// <summary>Its path, with slashes; never absolute, never upwards.</summary>
    public string Name { get; }

    /// <summary>Deflated; else stored as it is.</summary>
    public bool IsPacked { get; }

    public uint Crc { get; }

    /// <summary>Its bytes in the file.</summary>
    public long PackedLength { get; }

    /// <summary>Its bytes as they are read.</summary>
    public long Length { get; }

    /// <summary>Where its bytes begin in the file.</summary>
    public long Start { get; }

    internal Lock Gate { get; } = new();

    internal NativeBuffer? Unpacked { get; set; }

    /// <summary>Whether its CRC was looked at, and was right.</summary>
    internal volatile bool IsChecked;
}
