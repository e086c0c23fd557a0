using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Patterns;

/// <summary>Finds what does not overlap, from left to right.</summary>
internal interface IPattern
{
    /// <summary>Matches inside [start, end), which is the whole text as far as the pattern can see; positions count from the array's
    /// beginning.</summary>
    List<(int Start, int End)> Matches(int[] runes, int start, int end);
}

/// <summary>A fixed string, looked for by Knuth, Morris and Pratt's way: one pass, whatever the string.</summary>
internal sealed class LiteralPattern : IPattern
{
    private readonly int[] literal;
    private readonly int[] borders;

    public LiteralPattern(int[] literal)
    {
        // borders[i]: the longest proper beginning of the first i + 1 code points that is their end too.
        this.literal = literal;
        borders = new int[literal.Length];
        for (int i = 1, k = 0; i < literal.Length; i++)
        {
            while (k > 0 && literal[i] != literal[k])
            {
                k = borders[k - 1];
            }
            borders[i] = k += literal[i] == literal[k] ? 1 : 0;
        }
    }

    public List<(int Start, int End)> Matches(int[] runes, int start, int end)
    {
        var found = new List<(int, int)>();
        for (int i = start, k = 0; i < end; i++)
        {
            if (k == 0)
            {
                int next = runes.AsSpan(i, end - i).IndexOf(literal[0]);
                if (next < 0)
                {
                    break;
                }
                i += next;
            }
            while (k > 0 && runes[i] != literal[k])
            {
                k = borders[k - 1];
            }
            k += runes[i] == literal[k] ? 1 : 0;
            if (k == literal.Length)
            {
                found.Add((i + 1 - k, i + 1));
                k = 0;
            }
        }
        return found;
    }
}

/// <summary>Single code points of a kind.</summary>
internal sealed class KindPattern(Func<int, bool> kind) : IPattern
{
    public static KindPattern WhiteSpace { get; } = new(Runes.IsWhiteSpace);

    public static KindPattern Number { get; } = new(Runes.IsNumber);

    public static KindPattern Punctuation { get; } = new(UpstreamUnicode.IsPunctuation);

    public List<(int Start, int End)> Matches(int[] runes, int start, int end)
    {
        var found = new List<(int, int)>();
        for (int i = start; i < end; i++)
        {
            if (kind(runes[i]))
            {
                found.Add((i, i + 1));
            }
        }
        return found;
    }
}

/// <summary>\w+|[^\w\s]+: words and runs of signs.</summary>
internal sealed class WordPattern : IPattern
{
    public List<(int Start, int End)> Matches(int[] runes, int start, int end)
    {
        var found = new List<(int, int)>();
        for (int i = start; i < end;)
        {
            int kind = Kind(runes[i]), from = i;
            while (i < end && Kind(runes[i]) == kind)
            {
                i++;
            }
            if (kind != 0)
            {
                found.Add((from, i));
            }
        }
        return found;
    }

    private static int Kind(int rune) => Runes.IsWord(rune) ? 1 : Runes.IsWhiteSpace(rune) ? 0 : 2;
}
