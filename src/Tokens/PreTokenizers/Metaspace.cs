using System.Text;
using Euterpe.Tokens.Decoders;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.PreTokenizers;

/// <summary>Where Metaspace puts a mark in front.</summary>
internal enum PrependScheme
{
    Always, First, Never,
}

/// <summary>
/// SentencePiece's: spaces become a visible mark, one is put in front of each part (or of the one that begins the text), and each mark
/// begins a piece.
/// </summary>
internal sealed class MetaspacePreTokenizer(int mark, PrependScheme scheme, bool split) : IPreTokenizer
{
    public Pieces Apply(Pieces pieces)
    {
        var text = new Text(pieces.Text.Count + pieces.Items.Count);
        var items = new List<Piece>(pieces.Items.Count + (split ? pieces.Text.Count / 5 : 0));
        foreach (Piece piece in pieces.Items)
        {
            int start = text.Count;
            if (piece.Token >= 0)
            {
                text.Add(pieces.Text, piece.Start, piece.End);
                items.Add(piece with { Start = start, End = text.Count });
                continue;
            }
            Write(pieces.Text, piece, text);
            for (int i = start + 1; split && i < text.Count; i++)
            {
                if (text.Runes[i] == mark)
                {
                    items.Add(new Piece(start, i));
                    start = i;
                }
            }
            if (start < text.Count)
            {
                items.Add(new Piece(start, text.Count));
            }
        }
        return new Pieces(text, items);
    }

    private void Write(Text from, Piece piece, Text to)
    {
        if (piece.Length > 0 && scheme != PrependScheme.Never && (scheme == PrependScheme.Always || from.From(piece.Start) == 0)
            && from.Runes[piece.Start] != ' ' && from.Runes[piece.Start] != mark)
        {
            to.Add(mark, from, piece.Start);
        }
        for (int i = piece.Start; i < piece.End; i++)
        {
            int rune = from.Runes[i];
            to.Add(rune == ' ' ? mark : rune, from, i);
        }
    }
}

/// <summary>Marks become spaces; those of the first token go, unless none was put there.</summary>
internal sealed class MetaspaceDecoder(int mark, PrependScheme scheme) : IDecoder
{
    public List<string> Apply(List<string> tokens) => [.. tokens.Select((token, i) => Plain(token, i == 0 && scheme != PrependScheme.Never))];

    private string Plain(string token, bool drop)
    {
        var text = new StringBuilder(token.Length);
        foreach (int rune in Runes.Of(token))
        {
            if (rune != mark)
            {
                Runes.Append(text, rune);
            }
            else if (!drop)
            {
                text.Append(' ');
            }
        }
        return text.ToString();
    }
}
