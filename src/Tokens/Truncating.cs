namespace Euterpe.Tokens;

internal static class Truncating
{
    /// <summary>Shortens one or two encodings so that they and <paramref name="added"/> more tokens fit.</summary>
    public static void Apply(List<Encoded> parts, Truncation truncation, int added)
    {
        if (truncation.MaxLength < added)
        {
            throw new ArgumentException($"[tokenizer] Truncation to {truncation.MaxLength} tokens leaves no room: {added} special tokens are added.");
        }
        int room = truncation.MaxLength - added, total = parts.Sum(part => part.Length), surplus = total - room;
        if (surplus <= 0)
        {
            return;
        }
        if (room == 0 || (parts.Count == 1 && truncation.Strategy == TruncationStrategy.LongestFirst))
        {
            parts.ForEach(part => part.Truncate(room, truncation));
            return;
        }
        if (truncation.Strategy == TruncationStrategy.LongestFirst)
        {
            (int first, int second) = Shares(parts[0].Length, parts[1].Length, room);
            parts[0].Truncate(first, truncation);
            parts[1].Truncate(second, truncation);
            return;
        }
        int which = truncation.Strategy == TruncationStrategy.OnlyFirst ? 0 : 1;
        if (which >= parts.Count || parts[which].Length <= surplus)
        {
            throw new ArgumentException($"[tokenizer] {truncation.Strategy}: {surplus} tokens are too many, and that text "
                + (which >= parts.Count ? "is not there." : $"has {parts[which].Length}."));
        }
        parts[which].Truncate(parts[which].Length - surplus, truncation);
    }

    /// <summary>The shorter text stays whole if it fits into half of the room; else each gets half (the odd one goes to the longer).</summary>
    private static (int First, int Second) Shares(int first, int second, int room)
    {
        bool swapped = first > second;
        int shorter = Math.Min(first, second), longer = shorter > room ? shorter : Math.Max(shorter, room - shorter);
        if (shorter + longer > room)
        {
            shorter = room / 2;
            longer = shorter + (room % 2);
        }
        return swapped ? (longer, shorter) : (shorter, longer);
    }
}
