namespace Euterpe.Models.Signature;

/// <summary>
/// From statistics to a vector: z = (x - mean) * scale, held within 4 deviations, then a matrix of 16-bit weights with one factor a row, and an
/// offset.
/// What it is fitted to, Recipes' SignatureFit says.
/// </summary>
/// <param name="Mean">One a statistic.</param>
/// <param name="Scale">One over the deviation of each statistic.</param>
/// <param name="Weights">[dimension, statistics].</param>
/// <param name="Factor">One a row.</param>
/// <param name="Offset">One a row, subtracted.</param>
[Experimental("EUTERPE001")]
public sealed record SignatureMap(float[] Mean, float[] Scale, short[] Weights, float[] Factor, float[] Offset)
{
    /// <summary>How far from its mean, in deviations, a statistic may count.</summary>
    public const double Reach = 4;

    /// <summary>Numbers of a vector.</summary>
    public int Dimension => Factor.Length;

    /// <summary>A vector of length 1 in double precision and fixed order.</summary>
    public float[] Apply(ReadOnlySpan<double> statistics)
    {
        int size = Mean.Length;
        if (statistics.Length != size || Weights.Length != (long)size * Dimension)
        {
            throw new ArgumentException($"[signature] {size} statistics and {(long)size * Dimension} weights are expected, found "
                + $"{statistics.Length} and {Weights.Length}.");
        }
        var z = new double[size];
        for (int i = 0; i < size; i++)
        {
            z[i] = Math.Clamp((statistics[i] - Mean[i]) * Scale[i], -Reach, Reach);
        }
        var y = new double[Dimension];
        double squares = 0;
        for (int row = 0; row < y.Length; row++)
        {
            ReadOnlySpan<short> weights = Weights.AsSpan(row * size, size);
            double sum = 0;
            for (int i = 0; i < size; i++)
            {
                sum += weights[i] * z[i];
            }
            y[row] = (sum * Factor[row]) - Offset[row];
            squares += y[row] * y[row];
        }
        if (!(squares > 0))
        {
            (y[0], squares) = (1, 1);
        }
        double length = Math.Sqrt(squares);
        return [.. y.Select(value => (float)(value / length))];
    }
}
