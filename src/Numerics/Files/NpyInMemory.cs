namespace Euterpe.Numerics.Files;

/// <summary>An npy file that lies in memory: what it holds, and where its elements begin.</summary>
/// <param name="Type">What one element is.</param>
/// <param name="Shape">The sizes.</param>
/// <param name="Start">Where the elements begin.</param>
/// <param name="IsPlain">Little-endian with the last dimension running fastest: the elements may be used where they lie.</param>
[Experimental("EUTERPE001")]
public sealed unsafe record NpyInMemory(StoredType Type, long[] Shape, int Start, bool IsPlain)
{
    /// <summary>Reads the header and checks that its elements, and nothing else, follow.</summary>
    public static NpyInMemory Open(byte* data, long length, string name)
    {
        using var stream = new UnmanagedMemoryStream(data, length);
        NpyHeader header = NpyHeader.Read(stream, name);
        if (header.DataLength != length - header.Length)
        {
            throw new FileFormatException($"[npy] {name}: {header.Type} of shape {FileText.Shape(header.Shape)} is {header.DataLength} bytes, "
                + $"{length - header.Length} follow.");
        }
        bool swapped = header.BigEndian && header.Type.Size() > 1, turned = header.FortranOrder && header.Shape.Length > 1;
        return new NpyInMemory(header.Type, header.Shape, header.Length, !swapped && !turned);
    }

    /// <summary>The array with its elements in the usual order, copied.</summary>
    public static NpyArray Read(byte* data, long length, string name)
    {
        using var stream = new UnmanagedMemoryStream(data, length);
        return Npy.Read(stream, name, length);
    }
}
