using System.Text;

namespace Euterpe.Tokens.Unicode;

/// <summary>
/// Properties of code points, of Unicode 14.0.0 by our own tables: neither the system's ICU nor the tables of the .NET runtime,
/// whose version changes with it. A text is an array of code points; a lone surrogate of a string becomes U+FFFD, as in UTF-8.
/// </summary>
internal static class Runes
{
    private static readonly RangeTable s_categories = new(UnicodeTables.Categories);
    private static readonly RangeTable s_classes = new(UnicodeTables.CombiningClasses);
    private static readonly Dictionary<int, int> s_lower = Mapping(UnicodeTables.Lower);
    private static readonly Dictionary<int, int> s_fold = Mapping(UnicodeTables.Fold);
    private static readonly ILookup<int, int> s_sameFold = s_fold.ToLookup(each => each.Value, each => each.Key);

    public static Category Category(int rune) => (Category)s_categories[rune];

    public static int CombiningClass(int rune) => s_classes[rune];

    public static bool IsLetter(int rune) => Category(rune) is >= Unicode.Category.Ll and <= Unicode.Category.Lu;

    public static bool IsMark(int rune) => Category(rune) is >= Unicode.Category.Mc and <= Unicode.Category.Mn;

    public static bool IsNumber(int rune) => Category(rune) is >= Unicode.Category.Nd and <= Unicode.Category.No;

    /// <summary>Category P, and the ASCII signs that Rust's is_ascii_punctuation adds ($ + &lt; = &gt; ^ ` | ~).</summary>
    public static bool IsPunctuation(int rune) => Category(rune) is >= Unicode.Category.Pc and <= Unicode.Category.Ps
        || rune is '$' or '+' or '<' or '=' or '>' or '^' or '`' or '|' or '~';

    /// <summary>The property White_Space.</summary>
    public static bool IsWhiteSpace(int rune) => rune is (>= 9 and <= 13) or 32 or 0x85 or 0xA0 or 0x1680 or (>= 0x2000 and <= 0x200A)
        or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000;

    /// <summary>\w of UTS 18: Alphabetic, marks, decimal digits, connectors, join controls.</summary>
    public static bool IsWord(int rune) => IsAlphabeticOrMark(rune) || rune is 0x200C or 0x200D;

    /// <summary>\w as Oniguruma has it: without the join controls, with the superscripts and fractions of Latin-1.</summary>
    public static bool IsExpressionWord(int rune) => IsAlphabeticOrMark(rune) || rune is 0xB2 or 0xB3 or 0xB9 or (>= 0xBC and <= 0xBE);

    private static bool IsAlphabeticOrMark(int rune) => Category(rune) is (>= Unicode.Category.Ll and <= Unicode.Category.Nl) or Unicode.Category.Pc
        || rune is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    /// <summary>Lower case of one code point, without context; U+0130 alone has two (the second is U+0307, added by the caller).</summary>
    public static int Lower(int rune) => rune < 0x80 ? (rune is >= 'A' and <= 'Z' ? rune + 32 : rune) : s_lower.GetValueOrDefault(rune, rune);

    /// <summary>Simple case folding.</summary>
    public static int Fold(int rune) => rune < 0x80 ? (rune is >= 'A' and <= 'Z' ? rune + 32 : rune) : s_fold.GetValueOrDefault(rune, rune);

    /// <summary>What folds as this code point does, itself among it perhaps.</summary>
    public static IEnumerable<int> SameFold(int rune) => s_sameFold[Fold(rune)].Append(Fold(rune));

    public static int[] Of(ReadOnlySpan<char> text)
    {
        int count = 0;
        for (int i = 0; i < text.Length; i++, count++)
        {
            i += char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 1 : 0;
        }
        var runes = new int[count];
        for (int i = 0, at = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (!char.IsSurrogate(c))
            {
                runes[at++] = c;
            }
            else if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                runes[at++] = char.ConvertToUtf32(c, text[++i]);
            }
            else
            {
                runes[at++] = 0xFFFD;
            }
        }
        return runes;
    }

    public static string Text(ReadOnlySpan<int> runes)
    {
        var text = new StringBuilder(runes.Length);
        foreach (int rune in runes)
        {
            Append(text, rune);
        }
        return text.ToString();
    }

    public static void Append(StringBuilder text, int rune)
    {
        if (rune < 0x10000)
        {
            text.Append((char)rune);
        }
        else
        {
            text.Append((char)(0xD7C0 + (rune >> 10))).Append((char)(0xDC00 | (rune & 0x3FF)));
        }
    }

    /// <summary>Writes UTF-8 and returns the number of bytes (1 to 4).</summary>
    public static int Utf8(int rune, Span<byte> to)
    {
        switch (rune)
        {
            case < 0x80:
                to[0] = (byte)rune;
                return 1;
            case < 0x800:
                to[0] = (byte)(0xC0 | (rune >> 6));
                to[1] = (byte)(0x80 | (rune & 0x3F));
                return 2;
            case < 0x10000:
                to[0] = (byte)(0xE0 | (rune >> 12));
                to[1] = (byte)(0x80 | ((rune >> 6) & 0x3F));
                to[2] = (byte)(0x80 | (rune & 0x3F));
                return 3;
            default:
                to[0] = (byte)(0xF0 | (rune >> 18));
                to[1] = (byte)(0x80 | ((rune >> 12) & 0x3F));
                to[2] = (byte)(0x80 | ((rune >> 6) & 0x3F));
                to[3] = (byte)(0x80 | (rune & 0x3F));
                return 4;
        }
    }

    private static Dictionary<int, int> Mapping(ReadOnlySpan<int> runs)
    {
        var mapping = new Dictionary<int, int>();
        for (int i = 0; i < runs.Length; i += 4)
        {
            for (int k = 0; k < runs[i + 1]; k++)
            {
                int rune = runs[i] + (k * runs[i + 2]);
                mapping.Add(rune, rune + runs[i + 3]);
            }
        }
        return mapping;
    }
}
