using System.Globalization;

namespace Euterpe.Tokens.SentencePiece;

/// <summary>The pieces of single bytes: &lt;0x00&gt; to &lt;0xFF&gt;.</summary>
internal static class PieceBytes
{
    private static readonly string[] s_texts =
        [.. Enumerable.Range(0, 256).Select(value => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"))];

    public static string Text(int value) => s_texts[value];

    /// <summary>The byte that a piece stands for; -1 where it stands for none (lower case digits do not count).</summary>
    public static int Value(string piece)
    {
        if (piece.Length != 6 || !piece.StartsWith("<0x", StringComparison.Ordinal))
        {
            return -1;
        }
        int value = (Digit(piece[3]) << 4) | Digit(piece[4]);
        return value >= 0 && piece[5] == '>' ? value : -1;
    }

    private static int Digit(char c) => c is >= '0' and <= '9' ? c - '0' : c is >= 'A' and <= 'F' ? c - 'A' + 10 : -1;
}
