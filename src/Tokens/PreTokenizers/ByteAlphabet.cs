using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.PreTokenizers;

/// <summary>GPT-2's printable stand-ins for the 256 bytes: visible Latin-1 stands for itself, the other 68 are U+0100 and on.</summary>
internal static class ByteAlphabet
{
    private static readonly int[] s_runes = new int[256];
    private static readonly short[] s_bytes = new short[0x144];

    static ByteAlphabet()
    {
        s_bytes.AsSpan().Fill(-1);
        for (int b = 0, next = 0x100; b < 256; b++)
        {
            s_runes[b] = b is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE ? b : next++;
            s_bytes[s_runes[b]] = (short)b;
        }
    }

    public static int Rune(byte value) => s_runes[value];

    /// <summary>The byte that a code point stands for, or -1.</summary>
    public static int Byte(int rune) => (uint)rune < (uint)s_bytes.Length ? s_bytes[rune] : -1;

    /// <summary>Appends the bytes of a range of code points; each byte has the origin of its code point.</summary>
    public static void Write(Text from, int start, int end, Text to)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (int i = start; i < end; i++)
        {
            int rune = from.Runes[i];
            if (rune < 0x80)
            {
                to.Add(s_runes[rune], from, i);
                continue;
            }
            int count = Runes.Utf8(rune, bytes);
            for (int k = 0; k < count; k++)
            {
                to.Add(s_runes[bytes[k]], from, i);
            }
        }
    }
}
