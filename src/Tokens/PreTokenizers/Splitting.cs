namespace Euterpe.Tokens.PreTokenizers;

/// <summary>What becomes of the matches of a split.</summary>
internal enum SplitBehavior
{
    Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous,
}

internal static class Splitting
{
    /// <summary>Cuts a piece at the matches: appends the ranges that stay, in order; some may be empty.</summary>
    public static void Cut(List<(int Start, int End)> matches, Piece piece, SplitBehavior behavior, bool invert, List<Piece> to)
    {
        var all = new List<(int Start, int End, bool Match)>((matches.Count * 2) + 1);
        int last = piece.Start;
        foreach ((int start, int end) in matches)
        {
            if (start > last)
            {
                all.Add((last, start, invert));
            }
            all.Add((start, end, !invert));
            last = end;
        }
        if (last < piece.End)
        {
            all.Add((last, piece.End, invert));
        }
        if (behavior == SplitBehavior.MergedWithNext)
        {
            all.Reverse();
        }
        bool previous = false;
        int first = to.Count;
        foreach ((int start, int end, bool match) in all)
        {
            Piece? before = to.Count > first ? to[^1] : null;
            switch (behavior)
            {
                case SplitBehavior.Removed when match:
                    break;
                case SplitBehavior.Contiguous when before is Piece run && match == previous:
                    to[^1] = new Piece(run.Start, end);
                    break;
                case SplitBehavior.MergedWithPrevious when before is Piece left && match && !previous:
                    to[^1] = new Piece(left.Start, end);
                    break;
                case SplitBehavior.MergedWithNext when before is Piece right && match && !previous:
                    to[^1] = new Piece(start, right.End);
                    break;
                default:
                    to.Add(new Piece(start, end));
                    break;
            }
            previous = match;
        }
        if (behavior == SplitBehavior.MergedWithNext)
        {
            to.Reverse(first, to.Count - first);
        }
    }
}
