namespace Euterpe.Search.Vectors;

/// <summary>
/// The best of many: a heap whose root is the worst that is kept. What it holds in the end does not depend on the order of arrival, as score and id
/// together are a total order. Used by one thread at a time; <see cref="Least"/> may be read by all.
/// </summary>
internal sealed class TopHits(int capacity)
{
    private readonly List<Hit> _heap = new(Math.Min(capacity, 1024));
    private float _least = capacity == 0 ? float.PositiveInfinity : float.NegativeInfinity;

    /// <summary>A score below this one cannot get in.</summary>
    public float Least => Volatile.Read(ref _least);

    public void Add(Hit hit)
    {
        if (_heap.Count < capacity)
        {
            _heap.Add(hit);
            Rise(_heap.Count - 1);
        }
        else if (capacity > 0 && Before(hit, _heap[0]))
        {
            _heap[0] = hit;
            Sink();
        }

        if (_heap.Count == capacity && capacity > 0)
            Volatile.Write(ref _least, _heap[0].Score);
    }

    public Hit[] Sorted()
    {
        Hit[] hits = [.. _heap];
        Array.Sort(hits, (a, b) => Before(a, b) ? -1 : Before(b, a) ? 1 : 0);
        return hits;
    }

    private static bool Before(Hit a, Hit b) => a.Score != b.Score ? a.Score > b.Score : a.Id < b.Id;

    private void Rise(int i)
    {
        while (i > 0 && Before(_heap[(i - 1) / 2], _heap[i]))
        {
            (_heap[i], _heap[(i - 1) / 2]) = (_heap[(i - 1) / 2], _heap[i]);
            i = (i - 1) / 2;
        }
    }

    private void Sink()
    {
        int i = 0;
        while (true)
        {
            int worst = i;
            for (int child = (2 * i) + 1; child <= (2 * i) + 2 && child < _heap.Count; child++)
            {
                if (Before(_heap[worst], _heap[child]))
                    worst = child;
            }

            if (worst == i)
                return;
            (_heap[i], _heap[worst]) = (_heap[worst], _heap[i]);
            i = worst;
        }
    }
}
