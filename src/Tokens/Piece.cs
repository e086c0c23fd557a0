namespace Euterpe.Tokens;

/// <summary>A range of a <see cref="Text"/>; one that is an added token already has its id, and if it is empty, where it stood.</summary>
internal readonly record struct Piece(int Start, int End, int Token = -1, int From = 0, int To = 0)
{
    public int Length => End - Start;
}

/// <summary>A text cut into pieces: what pre-tokenizers cut finer.</summary>
internal sealed record Pieces(Text Text, List<Piece> Items)
{
    /// <summary>Cuts each piece that is not an added token by <paramref name="cut"/>, which appends the finer ranges; empty ones are
    /// dropped.</summary>
    public Pieces Cut(Action<Text, Piece, List<Piece>> cut)
    {
        var items = new List<Piece>(Items.Count * 2);
        var finer = new List<Piece>();
        foreach (Piece piece in Items)
        {
            if (piece.Token >= 0)
            {
                items.Add(piece);
                continue;
            }
            finer.Clear();
            cut(Text, piece, finer);
            foreach (Piece each in finer)
            {
                if (each.Length > 0)
                {
                    items.Add(each);
                }
            }
        }
        return new Pieces(Text, items);
    }

    /// <summary>Rewrites each piece that is not an added token into a new text; <paramref name="rewrite"/> appends.</summary>
    public Pieces Rewrite(Action<Text, Piece, Text> rewrite)
    {
        var text = new Text(Text.Count + 16);
        var items = new List<Piece>(Items.Count);
        foreach (Piece piece in Items)
        {
            int start = text.Count;
            if (piece.Token >= 0)
            {
                text.Add(Text, piece.Start, piece.End);
            }
            else
            {
                rewrite(Text, piece, text);
            }
            items.Add(piece with { Start = start, End = text.Count });
        }
        return new Pieces(text, items);
    }
}
