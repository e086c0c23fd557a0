using Euterpe.Tokens.Patterns;

namespace Euterpe.Tokens.PreTokenizers;

internal interface IPreTokenizer
{
    Pieces Apply(Pieces pieces);
}

internal sealed class PreTokenizerSequence(IReadOnlyList<IPreTokenizer> parts) : IPreTokenizer
{
    public Pieces Apply(Pieces pieces)
    {
        foreach (IPreTokenizer part in parts)
        {
            pieces = part.Apply(pieces);
            pieces.Text.Limited();
        }
        return pieces;
    }
}

/// <summary>Cuts by a pattern; what happens to the matches is the behaviour.</summary>
internal sealed class SplitPreTokenizer(IPattern pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    public Pieces Apply(Pieces pieces)
    {
        int[] runes = pieces.Text.Runes.ToArray();
        return pieces.Cut((_, piece, to) => Splitting.Cut(pattern.Matches(runes, piece.Start, piece.End), piece, behavior, invert, to));
    }
}

/// <summary>GPT-2's: an optional space in front, its expression, then bytes as printable characters.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : IPreTokenizer
{
    private static readonly SplitPreTokenizer s_split = new(new Gpt2Pattern(), SplitBehavior.Isolated, invert: false);

    public bool AddPrefixSpace => addPrefixSpace;

    public bool UseRegex => useRegex;

    public Pieces Apply(Pieces pieces)
    {
        Pieces spaced = addPrefixSpace ? pieces.Rewrite(AddSpace) : pieces;
        Pieces cut = useRegex ? s_split.Apply(spaced) : spaced;
        return cut.Rewrite((from, piece, to) => ByteAlphabet.Write(from, piece.Start, piece.End, to));
    }

    private static void AddSpace(Text from, Piece piece, Text to)
    {
        if (piece.Length > 0 && from.Runes[piece.Start] != ' ')
        {
            to.Add(' ', from, piece.Start);
        }
        to.Add(from, piece.Start, piece.End);
    }
}
