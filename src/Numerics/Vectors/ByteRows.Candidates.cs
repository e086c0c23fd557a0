using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Euterpe.Numerics;

/// <summary>Which rows may still score at least a threshold.</summary>
public static unsafe partial class ByteRows
{
    /// <summary>Writes the places r, in order, whose <see cref="WordQuery.Bound"/> is not below <paramref name="threshold"/>; returns how
    /// many.</summary>
    /// <param name="found">Room for <paramref name="count"/> places.</param>
    public static int Candidates(
        in WordQuery query, int* dots, float* scales, float* errors, float* norms, int count, float threshold, int* found)
    {
        int n = 0, r = 0;
        if (Vector512.IsHardwareAccelerated)
            r = CandidatesWide(query, dots, scales, errors, norms, count, threshold, found, ref n);
        for (; r < count; r++)
        {
            if (query.Bound(dots[r], scales[r], errors[r], norms[r]) >= threshold)
                found[n++] = r;
        }

        return n;
    }

    /// <summary>Writes the places i, in order, where <c>values[i] &gt;= thresholds[i]</c>; returns how many.</summary>
    public static int Reaching(float* values, float* thresholds, int count, int* found)
    {
        int n = 0, i = 0;
        if (Vector512.IsHardwareAccelerated)
            i = ReachingWide(values, thresholds, count, found, ref n);
        for (; i < count; i++)
        {
            if (values[i] >= thresholds[i])
                found[n++] = i;
        }

        return n;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int CandidatesWide(
        in WordQuery query, int* dots, float* scales, float* errors, float* norms, int count, float threshold, int* found, ref int n)
    {
        Vector512<float> scale = Vector512.Create(query.Scale), ofError = Vector512.Create(query.OfError), ofNorm = Vector512.Create(query.OfNorm),
            least = Vector512.Create(WordQuery.Least), limit = Vector512.Create(threshold);
        int r = 0;
        for (; r + 16 <= count; r += 16)
        {
            Vector512<float> bound = (Vector512.ConvertToSingle(Vector512.Load(dots + r)) * (scale * Vector512.Load(scales + r)))
                + ((ofError * Vector512.Load(errors + r)) + ((ofNorm * Vector512.Load(norms + r)) + least));
            ulong mask = Vector512.GreaterThanOrEqual(bound, limit).ExtractMostSignificantBits();
            for (; mask != 0; mask &= mask - 1)
                found[n++] = r + System.Numerics.BitOperations.TrailingZeroCount(mask);
        }

        return r;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ReachingWide(float* values, float* thresholds, int count, int* found, ref int n)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
        {
            ulong mask = Vector512.GreaterThanOrEqual(Vector512.Load(values + i), Vector512.Load(thresholds + i)).ExtractMostSignificantBits();
            for (; mask != 0; mask &= mask - 1)
                found[n++] = i + System.Numerics.BitOperations.TrailingZeroCount(mask);
        }

        return i;
    }
}
