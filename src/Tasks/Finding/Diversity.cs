using Euterpe.Numerics;

namespace Euterpe.Tasks.Finding;

/// <summary>
/// Maximal marginal relevance (Carbonell and Goldstein, 1998): one result after the other, each the one with the largest (1 - strength) relevance - strength likeness, likeness being that to
/// the most like one chosen before. Both are brought to 0 ... 1 over the candidates, so that a strength means the same for words and sounds and for every model. Of equals the better one.
/// </summary>
internal static class Diversity
{
    public const int MostMatches = 1000;

    /// <summary>Candidates that a choice of so many is made from.</summary>
    public static int Candidates(int count) => Math.Max(5 * count, 50);

    /// <param name="scores">Of the candidates, descending.</param>
    /// <param name="vectors">Of the candidates.</param>
    /// <param name="count">How many are chosen.</param>
    /// <param name="strength">0 to 1.</param>
    /// <returns>Their places, in the order of the choice.</returns>
    public static int[] Choose(IReadOnlyList<float> scores, IReadOnlyList<float[]> vectors, int count, double strength)
    {
        int n = scores.Count;
        if (n == 0)
            return [];
        double best = scores[0], worst = scores[^1], range = Math.Max(best - worst, 1e-12);
        var likeness = new float[n][];
        float least = float.PositiveInfinity, most = float.NegativeInfinity;
        for (int i = 0; i < n; i++)
        {
            likeness[i] = new float[i];
            for (int j = 0; j < i; j++)
            {
                float dot = likeness[i][j] = Reductions.Dot(vectors[i], vectors[j]);
                (least, most) = (Math.Min(least, dot), Math.Max(most, dot));
            }
        }

        double spread = Math.Max(most - least, 1e-12);
        var nearest = new double[n];
        var taken = new bool[n];
        var chosen = new List<int>(Math.Min(count, n));
        while (chosen.Count < Math.Min(count, n))
        {
            int next = -1;
            double top = double.NegativeInfinity;
            for (int i = 0; i < n; i++)
            {
                double value = ((1 - strength) * (scores[i] - worst) / range) - (chosen.Count == 0 ? 0 : strength * nearest[i]);
                if (!taken[i] && value > top)
                    (next, top) = (i, value);
            }

            taken[next] = true;
            chosen.Add(next);
            for (int i = 0; i < n; i++)
            {
                if (i != next)
                    nearest[i] = Math.Max(nearest[i], (likeness[Math.Max(i, next)][Math.Min(i, next)] - least) / spread);
            }
        }

        return [.. chosen];
    }
}
