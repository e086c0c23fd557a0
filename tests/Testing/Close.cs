using System.Globalization;
using System.Text;
using Xunit.Sdk;

namespace Euterpe.Testing;

/// <summary>Compares every element, and says where the worst one is.</summary>
public static class Close
{
    /// <summary>
    /// Fails unless |actual - expected| &lt;= absolute + relativeToLargest * max |expected| for every element. NaN is only equal to NaN,
    /// an infinity only to itself; the largest element is the largest finite one.
    /// </summary>
    /// <returns>The largest difference relative to the largest element (absolute where all are zero), for reports.</returns>
    public static double Check(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual,
        double relativeToLargest = 0, double absolute = 0, string what = "") =>
        Check(Widen(expected), Widen(actual), relativeToLargest, absolute, what);

    public static double Check(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual,
        double relativeToLargest = 0, double absolute = 0, string what = "")
    {
        if (expected.Length != actual.Length)
        {
            throw new XunitException($"{what}: {expected.Length} elements expected, {actual.Length} found.");
        }
        double largest = 0;
        foreach (double value in expected)
        {
            largest = double.IsFinite(value) ? Math.Max(largest, Math.Abs(value)) : largest;
        }
        double limit = absolute + (relativeToLargest * largest), worst = -1;
        int wrong = 0, worstIndex = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Difference(expected[i], actual[i]);
            wrong += difference > limit ? 1 : 0;
            if (difference > worst)
            {
                (worst, worstIndex) = (difference, i);
            }
        }
        if (wrong > 0)
        {
            throw new XunitException(Report(expected, actual, wrong, worstIndex, worst, limit, largest, what));
        }
        return largest > 0 ? Math.Max(0, worst) / largest : Math.Max(0, worst);
    }

    /// <summary>Each element within relative * |expected| + absolute: for tolerances that are relative to the element itself.</summary>
    public static void CheckEach(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double relative, double absolute = 0, string what = "")
    {
        if (expected.Length != actual.Length)
        {
            throw new XunitException($"{what}: {expected.Length} elements expected, {actual.Length} found.");
        }
        int wrong = 0, worstIndex = -1;
        double worst = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            double limit = absolute + (double.IsFinite(expected[i]) ? relative * Math.Abs(expected[i]) : 0);
            double over = Difference(expected[i], actual[i]) - limit;
            wrong += over > 0 ? 1 : 0;
            if (over > worst)
            {
                (worst, worstIndex) = (over, i);
            }
        }
        if (wrong > 0)
        {
            throw new XunitException(Text($"{what}: {wrong} of {expected.Length} elements are off; worst at [{worstIndex}]: expected ")
                + Text($"{expected[worstIndex]:R}, found {actual[worstIndex]:R} (relative {relative:G3}, absolute {absolute:G3})."));
        }
    }

    public static void CheckEach(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double relative, double absolute = 0, string what = "") =>
        CheckEach(Widen(expected), Widen(actual), relative, absolute, what);

    /// <summary>Every element exactly; floats by value of their bits, so that -0 differs from 0, but any NaN equals any NaN.</summary>
    public static void Same(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what = "")
    {
        if (expected.Length != actual.Length)
        {
            throw new XunitException($"{what}: {expected.Length} elements expected, {actual.Length} found.");
        }
        int wrong = 0, first = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i])
                || (float.IsNaN(expected[i]) && float.IsNaN(actual[i]));
            if (!same)
            {
                wrong++;
                first = first < 0 ? i : first;
            }
        }
        if (wrong > 0)
        {
            throw new XunitException(Text($"{what}: {wrong} of {expected.Length} elements differ; first at [{first}]: expected {expected[first]:R}")
                + Text($" (0x{BitConverter.SingleToInt32Bits(expected[first]):X8}), found {actual[first]:R}")
                + Text($" (0x{BitConverter.SingleToInt32Bits(actual[first]):X8})."));
        }
    }

    public static void Same<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual, string what = "")
        where T : unmanaged, IEquatable<T>
    {
        if (expected.Length != actual.Length)
        {
            throw new XunitException($"{what}: {expected.Length} elements expected, {actual.Length} found.");
        }
        int wrong = 0, first = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            if (!expected[i].Equals(actual[i]))
            {
                wrong++;
                first = first < 0 ? i : first;
            }
        }
        if (wrong > 0)
        {
            throw new XunitException(
                $"{what}: {wrong} of {expected.Length} differ; first at [{first}]: expected {expected[first]}, found {actual[first]}.");
        }
    }

    private static double Difference(double expected, double actual)
    {
        if (double.IsNaN(expected) || double.IsNaN(actual))
        {
            return double.IsNaN(expected) && double.IsNaN(actual) ? 0 : double.PositiveInfinity;
        }
        return expected == actual ? 0 : double.IsInfinity(expected) || double.IsInfinity(actual)
            ? double.PositiveInfinity : Math.Abs(actual - expected);
    }

    private static string Report(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual,
        int wrong, int worstIndex, double worst, double limit, double largest, string what)
    {
        var text = new StringBuilder();
        text.AppendLine(Text($"{what}: {wrong} of {expected.Length} elements are off by more than {limit:G4} (largest element {largest:G6})."));
        text.AppendLine(Text($"  worst at [{worstIndex}]: expected {expected[worstIndex]:R}, found {actual[worstIndex]:R}, off by {worst:G4}"));
        for (int i = 0, shown = 0; i < expected.Length && shown < 5; i++)
        {
            if (Difference(expected[i], actual[i]) > limit)
            {
                text.AppendLine(Text($"  [{i}]: expected {expected[i]:R}, found {actual[i]:R}"));
                shown++;
            }
        }
        return text.ToString();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double[] Widen(ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = values[i];
        }
        return wide;
    }
}
