using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Patterns;

/// <summary>Finds what does not overlap, from left to right.</summary>
internal interface IPattern
{
    /// <summary>Matches inside [start, end), which is the whole text as far as the pattern can see; positions count from the array's
    /// beginning.</summary>
    List<(int Start, int End)> Matches(int[] runes, int start, int end);
}

/// <summary>A fixed string.</summary>
internal sealed class LiteralPattern(int[] literal) : IPattern
{
    public List<(int Start, int End)> Matches(int[] runes, int start, int end)
    {
        var found = new List<(int, int)>();
        ReadOnlySpan<int> rest = runes.AsSpan(0, end);
        for (int at = start; at <= end - literal.Length;)
        {
            int next = rest[at..].IndexOf(literal);
            if (next < 0)
            {
                break;
            }
            found.Add((at + next, at + next + literal.Length));
            at += next + literal.Length;
        }
        return found;
    }
}

/// <summary>Single code points of a kind.</summary>
internal sealed class KindPattern(Func<int, bool> kind) : IPattern
{
    public static KindPattern WhiteSpace { get; } = new(Runes.IsWhiteSpace);

    public static KindPattern Number { get; } = new(Runes.IsNumber);

    public static KindPattern Punctuation { get; } = new(Runes.IsPunctuation);

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
