using Euterpe.Numerics;
using Euterpe.Search;

namespace Euterpe.Tasks.Finding;

/// <summary>A track that a journey may pass.</summary>
internal sealed record Stop(Track Track, float[] Vector, double Progress);

/// <summary>
/// A smooth way from one vector to another in n steps. Targets lie at equal angles on the great circle between the ends; the candidates of a stop are the tracks nearest to its target. Of all
/// choices of one candidate a stop, whose progress (the angle of the projection on the plane of the circle) grows with every step, that one is taken whose sum of squared steps
/// (1 - cosine) is the least: dynamic programming, so there is no better one among the candidates. Growing progress keeps the way from turning back, and from passing a track twice.
/// </summary>
internal static class Journey
{
    /// <summary>Vectors at equal angles from a to b, both left out.</summary>
    public static float[][] Targets(float[] a, float[] b, int between)
    {
        (double angle, float[] side) = Plane(a, b);
        var targets = new float[between][];
        for (int i = 0; i < between; i++)
        {
            double at = angle * (i + 1) / (between + 1);
            double cos = DoubleFunctions.Cos(at), sin = DoubleFunctions.Sin(at);
            targets[i] = new float[a.Length];
            for (int k = 0; k < a.Length; k++)
                targets[i][k] = (float)((cos * a[k]) + (sin * side[k]));
        }

        return targets;
    }

    /// <summary>How far a vector is on the way from a to b: 0 at a, 1 at b, below and above outside.</summary>
    public static Func<float[], double> ProgressOf(float[] a, float[] b)
    {
        (double angle, float[] side) = Plane(a, b);
        return v => DoubleFunctions.Atan2(Reductions.Dot(v, side), Reductions.Dot(v, a)) / angle;
    }

    /// <summary>The best way; null when no choice has growing progress.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="candidates">Of each stop between.</param>
    public static Stop[]? Smoothest(float[] from, float[] to, IReadOnlyList<IReadOnlyList<Stop>> candidates)
    {
        int n = candidates.Count;
        if (n == 0)
            return [];
        var costs = new double[n][];
        var before = new int[n][];
        for (int i = 0; i < n; i++)
        {
            costs[i] = new double[candidates[i].Count];
            before[i] = new int[candidates[i].Count];
            for (int c = 0; c < costs[i].Length; c++)
            {
                Stop stop = candidates[i][c];
                (costs[i][c], before[i][c]) = i == 0 ? (Step(from, stop.Vector), -1) : (double.PositiveInfinity, -1);
                for (int p = 0; i > 0 && p < costs[i - 1].Length; p++)
                {
                    Stop earlier = candidates[i - 1][p];
                    if (earlier.Progress >= stop.Progress || double.IsPositiveInfinity(costs[i - 1][p]))
                        continue;
                    double cost = costs[i - 1][p] + Step(earlier.Vector, stop.Vector);
                    if (cost < costs[i][c])
                        (costs[i][c], before[i][c]) = (cost, p);
                }
            }
        }

        int best = -1;
        double least = double.PositiveInfinity;
        for (int c = 0; c < costs[n - 1].Length; c++)
        {
            double cost = costs[n - 1][c] + Step(candidates[n - 1][c].Vector, to);
            if (cost < least)
                (best, least) = (c, cost);
        }

        if (best < 0)
            return null;
        var way = new Stop[n];
        for (int i = n - 1; i >= 0; i--)
        {
            way[i] = candidates[i][best];
            best = before[i][best];
        }

        return way;
    }

    private static double Step(float[] a, float[] b)
    {
        double step = 1 - Reductions.Dot(a, b);
        return step * step;
    }

    /// <summary>The angle between two unit vectors, and the unit vector at right angles to a on the side of b.</summary>
    private static (double Angle, float[] Side) Plane(float[] a, float[] b)
    {
        double cos = Reductions.Dot(a, b);
        var side = new double[a.Length];
        for (int k = 0; k < a.Length; k++)
            side[k] = b[k] - (cos * a[k]);
        double sin = Math.Sqrt(Reductions.Dot(side, side));
        return (DoubleFunctions.Atan2(sin, cos), Array.ConvertAll(side, x => (float)(x / Math.Max(sin, 1e-12))));
    }
}
