using System.Globalization;
using System.Text;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>The two escaped forms of text in protocol 0.</summary>
internal static class PickleText
{
    /// <summary>Latin-1 with \uXXXX and \UXXXXXXXX.</summary>
    public static string FromRawUnicode(PickleReader reader, ReadOnlySpan<byte> line)
    {
        reader.Allowance.Charge((8L * line.Length) + 128);
        var text = new StringBuilder(line.Length);
        for (int i = 0; i < line.Length; i++)
        {
            int digits = line[i] != '\\' || i + 1 >= line.Length ? 0 : line[i + 1] == 'u' ? 4 : line[i + 1] == 'U' ? 8 : 0;
            if (digits == 0)
            {
                text.Append((char)line[i]);
                continue;
            }
            int code = line.Length - i - 2 < digits ? -1 : Hex(line.Slice(i + 2, digits));
            if (!Rune.IsValid(code))
            {
                throw reader.Error("a text has an escape that stands for no character.");
            }
            text.Append(new Rune(code).ToString());
            i += 1 + digits;
        }
        return text.ToString();
    }

    /// <summary>Python's repr of a byte string: quotes, and escapes within.</summary>
    public static object FromQuoted(PickleReader reader, ReadOnlySpan<byte> line)
    {
        if (line.Length < 2 || line[0] != line[^1] || line[0] is not ((byte)'\'' or (byte)'"'))
        {
            throw reader.Error("a quoted text has no quotes.");
        }
        line = line[1..^1];
        var bytes = new byte[line.Length];
        int count = 0;
        for (int i = 0; i < line.Length; i++)
        {
            bytes[count++] = line[i] == '\\' ? Escaped(reader, line, ref i) : line[i];
        }
        return reader.TextOrBytes(bytes.AsSpan(0, count));
    }

    private static byte Escaped(PickleReader reader, ReadOnlySpan<byte> line, ref int i)
    {
        byte code = ++i < line.Length ? line[i] : (byte)0;
        if (code == 'x' && i + 2 < line.Length
            && byte.TryParse(line.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
        {
            i += 2;
            return value;
        }
        return code switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'t' => (byte)'\t',
            (byte)'r' => (byte)'\r',
            (byte)'\\' or (byte)'\'' or (byte)'"' => code,
            _ => throw reader.Error("a quoted text has an escape that is not read."),
        };
    }

    private static int Hex(ReadOnlySpan<byte> digits) =>
        int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) ? code : -1;
}
