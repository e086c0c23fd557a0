namespace Euterpe.Recipes;

/// <summary>Eigenvalues and vectors of a symmetric matrix by cyclic Jacobi rotations, in double precision and a fixed order (Golub and Van Loan,
/// section 8.5).</summary>
internal static class SymmetricEigen
{
    /// <summary>Values from the largest down, and their vectors as rows, each with its largest element positive.</summary>
    public static (double[] Values, double[][] Vectors) Of(double[][] matrix)
    {
        int n = matrix.Length;
        double[][] a = [.. matrix.Select(row => (double[])row.Clone())];
        double[][] vectors = [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Select(j => i == j ? 1.0 : 0.0).ToArray())];
        double scale = a.Sum(row => row.Sum(value => value * value));
        for (int sweep = 0; sweep < 60; sweep++)
        {
            double off = 0;
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    off += a[p][q] * a[p][q];
                }
            }
            if (off <= 1e-24 * scale)
            {
                break;
            }
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    Rotate(a, vectors, p, q);
                }
            }
        }
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => a[i][i])];
        return ([.. order.Select(i => a[i][i])], [.. order.Select(i => Signed(vectors[i]))]);
    }

    private static void Rotate(double[][] a, double[][] vectors, int p, int q)
    {
        double element = a[p][q];
        if (element == 0)
        {
            return;
        }
        double theta = (a[q][q] - a[p][p]) / (2 * element);
        double t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        double c = 1 / Math.Sqrt((t * t) + 1), s = t * c;
        double[] rowP = a[p], rowQ = a[q], vectorP = vectors[p], vectorQ = vectors[q];
        for (int k = 0; k < rowP.Length; k++)
        {
            (rowP[k], rowQ[k]) = ((c * rowP[k]) - (s * rowQ[k]), (s * rowP[k]) + (c * rowQ[k]));
            (vectorP[k], vectorQ[k]) = ((c * vectorP[k]) - (s * vectorQ[k]), (s * vectorP[k]) + (c * vectorQ[k]));
        }
        foreach (double[] row in a)
        {
            (row[p], row[q]) = ((c * row[p]) - (s * row[q]), (s * row[p]) + (c * row[q]));
        }
    }

    private static double[] Signed(double[] vector)
    {
        double largest = vector.MaxBy(Math.Abs);
        return largest < 0 ? [.. vector.Select(value => -value)] : vector;
    }
}
