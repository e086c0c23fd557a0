using Euterpe.Numerics;

namespace Euterpe.Tasks.Tagging;

/// <summary>What a cosine is worth: how well each label of a set fits sounds that are only there to compare with.</summary>
internal sealed class ReferenceCosines
{
    private readonly float[][] sorted;
    private readonly double[] mean, deviation;

    /// <param name="labels">One vector for each label.</param>
    /// <param name="sounds">One vector for each sound, at least one; their order changes nothing.</param>
    public ReferenceCosines(IReadOnlyList<float[]> labels, IReadOnlyList<float[]> sounds)
    {
        sorted = new float[labels.Count][];
        mean = new double[labels.Count];
        deviation = new double[labels.Count];
        for (int i = 0; i < labels.Count; i++)
        {
            float[] cosines = [.. sounds.Select(sound => Reductions.Dot(sound, labels[i]))];
            Array.Sort(cosines);
            sorted[i] = cosines;
            // Sums over ascending values: they depend on the sounds only, not on where each was met.
            double sum = 0, squares = 0;
            foreach (float cosine in cosines)
                sum += cosine;
            mean[i] = sum / cosines.Length;
            foreach (float cosine in cosines)
                squares += (cosine - mean[i]) * (cosine - mean[i]);
            deviation[i] = Math.Sqrt(squares / cosines.Length);
        }
    }

    /// <summary>The share of reference sounds that the label fits less well; one that it fits just as well counts half. 0 to 1.</summary>
    public double Percentile(int label, float cosine)
    {
        float[] all = sorted[label];
        int below = Bound(all, cosine, orEqual: false), notAbove = Bound(all, cosine, orEqual: true);
        return (below + notAbove) / (2.0 * all.Length);
    }

    /// <summary>How many standard deviations above the mean of the reference sounds; 0 where these are all alike.</summary>
    public double Deviation(int label, float cosine) => deviation[label] > 0 ? (cosine - mean[label]) / deviation[label] : 0;

    /// <summary>How many values are less than the limit, or not more.</summary>
    private static int Bound(float[] ascending, float limit, bool orEqual)
    {
        int from = 0, to = ascending.Length;
        while (from < to)
        {
            int middle = (from + to) / 2;
            if (ascending[middle] < limit || (orEqual && ascending[middle] == limit))
                from = middle + 1;
            else
                to = middle;
        }

        return from;
    }
}
