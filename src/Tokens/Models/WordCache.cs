namespace Euterpe.Tokens.Models;

/// <summary>
/// The tokens of words seen before: a table of fixed size in which a newer word takes the place of an older one. An entry never changes, so
/// threads need no lock, and what is found is what the model would give: a cache can be seen by its speed only.
/// </summary>
internal sealed class WordCache
{
    public const int LongestWord = 64;
    private const int Slots = 1 << 14;

    private readonly Entry?[] _entries = new Entry?[Slots];

    public ModelToken[]? Find(ReadOnlySpan<int> word, out int slot)
    {
        slot = Slot(word);
        Entry? entry = Volatile.Read(ref _entries[slot]);
        return entry is not null && word.SequenceEqual(entry.Word) ? entry.Tokens : null;
    }

    public void Keep(int slot, ReadOnlySpan<int> word, ModelToken[] tokens) =>
        Volatile.Write(ref _entries[slot], new Entry(word.ToArray(), tokens));

    private static int Slot(ReadOnlySpan<int> word)
    {
        ulong hash = (ulong)word.Length;
        foreach (int rune in word)
        {
            hash = (hash ^ (uint)rune) * 0x9E3779B97F4A7C15UL;
            hash ^= hash >> 29;
        }
        return (int)(hash >> 13) & (Slots - 1);
    }

    private sealed record Entry(int[] Word, ModelToken[] Tokens);
}
