using System.Text;

namespace Euterpe.Search.Filters;

/// <summary>Upper and lower case made one, the same on every machine: the simple folding of Unicode, from a table of our own.</summary>
internal static partial class CaseFold
{
    public static string Fold(string text)
    {
        int first = 0;
        while (first < text.Length && text[first] < 0x80 && !char.IsAsciiLetterUpper(text[first]))
            first++;
        if (first == text.Length)
            return text;
        var folded = new StringBuilder(text.Length);
        folded.Append(text, 0, first);
        foreach (Rune rune in text.AsSpan(first).EnumerateRunes())
        {
            int to = Fold(rune.Value);
            if (to < 0x10000)
                folded.Append((char)to);
            else
                folded.Append(char.ConvertFromUtf32(to));
        }

        return folded.ToString();
    }

    public static int Fold(int rune)
    {
        if (rune < 0x80)
            return rune is >= 'A' and <= 'Z' ? rune + 32 : rune;
        int low = 0, high = Ranges.Length / 4;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Ranges[(middle * 4) + 1] < rune)
                low = middle + 1;
            else
                high = middle;
        }

        int at = low * 4;
        return at < Ranges.Length && rune >= Ranges[at] && (rune - Ranges[at]) % Ranges[at + 2] == 0 ? rune + Ranges[at + 3] : rune;
    }
}
