using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Patterns;

/// <summary>
/// The expression of GPT-2, <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, written out as one scan.
/// Every code point belongs to a match.
/// </summary>
internal sealed class Gpt2Pattern : IPattern
{
    public const string Expression = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private enum Kind : byte
    {
        Other, Letter, Number, Space,
    }

    public List<(int Start, int End)> Matches(int[] runes, int start, int end)
    {
        var found = new List<(int, int)>((end - start) / 4 + 4);
        for (int at = start; at < end;)
        {
            int next = Next(runes, at, end);
            found.Add((at, next));
            at = next;
        }
        return found;
    }

    private static int Next(int[] runes, int at, int end)
    {
        int contraction = runes[at] == '\'' ? Contraction(runes.AsSpan(at + 1, end - at - 1)) : 0;
        if (contraction > 0)
        {
            return at + 1 + contraction;
        }
        int first = runes[at] == ' ' && at + 1 < end ? at + 1 : at;
        Kind kind = Of(runes[first]);
        if (kind != Kind.Space)
        {
            return Run(runes, first, end, kind);
        }
        // White space: all of it at the end of the text, else all but the last, which may lead a word; one alone is taken.
        int after = Run(runes, at, end, Kind.Space);
        return after == end || after - at == 1 ? after : after - 1;
    }

    private static int Run(int[] runes, int at, int end, Kind kind)
    {
        while (at < end && Of(runes[at]) == kind)
        {
            at++;
        }
        return at;
    }

    private static int Contraction(ReadOnlySpan<int> rest)
    {
        if (rest.Length > 0 && rest[0] is 's' or 't' or 'm' or 'd')
        {
            return 1;
        }
        return rest.Length > 1 && (rest[0], rest[1]) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 2 : 0;
    }

    private static Kind Of(int rune)
    {
        if (rune < 0x80)
        {
            return rune is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') ? Kind.Letter
                : rune is >= '0' and <= '9' ? Kind.Number
                : rune is ' ' or (>= 9 and <= 13) ? Kind.Space : Kind.Other;
        }
        Category category = Runes.Category(rune);
        return category is >= Category.Ll and <= Category.Lu ? Kind.Letter
            : category is >= Category.Nd and <= Category.No ? Kind.Number
            : Runes.IsWhiteSpace(rune) ? Kind.Space : Kind.Other;
    }
}
