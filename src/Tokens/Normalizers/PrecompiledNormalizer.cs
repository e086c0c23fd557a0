using System.Text;
using Euterpe.Tokens.SentencePiece;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Normalizers;

/// <summary>
/// The "Precompiled" of a tokenizer.json: a charsmap of SentencePiece, applied as the crate spm_precompiled 0.1.4 does, which is not
/// what SentencePiece does: a grapheme of up to 5 bytes is replaced as a whole by what the shortest key at its beginning stands for
/// (so U+2460 U+0301 becomes "1" without its accent); in longer ones each code point is replaced by itself (so no half-width kana meets its
/// voicing mark).
/// </summary>
internal sealed class PrecompiledNormalizer(CharsMap map) : INormalizer
{
    private const int LongestWhole = 5;

    public Text Apply(Text text)
    {
        ReadOnlySpan<int> source = text.Runes;
        var runes = new List<int>(source.Length + 16);
        var changes = new List<int>(source.Length + 16);
        var graphemes = new Graphemes(source);
        bool isModified = false;
        for (int start = 0; start < source.Length;)
        {
            int end = graphemes.End(start);
            ReadOnlySpan<int> grapheme = source[start..end];
            start = end;
            if (Bytes(grapheme) <= LongestWhole && map.Shortest(grapheme, out ReadOnlySpan<byte> whole))
            {
                Replace(grapheme.Length, whole, runes, changes);
                isModified = true;
                continue;
            }
            for (int i = 0; i < grapheme.Length; i++)
            {
                if (map.Shortest(grapheme.Slice(i, 1), out ReadOnlySpan<byte> one))
                {
                    Replace(1, one, runes, changes);
                    isModified = true;
                }
                else
                {
                    runes.Add(grapheme[i]);
                    changes.Add(0);
                }
            }
        }
        return isModified ? text.Transform(runes, changes).Limited(text) : text;
    }

    private static int Bytes(ReadOnlySpan<int> grapheme)
    {
        int count = 0;
        for (int i = 0; i < grapheme.Length && count <= LongestWhole; i++)
        {
            count += grapheme[i] < 0x80 ? 1 : grapheme[i] < 0x800 ? 2 : grapheme[i] < 0x10000 ? 3 : 4;
        }
        return count;
    }

    /// <summary>What is new beyond the old length counts as inserted; what is gone is swallowed by the code point before, if there is one.</summary>
    private static void Replace(int old, ReadOnlySpan<byte> replacement, List<int> runes, List<int> changes)
    {
        int count = 0;
        foreach (Rune rune in Decode(replacement))
        {
            runes.Add(rune.Value);
            changes.Add(0);
            count++;
        }
        for (int i = 1; i <= count - old; i++)
        {
            changes[^i] = 1;
        }
        if (count < old && changes.Count > 0)
        {
            changes[^1] += count - old;
        }
    }

    private static StringRuneEnumerator Decode(ReadOnlySpan<byte> replacement) => Encoding.UTF8.GetString(replacement).EnumerateRunes();
}
