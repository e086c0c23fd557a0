using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>How features change over time.</summary>
public static class Deltas
{
    /// <summary>
    /// torchaudio's and HTK's: sum over n of n (x[t + n] - x[t - n]) / (2 sum n²), n to (width - 1) / 2, the ends repeated.
    /// </summary>
    public static FeatureMap Regression(FeatureMap map, int width = 5)
    {
        Check(width, 1);
        int half = (width - 1) / 2;
        double divisor = half * (half + 1.0) * ((2 * half) + 1) / 3;
        var deltas = new FeatureMap(map.Rows, map.Frames);
        for (int row = 0; row < map.Rows; row++)
        {
            ReadOnlySpan<float> x = map.Row(row);
            for (int t = 0; t < x.Length; t++)
            {
                double sum = 0;
                for (int n = 1; n <= half; n++)
                {
                    sum += n * ((double)x[Math.Min(t + n, x.Length - 1)] - x[Math.Max(t - n, 0)]);
                }
                deltas[row, t] = (float)(sum / divisor);
            }
        }
        return deltas;
    }

    /// <summary>
    /// librosa's: the order-th derivative of a polynomial of that order fitted to width frames (Savitzky-Golay). At the ends, the polynomial of the
    /// first and last whole window goes on; with repeatEnds, the end frames repeat instead (mode 'nearest').
    /// </summary>
    public static FeatureMap SavitzkyGolay(FeatureMap map, int width = 9, int order = 1, bool repeatEnds = false)
    {
        Check(width, order);
        if (!repeatEnds && map.Frames < width)
        {
            throw new ShapeException($"[delta] A width of {width} needs as many frames, there are {map.Frames}. Hint: a smaller width, or "
                + $"repeat the ends.");
        }
        int half = width / 2;
        double[] weights = DerivativeWeights(half, order);
        var deltas = new FeatureMap(map.Rows, map.Frames);
        for (int t = 0; t < map.Frames; t++)
        {
            int middle = repeatEnds ? t : Math.Clamp(t, half, map.Frames - 1 - half);
            for (int row = 0; row < map.Rows; row++)
            {
                ReadOnlySpan<float> x = map.Row(row);
                double sum = 0;
                for (int i = -half; i <= half; i++)
                {
                    sum += weights[i + half] * x[Math.Clamp(middle + i, 0, x.Length - 1)];
                }
                deltas[row, t] = (float)sum;
            }
        }
        return deltas;
    }

    private static void Check(int width, int order)
    {
        if (width < 3 || width % 2 == 0 || order < 1 || order >= width)
        {
            throw new OptionsException($"[delta] An odd width of 3 or more and an order from 1 to below it are expected: found {width} and {order}.");
        }
    }

    /// <summary>
    /// The highest derivative of a least-squares polynomial is the same everywhere in its window: order! times its leading coefficient, which is a
    /// product with the discrete orthogonal (Gram) polynomial of that order.
    /// </summary>
    private static double[] DerivativeWeights(int half, int order)
    {
        int n = (2 * half) + 1;
        double[] before = new double[n], current = [.. Enumerable.Repeat(1.0, n)];
        double normBefore = 1, norm = n, factorial = 1;
        for (int k = 0; k < order; k++)
        {
            // Monic recurrence on -half..half; symmetric points have no middle term.
            double beta = k == 0 ? 0 : norm / normBefore;
            double[] next = new double[n];
            for (int i = 0; i < n; i++)
            {
                next[i] = ((i - half) * current[i]) - (beta * before[i]);
            }
            (before, current, normBefore, norm) = (current, next, norm, Reductions.SumOfSquares(next));
            factorial *= k + 1;
        }
        return [.. current.Select(p => factorial * p / norm)];
    }
}
