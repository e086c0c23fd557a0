namespace Euterpe.Models.Windows;

/// <summary>
/// The weighted sum of the layers' means over time, of unit length. Each layer's frames are added in their order in double precision, so that the
/// result does not show in what pieces they came.
/// </summary>
internal sealed class FrameMean(double[] weights, int dimension)
{
    private readonly double[]?[] sums = new double[]?[weights.Length];
    private readonly long[] counts = new long[weights.Length];

    /// <param name="layer">The number of the hidden state.</param>
    /// <param name="rows">[frames, dimension], behind those added before.</param>
    public void Add(int layer, ReadOnlySpan<float> rows)
    {
        double[] sum = sums[layer] ??= new double[dimension];
        for (; rows.Length > 0; rows = rows[dimension..])
        {
            for (int c = 0; c < sum.Length; c++)
                sum[c] += rows[c];
            counts[layer]++;
        }
    }

    public float[] Vector()
    {
        var mean = new double[dimension];
        for (int layer = 0; layer < sums.Length; layer++)
        {
            for (int c = 0; sums[layer] is { } sum && c < dimension; c++)
                mean[c] += weights[layer] * (sum[c] / counts[layer]);
        }

        double squares = 0;
        foreach (double value in mean)
            squares += value * value;
        double norm = Math.Sqrt(squares);
        return [.. mean.Select(value => (float)(norm > 0 ? value / norm : value))];
    }
}
