namespace Euterpe.Evaluation;

/// <summary>
/// How well the nearest vectors share a query's class.
/// Aim: one figure for "what sounds like this?". Convention: precision at k is the share of the k nearest candidates (cosine) that are of the
/// query's class,
/// averaged over the queries; the query itself is no candidate; equal cosines go to the lower index. Manning, Raghavan, Schütze 2008, section 8.4.
/// </summary>
public static class Retrieval
{
    /// <summary>Precision at k over vectors of one length, each with a class.</summary>
    /// <param name="vectors">Any length but zero; they need not be normalised.</param>
    /// <param name="classes">One a vector.</param>
    /// <param name="queries">Indices of the queries, at least one.</param>
    /// <param name="candidates">Whether a vector may be found; k or more of them besides each query.</param>
    /// <param name="k">How many neighbours count.</param>
    public static double Precision(
        IReadOnlyList<float[]> vectors, IReadOnlyList<string> classes, IReadOnlyList<int> queries, IReadOnlyList<bool> candidates, int k)
    {
        Check(vectors, classes, queries, candidates, k);
        double[][] unit = [.. vectors.Select(Unit)];
        double sum = 0;
        foreach (int query in queries)
        {
            sum += (double)Nearest(unit, query, candidates, k).Count(found => classes[found] == classes[query]) / k;
        }
        return sum / queries.Count;
    }

    private static void Check(
        IReadOnlyList<float[]> vectors, IReadOnlyList<string> classes, IReadOnlyList<int> queries, IReadOnlyList<bool> candidates, int k)
    {
        if (classes.Count != vectors.Count || candidates.Count != vectors.Count)
        {
            throw new ArgumentException($"[retrieval] One class and one mark a vector are expected: {vectors.Count} vectors, "
                + $"{classes.Count} classes, {candidates.Count} marks.");
        }
        if (queries.Count == 0 || queries.Any(query => query < 0 || query >= vectors.Count))
        {
            throw new ArgumentException($"[retrieval] One or more queries from 0 to {vectors.Count - 1} are expected, found {queries.Count}.");
        }
        if (vectors.Any(vector => vector.Length != vectors[0].Length || vector.Any(value => !float.IsFinite(value))))
        {
            throw new ArgumentException("[retrieval] Vectors of one length with finite numbers are expected.");
        }
        int marked = candidates.Count(candidate => candidate);
        if (k < 1 || marked - 1 < k)
        {
            throw new ArgumentException($"[retrieval] {k} neighbours of {marked} candidates cannot be had. Hint: k is 1 or more, and fewer "
                + $"than the candidates.");
        }
    }

    private static double[] Unit(float[] vector)
    {
        double squares = 0;
        foreach (float value in vector)
        {
            squares += (double)value * value;
        }
        double length = Math.Sqrt(squares);
        return [.. vector.Select(value => length > 0 ? value / length : 0)];
    }

    private static IEnumerable<int> Nearest(double[][] unit, int query, IReadOnlyList<bool> candidates, int k)
    {
        double[] best = new double[k];
        int[] index = new int[k];
        int count = 0;
        for (int i = 0; i < unit.Length; i++)
        {
            if (i == query || !candidates[i])
            {
                continue;
            }
            double cosine = 0;
            for (int j = 0; j < unit[i].Length; j++)
            {
                cosine += unit[query][j] * unit[i][j];
            }
            if (count == k && cosine <= best[k - 1])
            {
                continue;
            }
            int at = count < k ? count++ : k - 1;
            for (; at > 0 && best[at - 1] < cosine; at--)
            {
                (best[at], index[at]) = (best[at - 1], index[at - 1]);
            }
            (best[at], index[at]) = (cosine, i);
        }
        return index;
    }
}
