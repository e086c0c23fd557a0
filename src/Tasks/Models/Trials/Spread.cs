namespace Euterpe.Tasks.Trials;

/// <summary>How vectors of norm 1 lie: pure functions.</summary>
internal static class Spread
{
    /// <summary>1 minus the squared length of the mean: 0 where all are the same, near 1 where they point everywhere.</summary>
    public static double Of(IReadOnlyList<float[]> vectors)
    {
        double[] mean = Mean(vectors);
        double square = vectors.Sum(vector => Distance(vector, mean)) / vectors.Count;
        return square;
    }

    /// <summary>Over how many directions the differences are spread (participation ratio of the covariance): 1 for a line.</summary>
    public static double Directions(IReadOnlyList<float[]> vectors)
    {
        double[] mean = Mean(vectors);
        double trace = 0, square = 0;
        for (int i = 0; i < vectors.Count; i++)
        {
            for (int j = 0; j < vectors.Count; j++)
            {
                double dot = 0;
                for (int k = 0; k < mean.Length; k++)
                    dot += (vectors[i][k] - mean[k]) * (vectors[j][k] - mean[k]);
                trace += i == j ? dot : 0;
                square += dot * dot;
            }
        }

        return square == 0 ? 0 : trace * trace / square;
    }

    /// <summary>Mean cosine of different ones.</summary>
    public static double MeanCosine(IReadOnlyList<float[]> vectors)
    {
        double sum = 0;
        for (int i = 0; i < vectors.Count; i++)
        {
            for (int j = 0; j < i; j++)
                sum += Dot(vectors[i], vectors[j]);
        }

        return sum / (vectors.Count * (vectors.Count - 1) / 2.0);
    }

    /// <summary>How often the nearest of the others' second halves is one's own.</summary>
    public static double OwnHalfNearest(IReadOnlyList<float[]> first, IReadOnlyList<float[]> second)
    {
        int own = 0;
        for (int i = 0; i < first.Count; i++)
            own += Nearest(first[i], second, -1) == i ? 1 : 0;
        return (double)own / first.Count;
    }

    /// <summary>Squared distance of two halves of one sound, over that of halves of different sounds.</summary>
    public static double HalvesApart(IReadOnlyList<float[]> first, IReadOnlyList<float[]> second)
    {
        double own = 0, other = 0;
        for (int i = 0; i < first.Count; i++)
        {
            for (int j = 0; j < second.Count; j++)
            {
                double distance = 2 - (2 * Dot(first[i], second[j]));
                own += i == j ? distance / first.Count : 0;
                other += i == j ? 0 : distance / (first.Count * (first.Count - 1.0));
            }
        }

        return other <= 0 ? double.NaN : Math.Max(0, own) / other;
    }

    /// <summary>How often the nearest other one is of the same kind.</summary>
    public static double SameKindNearest(IReadOnlyList<float[]> vectors, IReadOnlyList<int> kinds)
    {
        int same = 0;
        for (int i = 0; i < vectors.Count; i++)
            same += kinds[Nearest(vectors[i], vectors, i)] == kinds[i] ? 1 : 0;
        return (double)same / vectors.Count;
    }

    /// <summary>How often the words that fit a sound best are its own.</summary>
    public static double RightWords(IReadOnlyList<float[]> sounds, IReadOnlyList<int> kinds, IReadOnlyList<float[]> words)
    {
        int right = 0;
        for (int i = 0; i < sounds.Count; i++)
            right += Nearest(sounds[i], words, -1) == kinds[i] ? 1 : 0;
        return (double)right / sounds.Count;
    }

    private static int Nearest(float[] vector, IReadOnlyList<float[]> among, int but)
    {
        int best = -1;
        double score = double.NegativeInfinity;
        for (int j = 0; j < among.Count; j++)
        {
            double dot = j == but ? double.NegativeInfinity : Dot(vector, among[j]);
            if (dot > score)
                (best, score) = (j, dot);
        }

        return Math.Max(best, 0);
    }

    private static double[] Mean(IReadOnlyList<float[]> vectors)
    {
        double[] mean = new double[vectors[0].Length];
        foreach (float[] vector in vectors)
        {
            for (int k = 0; k < mean.Length; k++)
                mean[k] += vector[k] / (double)vectors.Count;
        }

        return mean;
    }

    private static double Distance(float[] vector, double[] mean)
    {
        double sum = 0;
        for (int k = 0; k < mean.Length; k++)
            sum += (vector[k] - mean[k]) * (vector[k] - mean[k]);
        return sum;
    }

    public static double Dot(float[] a, float[] b)
    {
        double sum = 0;
        for (int k = 0; k < a.Length; k++)
            sum += (double)a[k] * b[k];
        return sum;
    }
}
