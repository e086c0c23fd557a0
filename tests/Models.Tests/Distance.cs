using System.Globalization;

namespace Euterpe.Models.Tests;

/// <summary>How far two vectors are apart, for reports.</summary>
internal static class Distance
{
    public static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double ab = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.Length; i++)
            (ab, aa, bb) = (ab + ((double)a[i] * b[i]), aa + ((double)a[i] * a[i]), bb + ((double)b[i] * b[i]));
        return ab / Math.Sqrt(aa * bb);
    }

    public static string Between(ReadOnlySpan<float> expected, ReadOnlySpan<float> found)
    {
        double most = 0, largest = 0;
        for (int i = 0; i < expected.Length; i++)
            (most, largest) = (Math.Max(most, Math.Abs(expected[i] - found[i])), Math.Max(largest, Math.Abs(expected[i])));
        return string.Create(
            CultureInfo.InvariantCulture,
                $"cosine {Cosine(expected, found):F7}, largest difference {most:G3} ({most / largest:P2} of the largest element)");
    }
}
