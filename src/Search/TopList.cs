namespace Euterpe.Search;

/// <summary>
/// Keeps the best of many: largest score first, equal scores in the ordinal order of their names. The result does not depend on the order of arrival.
/// Names are asked for only when a score gets that far.
/// </summary>
internal sealed class TopList(int capacity)
{
    private readonly List<(float Score, string Name, long Id)> _best = new(Math.Min(capacity, 1024));

    public IReadOnlyList<(float Score, string Name, long Id)> Best => _best;

    /// <summary>Whether an item of this score could still be kept.</summary>
    public bool Wants(float score) => capacity > 0 && (_best.Count < capacity || score >= _best[^1].Score);

    public void Add(float score, string name, long id)
    {
        if (!Wants(score))
            return;
        int low = 0, high = _best.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Before(_best[middle], score, name))
                low = middle + 1;
            else
                high = middle;
        }

        if (low == capacity)
            return;
        if (_best.Count == capacity)
            _best.RemoveAt(capacity - 1);
        _best.Insert(low, (score, name, id));
    }

    private static bool Before((float Score, string Name, long Id) item, float score, string name)
    {
        if (item.Score != score)
            return item.Score > score;
        return string.CompareOrdinal(item.Name, name) < 0;
    }
}
