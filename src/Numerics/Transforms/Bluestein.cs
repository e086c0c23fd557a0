namespace Euterpe.Numerics;

/// <summary>
/// Any length as a convolution with a chirp, through a power of two: for lengths with a large prime factor. Double only; floats pass through it.
/// X[k] = c[k] sum over j of (x[j] c[j]) conj c[k - j], with c[j] = exp(-i pi j² / n).
/// </summary>
internal sealed unsafe class Bluestein
{
    private readonly FftPlan<double> _plan;
    private readonly double[] _chirp;
    private readonly double[] _kernel;

    public Bluestein(int length)
    {
        Length = length;
        long size = 1;
        while (size < (2L * length) - 1)
        {
            size *= 2;
        }
        _plan = new FftPlan<double>(checked((int)size));
        _chirp = new double[2 * length];
        _kernel = new double[2 * size];
        for (int j = 0; j < length; j++)
        {
            (double cosine, double sine) = RootsOfUnity.At((long)((UInt128)j * (uint)j % (2UL * (uint)length)), 2L * length);
            (_chirp[2 * j], _chirp[(2 * j) + 1]) = (cosine, -sine);
            foreach (long at in j == 0 ? [0] : new[] { j, size - j })
            {
                (_kernel[2 * at], _kernel[(2 * at) + 1]) = (cosine, sine);
            }
        }
        fixed (double* kernel = _kernel)
        {
            _plan.Run<Double1>(kernel, 1);                       // stays in the plan's order, as what it will be multiplied with
        }
    }

    public int Length { get; }

    /// <summary>Interleaved complex, in place.</summary>
    public void Run(Span<double> x)
    {
        int size = _plan.Length;
        double[] work = new double[2 * size];
        for (int j = 0; j < Length; j++)
        {
            (work[2 * j], work[(2 * j) + 1]) = Product(x[2 * j], x[(2 * j) + 1], _chirp[2 * j], _chirp[(2 * j) + 1]);
        }
        double[] product = new double[2 * size];
        fixed (double* w = work, p = product)
        {
            _plan.Run<Double1>(w, 1);
            for (int f = 0; f < size; f++)
            {
                // In natural order, with real and imaginary parts exchanged: the next forward transform is then an inverse one.
                int at = 2 * _plan.Position[f];
                (p[(2 * f) + 1], p[2 * f]) = Product(w[at], w[at + 1], _kernel[at], _kernel[at + 1]);
            }
            _plan.Run<Double1>(p, 1);
        }
        for (int k = 0; k < Length; k++)
        {
            int at = 2 * _plan.Position[k];
            (x[2 * k], x[(2 * k) + 1]) = Product(product[at + 1] / size, product[at] / size, _chirp[2 * k], _chirp[(2 * k) + 1]);
        }
    }

    private static (double Re, double Im) Product(double ar, double ai, double br, double bi) =>
        (Math.FusedMultiplyAdd(ar, br, -(ai * bi)), Math.FusedMultiplyAdd(ar, bi, ai * br));
}
