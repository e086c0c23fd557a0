using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Euterpe.Numerics;

/// <summary>Products of one 16-bit query with many rows. Whole numbers: exact, so every path gives the same.</summary>
public static unsafe partial class ByteRows
{
    private const int Ahead = 6144;

    /// <summary>
    /// dots[r] = query . rows[r]. Sums wrap around within; the result is right when it fits 32 bits.
    /// </summary>
    /// <param name="query"><paramref name="stride"/> words.</param>
    /// <param name="rows">count rows of <paramref name="stride"/> bytes (a multiple of 64).</param>
    /// <param name="correction">128 times the sum of the query's words.</param>
    public static void Dots(short* query, byte* rows, int stride, int count, int correction, int* dots)
    {
        if (Avx512BW.IsSupported)
            DotsWide(query, rows, stride, count, correction, dots);
        else if (Avx2.IsSupported)
            DotsHalf(query, rows, stride, count, correction, dots);
        else
            DotsReference(query, rows, stride, count, correction, dots);
    }

    /// <summary>The definition.</summary>
    public static void DotsReference(short* query, byte* rows, int stride, int count, int correction, int* dots)
    {
        for (int r = 0; r < count; r++)
        {
            int sum = 0;
            for (int k = 0; k < stride; k++)
                sum += query[k] * rows[((long)r * stride) + k];
            dots[r] = sum - correction;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DotsWide(short* query, byte* rows, int stride, int count, int correction, int* dots)
    {
        int r = 0;
        for (; r + 4 <= count; r += 4)
        {
            byte* first = rows + ((long)r * stride), second = first + stride, third = second + stride, fourth = third + stride;
            Vector512<int> a = default, b = default, c = default, d = default;
            for (int k = 0; k < stride; k += 64)
            {
                // The processor's own prefetch ends at every page of 4 KiB.
                Sse.Prefetch0(first + k + Ahead);
                Sse.Prefetch0(second + k + Ahead);
                Sse.Prefetch0(third + k + Ahead);
                Sse.Prefetch0(fourth + k + Ahead);
                Vector512<short> q = Vector512.Load(query + k);
                a += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(first + k)), q);
                b += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(second + k)), q);
                c += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(third + k)), q);
                d += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(fourth + k)), q);
                q = Vector512.Load(query + k + 32);
                a += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(first + k + 32)), q);
                b += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(second + k + 32)), q);
                c += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(third + k + 32)), q);
                d += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(fourth + k + 32)), q);
            }

            (Joined(Fold(a), Fold(b), Fold(c), Fold(d)) - Vector128.Create(correction)).Store(dots + r);
        }

        for (; r < count; r++)
        {
            byte* row = rows + ((long)r * stride);
            Vector512<int> a = default;
            for (int k = 0; k < stride; k += 32)
                a += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(row + k)), Vector512.Load(query + k));
            dots[r] = Total(Fold(a)) - correction;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void DotsHalf(short* query, byte* rows, int stride, int count, int correction, int* dots)
    {
        int r = 0;
        for (; r + 4 <= count; r += 4)
        {
            byte* first = rows + ((long)r * stride), second = first + stride, third = second + stride, fourth = third + stride;
            Vector256<int> a = default, b = default, c = default, d = default;
            for (int k = 0; k < stride; k += 16)
            {
                Vector256<short> q = Vector256.Load(query + k);
                a += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(first + k)), q);
                b += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(second + k)), q);
                c += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(third + k)), q);
                d += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(fourth + k)), q);
            }

            (Joined(Fold(a), Fold(b), Fold(c), Fold(d)) - Vector128.Create(correction)).Store(dots + r);
        }

        for (; r < count; r++)
        {
            byte* row = rows + ((long)r * stride);
            Vector256<int> a = default;
            for (int k = 0; k < stride; k += 16)
                a += Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(Vector128.Load(row + k)), Vector256.Load(query + k));
            dots[r] = Total(Fold(a)) - correction;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Fold(Vector512<int> a) => Fold(a.GetLower() + a.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Fold(Vector256<int> a) => a.GetLower() + a.GetUpper();

    // The four sums of four vectors of four.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Joined(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d) =>
        Ssse3.HorizontalAdd(Ssse3.HorizontalAdd(a, b), Ssse3.HorizontalAdd(c, d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Total(Vector128<int> a) => a[0] + a[1] + (a[2] + a[3]);
}
