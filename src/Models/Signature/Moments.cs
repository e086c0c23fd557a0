namespace Euterpe.Models.Signature;

/// <summary>Weighted means and deviations of some numbers, frame by frame, in double precision and in the order of the frames.</summary>
internal sealed class Moments(int size)
{
    private readonly double[] _sum = new double[size];
    private readonly double[] _squares = new double[size];
    private double _weight;

    public int Size => size;

    public void Add(ReadOnlySpan<double> values, double weight)
    {
        _weight += weight;
        for (int i = 0; i < size; i++)
        {
            double weighted = weight * values[i];
            _sum[i] += weighted;
            _squares[i] += weighted * values[i];
        }
    }

    public double Mean(int index) => _weight > 0 ? _sum[index] / _weight : 0;

    public double Deviation(int index)
    {
        double mean = Mean(index);
        return _weight > 0 ? Math.Sqrt(Math.Max(0, (_squares[index] / _weight) - (mean * mean))) : 0;
    }
}
