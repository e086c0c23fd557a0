namespace Euterpe.Tokens.Unicode;

internal enum NormalizationForm
{
    Nfc, Nfd, Nfkc, Nfkd,
}

/// <summary>
/// Unicode normalization forms (UAX 15) over code points. With each code point goes a change, as the crate unicode-normalization-alignments
/// counts it: 0 stands for one source code point, 1 was inserted, -n has swallowed n more. Text.Transform turns changes into offsets.
/// </summary>
internal static class Normalization
{
    private const int HangulS = 0xAC00, HangulL = 0x1100, HangulV = 0x1161, HangulT = 0x11A7, CountL = 19, CountV = 21, CountT = 28;

    private static readonly Dictionary<int, (int Start, int Length, bool Compatibility)> s_decompositions = [];
    private static readonly Dictionary<long, int> s_compositions = [];

    static Normalization()
    {
        ReadOnlySpan<uint> table = UnicodeTables.Decompositions;
        for (int i = 0; i < table.Length; i += 2 + (int)table[i + 1])
        {
            int rune = (int)(table[i] >> 2);
            s_decompositions.Add(rune, (i + 2, (int)table[i + 1], (table[i] & 2) != 0));
            if ((table[i] & 1) != 0)
            {
                s_compositions.Add(((long)table[i + 2] << 32) | table[i + 3], rune);
            }
        }
    }

    /// <param name="text">What is normalized.</param>
    /// <param name="form">The form.</param>
    /// <param name="asUpstream">With the decompositions that tokenizers knows alone.</param>
    public static (List<int> Runes, List<int> Changes) Apply(ReadOnlySpan<int> text, NormalizationForm form, bool asUpstream = false)
    {
        var runes = new List<int>(text.Length + 16);
        var changes = new List<int>(text.Length + 16);
        bool compatibility = form is NormalizationForm.Nfkc or NormalizationForm.Nfkd;
        foreach (int rune in text)
        {
            int first = runes.Count;
            if (asUpstream && !UpstreamUnicode.Decomposes(rune))
            {
                runes.Add(rune);
            }
            else
            {
                Decompose(rune, compatibility, runes);
            }
            for (int i = first; i < runes.Count; i++)
            {
                changes.Add(i == first ? 0 : 1);
            }
        }
        Reorder(runes, changes);
        if (form is NormalizationForm.Nfc or NormalizationForm.Nfkc)
        {
            Compose(runes, changes);
        }
        return (runes, changes);
    }

    private static void Decompose(int rune, bool compatibility, List<int> to)
    {
        if (rune < 0xA0)
        {
            to.Add(rune);
        }
        else if (rune is >= HangulS and < HangulS + (CountL * CountV * CountT))
        {
            int index = rune - HangulS;
            to.Add(HangulL + (index / (CountV * CountT)));
            to.Add(HangulV + (index % (CountV * CountT) / CountT));
            if (index % CountT != 0)
            {
                to.Add(HangulT + (index % CountT));
            }
        }
        else if (s_decompositions.TryGetValue(rune, out var found) && (compatibility || !found.Compatibility))
        {
            ReadOnlySpan<uint> table = UnicodeTables.Decompositions;
            for (int i = 0; i < found.Length; i++)
            {
                Decompose((int)table[found.Start + i], compatibility, to);
            }
        }
        else
        {
            to.Add(rune);
        }
    }

    /// <summary>Canonical ordering: runs of marks sorted by their class, equal classes in their order.</summary>
    private static void Reorder(List<int> runes, List<int> changes)
    {
        for (int start = 0; start < runes.Count; start++)
        {
            if (runes[start] < 0x300 || Runes.CombiningClass(runes[start]) == 0)
            {
                continue;
            }
            int end = start + 1;
            while (end < runes.Count && Runes.CombiningClass(runes[end]) != 0)
            {
                end++;
            }
            if (end - start > 1)
            {
                (int Rune, int Change)[] sorted = [.. Enumerable.Range(start, end - start).Select(i => (runes[i], changes[i]))
                    .OrderBy(each => Runes.CombiningClass(each.Item1))];
                for (int i = 0; i < sorted.Length; i++)
                {
                    (runes[start + i], changes[start + i]) = sorted[i];
                }
            }
            start = end;
        }
    }

    private static void Compose(List<int> runes, List<int> changes)
    {
        int starter = -1, lastClass = -1, count = 0;
        for (int i = 0; i < runes.Count; i++)
        {
            int rune = runes[i], change = changes[i], combining = Runes.CombiningClass(rune);
            bool blocked = lastClass >= 0 && lastClass >= combining;
            if (starter >= 0 && !blocked && Pair(runes[starter], rune) is int composed && composed >= 0)
            {
                runes[starter] = composed;
                changes[starter] += change - 1;
                continue;
            }
            if (combining == 0)
            {
                starter = count;
                lastClass = -1;
            }
            else if (starter >= 0)
            {
                lastClass = combining;
            }
            (runes[count], changes[count]) = (rune, change);
            count++;
        }
        runes.RemoveRange(count, runes.Count - count);
        changes.RemoveRange(count, changes.Count - count);
    }

    private static int Pair(int first, int second)
    {
        if (first is >= HangulL and < HangulL + CountL && second is >= HangulV and < HangulV + CountV)
        {
            return HangulS + ((((first - HangulL) * CountV) + second - HangulV) * CountT);
        }
        if (first is >= HangulS and < HangulS + (CountL * CountV * CountT) && (first - HangulS) % CountT == 0
            && second is > HangulT and < HangulT + CountT)
        {
            return first + second - HangulT;
        }
        return second < 0x300 ? -1 : s_compositions.GetValueOrDefault(((long)first << 32) | (uint)second, -1);
    }
}
