namespace Euterpe.Numerics;

/// <summary>
/// Discrete cosine transforms of types 1 to 4 by their definition (scipy's, with its factor 2), for the short lengths of cepstra. Angles are whole
/// parts of a turn, so the cosines are symmetric to the last bit.
/// </summary>
[Experimental("EUTERPE001")]
public static class Dct
{
    /// <summary>rows of the transform's matrix as [rows, n]: y = matrix times x. ortho makes the whole matrix orthonormal.</summary>
    public static double[] Matrix(int type, int n, int rows, bool ortho)
    {
        if (type is < 1 or > 4 || n < (type == 1 ? 2 : 1) || rows < 0 || rows > n)
        {
            throw new OptionsException($"[dct] Type 1 to 4, a length of 1 (type 1: 2) or more and no more rows than that are expected: "
                + $"found type {type}, length {n}, {rows} rows.");
        }
        double[] matrix = new double[(long)rows * n];
        for (int k = 0; k < rows; k++)
        {
            for (int j = 0; j < n; j++)
            {
                matrix[((long)k * n) + j] = Element(type, n, k, j, ortho);
            }
        }
        return matrix;
    }

    /// <summary>The transform of x, in double precision.</summary>
    public static double[] Forward(int type, ReadOnlySpan<double> x, bool ortho)
    {
        double[] matrix = Matrix(type, x.Length, x.Length, ortho), y = new double[x.Length];
        for (int k = 0; k < y.Length; k++)
        {
            y[k] = Reductions.Dot(matrix.AsSpan(k * x.Length, x.Length), x);
        }
        return y;
    }

    /// <summary>
    /// What <see cref="Forward"/> of the same type undoes: types 2 and 3 are each other's inverses, 1 and 4 their own, but for a factor.
    /// </summary>
    public static double[] Inverse(int type, ReadOnlySpan<double> x, bool ortho)
    {
        double[] y = Forward(type switch { 2 => 3, 3 => 2, _ => type }, x, ortho);
        double factor = ortho ? 1 : type == 1 ? 2.0 * (x.Length - 1) : 2.0 * x.Length;
        for (int i = 0; i < y.Length; i++)
        {
            y[i] /= factor;
        }
        return y;
    }

    private static double Element(int type, int n, int k, int j, bool ortho)
    {
        bool first = type is 1 or 3 && j == 0, last = type == 1 && j == n - 1;
        // The angle is 2 pi numerator / denominator.
        (long numerator, long denominator) = type switch
        {
            1 => ((long)k * j, 2L * (n - 1)),
            2 => ((long)k * ((2 * j) + 1), 4L * n),
            3 => (((2L * k) + 1) * j, 4L * n),
            _ => (((2L * k) + 1) * ((2 * j) + 1), 8L * n),
        };
        double cosine = RootsOfUnity.At(numerator, denominator).Cosine;
        if (!ortho)
        {
            return first || last ? cosine : 2 * cosine;
        }
        bool edge = type switch { 1 => k == 0 || k == n - 1, 2 => k == 0, _ => false };
        double factor = Math.Sqrt(2.0 / (type == 1 ? n - 1 : n));
        return cosine * factor * (edge ? Math.Sqrt(0.5) : 1) * (first || last ? Math.Sqrt(0.5) : 1);
    }
}
