using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.PreTokenizers;

/// <summary>BERT's: cut at white space, and around each punctuation mark.</summary>
internal sealed class BertPreTokenizer : IPreTokenizer
{
    public Pieces Apply(Pieces pieces) => pieces.Cut(static (text, piece, to) =>
    {
        ReadOnlySpan<int> runes = text.Runes;
        int start = piece.Start;
        for (int i = piece.Start; i < piece.End; i++)
        {
            int rune = runes[i];
            bool space = Runes.IsWhiteSpace(rune);
            if (!space && !UpstreamUnicode.IsPunctuation(rune))
            {
                continue;
            }
            to.Add(new Piece(start, i));
            if (!space)
            {
                to.Add(new Piece(i, i + 1));
            }
            start = i + 1;
        }
        to.Add(new Piece(start, piece.End));
    });
}

/// <summary>Pieces of one length; the last may be shorter.</summary>
internal sealed class FixedLengthPreTokenizer(int length) : IPreTokenizer
{
    public Pieces Apply(Pieces pieces) => pieces.Cut((_, piece, to) =>
    {
        for (int i = piece.Start; i < piece.End; i += Math.Min(length, piece.End - i))
        {
            to.Add(new Piece(i, i + Math.Min(length, piece.End - i)));
        }
    });
}
