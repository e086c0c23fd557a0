namespace Euterpe.Tokens.Unicode;

/// <summary>
/// Properties as the crates behind tokenizers 0.22 have them, where they are older than our tables: unicode_categories 0.1.1 (Unicode 8:
/// punctuation, BERT's accents and format characters) and unicode-normalization-alignments 0.1 (decompositions, StripAccents). The differences
/// were measured over all code points that Unicode 14 assigns, with the package tokenizers 0.23.2 of npm.
/// </summary>
internal static class UpstreamUnicode
{
    private const int First = 0x61D;

    /// <summary>Category P and the ASCII signs.</summary>
    public static bool IsPunctuation(int rune) => Runes.IsPunctuation(rune) != Differs(UpstreamTables.Punctuation, rune);

    /// <summary>What BERT's normalizer takes for an accent.</summary>
    public static bool IsNonspacing(int rune) => (Runes.Category(rune) == Category.Mn) != Differs(UpstreamTables.Nonspacing, rune);

    /// <summary>Category Cf.</summary>
    public static bool IsFormat(int rune) => (Runes.Category(rune) == Category.Cf) != Differs(UpstreamTables.Format, rune);

    /// <summary>What StripAccents takes away.</summary>
    public static bool IsMark(int rune) => Runes.IsMark(rune) != Differs(UpstreamTables.Marks, rune);

    /// <summary>False for a code point that has a decomposition, and none upstream.</summary>
    public static bool Decomposes(int rune) => !Differs(UpstreamTables.Decompositions, rune);

    private static bool Differs(ReadOnlySpan<int> ranges, int rune)
    {
        if (rune < First)
        {
            return false;
        }
        int low = 0, high = (ranges.Length / 2) - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (rune < ranges[2 * middle])
            {
                high = middle - 1;
            }
            else if (rune > ranges[(2 * middle) + 1])
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }
        return false;
    }
}
