using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>The bytes of a pickle, read from front to back; whatever would reach beyond their end is an error that says where.</summary>
internal sealed unsafe class PickleReader(byte* data, long length, string file, string record, Allowance allowance)
{
    private const int LongestLine = 4_096, LongestText = 64 << 20;

    private static readonly UTF8Encoding Utf8Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Where the next byte is.</summary>
    public long Position { get; private set; }

    /// <summary>Where the opcode began that is being read: errors name it.</summary>
    public long Opcode { get; set; }

    public long Left => length - Position;

    public Allowance Allowance => allowance;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double DoubleBigEndian() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)Left || count > LongestText)
        {
            throw Error(count > (ulong)Left ? $"{count} bytes are said to follow: {Left} do."
                : $"a text of {count} bytes is longer than any that is read.");
        }
        var span = new ReadOnlySpan<byte>(data + Position, (int)count);
        Position += (long)count;
        return span;
    }

    public void Skip(long count) =>
        Position += count <= Left ? count : throw Error($"{count} bytes are said to follow: {Left} do. Hint: the file may have been cut short.");

    public byte[] Bytes(ulong count)
    {
        ReadOnlySpan<byte> bytes = Take(count);
        allowance.Charge(bytes.Length + 48);
        return bytes.ToArray();
    }

    public string Text(ulong count) => Text(Take(count));

    public string Text(ReadOnlySpan<byte> utf8)
    {
        // Two bytes a letter, and what the collector keeps beside large texts.
        allowance.Charge((3L * utf8.Length) + 32);
        return Utf8.IsValid(utf8) ? Utf8Strict.GetString(utf8) : throw Error("a text must be UTF-8, and is not.");
    }

    /// <summary>Python 2's str: text where it is UTF-8, else bytes.</summary>
    public object TextOrBytes(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return Text(bytes);
        }
        allowance.Charge(bytes.Length + 48);
        return bytes.ToArray();
    }

    /// <summary>A line of text without its end.</summary>
    public ReadOnlySpan<byte> Line()
    {
        var rest = new ReadOnlySpan<byte>(data + Position, (int)Math.Min(Left, LongestLine + 1));
        int end = rest.IndexOf((byte)'\n');
        if (end < 0)
        {
            throw Error(rest.Length > LongestLine ? $"a line is longer than {LongestLine} bytes." : "a line has no end.");
        }
        Position += end + 1;
        return rest[..end];
    }

    public FileFormatException Error(string problem) =>
        new($"[torch] {file}: {(record.Length > 0 ? record + " " : "")}at byte {Opcode}: {problem}");
}
