using System.Buffers.Binary;
using System.Text;

namespace Euterpe.Signals.Files.Writing;

/// <summary>
/// The comments of Vorbis, Opus and FLAC: a vendor and fields <c>NAME=value</c>, whose names have no case. Fields that are not changed keep their
/// bytes and order.
/// </summary>
internal sealed class VorbisComments
{
    private readonly byte[] vendor;
    private readonly List<byte[]> fields = [];
    private readonly byte[] rest;

    /// <param name="bytes">From the length of the vendor on; what follows the last field (a framing bit, padding) is kept.</param>
    /// <exception cref="InvalidDataException">A length leads out of the bytes.</exception>
    public VorbisComments(ReadOnlySpan<byte> bytes)
    {
        vendor = Take(ref bytes);
        if (bytes.Length < 4)
            throw new InvalidDataException();
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        bytes = bytes[4..];
        for (uint i = 0; i < count; i++)
            fields.Add(Take(ref bytes));
        rest = bytes.ToArray();
    }

    public string? Get(string tag)
    {
        string[] values = [.. fields.Where(field => Is(field, tag)).Select(field => Encoding.UTF8.GetString(field.AsSpan(tag.Length + 1)))];
        return values.Length == 0 ? null : string.Join("; ", values);
    }

    public void Set(string tag, string value)
    {
        int at = fields.FindIndex(field => Is(field, tag));
        fields.RemoveAll(field => Is(field, tag));
        fields.Insert(at < 0 ? fields.Count : at, Encoding.UTF8.GetBytes($"{tag.ToUpperInvariant()}={value}"));
    }

    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        Put(bytes, vendor);
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(number, (uint)fields.Count);
        bytes.Write(number);
        foreach (byte[] field in fields)
            Put(bytes, field);
        bytes.Write(rest);
        return bytes.ToArray();
    }

    private static bool Is(byte[] field, string tag) =>
        field.Length > tag.Length && field[tag.Length] == '='
        && Encoding.Latin1.GetString(field.AsSpan(0, tag.Length)).Equals(tag, StringComparison.OrdinalIgnoreCase);

    private static byte[] Take(ref ReadOnlySpan<byte> bytes)
    {
        uint length = bytes.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (length > bytes.Length - 4)
            throw new InvalidDataException();
        byte[] taken = bytes.Slice(4, (int)length).ToArray();
        bytes = bytes[(4 + (int)length)..];
        return taken;
    }

    private static void Put(Stream to, byte[] text)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(number, (uint)text.Length);
        to.Write(number);
        to.Write(text);
    }
}
