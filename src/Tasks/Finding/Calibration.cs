using Euterpe.Numerics;

namespace Euterpe.Tasks.Finding;

/// <summary>
/// What a score means in this collection: how random pairs, or random tracks beside a query, score. The sample is the same each time, for the same catalogue.
/// </summary>
internal sealed class Calibration
{
    /// <summary>With fewer sounds nothing is said.</summary>
    public const int FewestSounds = 20;

    public const int MostSounds = 1000;
    public const int MostPairs = 10_000;

    private readonly IReadOnlyList<SampledRow> sample;
    private float[]? pairs;

    public Calibration(Rows rows, CancellationToken token)
    {
        IReadOnlyList<SampledRow> all = rows.Sample(MostSounds, token);
        sample = all.Count >= FewestSounds ? all : [];
    }

    /// <summary>Sounds that were chosen; 0 where there are too few.</summary>
    public int Sounds => sample.Count;

    /// <summary>The scores of random pairs, ascending: all pairs of the sample where they are few.</summary>
    public float[] Pairs => pairs ??= MakePairs();

    /// <summary>The cosine of the middle pair; 0 where there are too few sounds.</summary>
    public double Median => sample.Count == 0 ? 0 : Pairs[Pairs.Length / 2];

    /// <summary>The scores of the sample beside a query, ascending.</summary>
    public float[] Scores(float[] query)
    {
        float[] scores = [.. sample.Select(row => Reductions.Dot(query, row.Vector))];
        Array.Sort(scores);
        return scores;
    }

    /// <summary>Mean and standard deviation of the scores of a query; (0, 0) where there are too few sounds.</summary>
    public (double Mean, double Deviation) Spread(float[] query)
    {
        if (sample.Count == 0)
            return (0, 0);
        double[] scores = [.. Scores(query).Select(score => (double)score)];
        return (Reductions.Mean(scores), Math.Sqrt(Reductions.Variance(scores)));
    }

    /// <summary>0 to 100: the share of sorted scores that lie below one; null where there are none.</summary>
    public static double? Percentile(float[] sorted, float score)
    {
        if (sorted.Length == 0)
            return null;
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle] < score)
                low = middle + 1;
            else
                high = middle;
        }

        return 100.0 * low / sorted.Length;
    }

    private float[] MakePairs()
    {
        int n = sample.Count;
        float[] scores;
        if ((long)n * (n - 1) / 2 <= MostPairs)
        {
            scores = [.. Enumerable.Range(0, n).SelectMany(i => Enumerable.Range(0, i).Select(j => Reductions.Dot(sample[i].Vector, sample[j].Vector)))];
        }
        else
        {
            var random = new Philox(0, "find/pairs");
            scores = new float[MostPairs];
            for (int p = 0; p < scores.Length; p++)
            {
                int i = random.Integer(p, 0, 0, n), j = random.Integer(p, 1, 0, n - 1);
                scores[p] = Reductions.Dot(sample[i].Vector, sample[j < i ? j : j + 1].Vector);
            }
        }

        Array.Sort(scores);
        return scores;
    }
}
