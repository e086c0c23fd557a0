using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Euterpe.Numerics;

/// <summary>Products of 8-bit rows that lie anywhere: what walks a graph. Whole numbers: exact, so every path gives the same.</summary>
public static unsafe partial class ByteRows
{
    /// <summary>
    /// dots[i] = query . rows[i], in steps: 16,129 times the dimension at most, so the dimension is below 133,000.
    /// </summary>
    /// <param name="query">A row less 128, <paramref name="stride"/> signed bytes, zeros behind its end.</param>
    /// <param name="sum">The sum of the query's steps.</param>
    /// <param name="rows">Addresses of rows.</param>
    public static void Dots(sbyte* query, int sum, byte** rows, int count, int stride, int* dots)
    {
        if (AvxVnni.IsSupported)
            PairsVnni(query, sum, rows, count, stride, dots);
        else if (Avx512BW.IsSupported)
            PairsWide(query, sum, rows, count, stride, dots);
        else if (Avx2.IsSupported)
            PairsHalf(query, sum, rows, count, stride, dots);
        else
            PairsReference(query, sum, rows, count, stride, dots);
    }

    /// <summary>The product of two rows in steps; <paramref name="sum"/> is that of b.</summary>
    public static int Dot(byte* a, byte* b, int sum, int stride)
    {
        if (AvxVnni.IsSupported)
            return DotVnni(a, b, sum, stride);
        return Avx2.IsSupported ? DotHalf(a, b, sum, stride) : DotReference(a, b, stride);
    }

    /// <summary>Asks for the lines of a row.</summary>
    public static void Prefetch(byte* row, int stride)
    {
        if (Sse.IsSupported)
        {
            for (int k = 0; k < stride; k += 64)
                Sse.Prefetch0(row + k);
        }
    }

    /// <summary>The definition.</summary>
    public static void PairsReference(sbyte* query, int sum, byte** rows, int count, int stride, int* dots)
    {
        for (int i = 0; i < count; i++)
        {
            int total = 0;
            for (int k = 0; k < stride; k++)
                total += query[k] * rows[i][k];
            dots[i] = total - (128 * sum);
        }
    }

    /// <summary>The definition.</summary>
    public static int DotReference(byte* a, byte* b, int stride)
    {
        int total = 0;
        for (int k = 0; k < stride; k++)
            total += (a[k] - 128) * (b[k] - 128);
        return total;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PairsVnni(sbyte* query, int sum, byte** rows, int count, int stride, int* dots)
    {
        // Two rows at once, and the next two are asked for meanwhile.
        int i = 0;
        for (int ahead = 0; ahead < Math.Min(2, count); ahead++)
            Prefetch(rows[ahead], stride);
        for (; i + 2 <= count; i += 2)
        {
            byte* first = rows[i], second = rows[i + 1];
            byte* next = rows[Math.Min(i + 2, count - 1)], after = rows[Math.Min(i + 3, count - 1)];
            Vector256<int> a = default, b = default, c = default, d = default;
            for (int k = 0; k < stride; k += 64)
            {
                Sse.Prefetch0(next + k);
                Sse.Prefetch0(after + k);
                Vector256<sbyte> low = Vector256.Load(query + k), high = Vector256.Load(query + k + 32);
                a = AvxVnni.MultiplyWideningAndAdd(a, Vector256.Load(first + k), low);
                b = AvxVnni.MultiplyWideningAndAdd(b, Vector256.Load(first + k + 32), high);
                c = AvxVnni.MultiplyWideningAndAdd(c, Vector256.Load(second + k), low);
                d = AvxVnni.MultiplyWideningAndAdd(d, Vector256.Load(second + k + 32), high);
            }

            dots[i] = Total(Fold(a + b)) - (128 * sum);
            dots[i + 1] = Total(Fold(c + d)) - (128 * sum);
        }

        if (i < count)
        {
            Vector256<int> a = default, b = default;
            for (int k = 0; k < stride; k += 64)
            {
                a = AvxVnni.MultiplyWideningAndAdd(a, Vector256.Load(rows[i] + k), Vector256.Load(query + k));
                b = AvxVnni.MultiplyWideningAndAdd(b, Vector256.Load(rows[i] + k + 32), Vector256.Load(query + k + 32));
            }

            dots[i] = Total(Fold(a + b)) - (128 * sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PairsWide(sbyte* query, int sum, byte** rows, int count, int stride, int* dots)
    {
        for (int i = 0; i < count; i++)
        {
            byte* row = rows[i];
            Prefetch(rows[Math.Min(i + 1, count - 1)], stride);
            Vector512<int> a = default, b = default;
            for (int k = 0; k < stride; k += 64)
            {
                a += Avx512BW.MultiplyAddAdjacent(
                    Avx512BW.ConvertToVector512Int16(Vector256.Load(row + k)), Avx512BW.ConvertToVector512Int16(Vector256.Load(query + k)));
                b += Avx512BW.MultiplyAddAdjacent(
                    Avx512BW.ConvertToVector512Int16(Vector256.Load(row + k + 32)), Avx512BW.ConvertToVector512Int16(Vector256.Load(query + k + 32)));
            }

            dots[i] = Total(Fold(a + b)) - (128 * sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void PairsHalf(sbyte* query, int sum, byte** rows, int count, int stride, int* dots)
    {
        for (int i = 0; i < count; i++)
        {
            byte* row = rows[i];
            Prefetch(rows[Math.Min(i + 1, count - 1)], stride);
            Vector256<int> a = default, b = default;
            for (int k = 0; k < stride; k += 32)
            {
                a += Avx2.MultiplyAddAdjacent(
                    Avx2.ConvertToVector256Int16(Vector128.Load(row + k)), Avx2.ConvertToVector256Int16(Vector128.Load(query + k)));
                b += Avx2.MultiplyAddAdjacent(
                    Avx2.ConvertToVector256Int16(Vector128.Load(row + k + 16)), Avx2.ConvertToVector256Int16(Vector128.Load(query + k + 16)));
            }

            dots[i] = Total(Fold(a + b)) - (128 * sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int DotVnni(byte* a, byte* b, int sum, int stride)
    {
        Vector256<byte> flip = Vector256.Create((byte)128);
        Vector256<int> x = default, y = default;
        for (int k = 0; k < stride; k += 64)
        {
            x = AvxVnni.MultiplyWideningAndAdd(x, Vector256.Load(a + k), (Vector256.Load(b + k) ^ flip).AsSByte());
            y = AvxVnni.MultiplyWideningAndAdd(y, Vector256.Load(a + k + 32), (Vector256.Load(b + k + 32) ^ flip).AsSByte());
        }

        return Total(Fold(x + y)) - (128 * sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int DotHalf(byte* a, byte* b, int sum, int stride)
    {
        Vector256<short> middle = Vector256.Create((short)128);
        Vector256<int> x = default;
        for (int k = 0; k < stride; k += 16)
        {
            x += Avx2.MultiplyAddAdjacent(
                Avx2.ConvertToVector256Int16(Vector128.Load(a + k)), Avx2.ConvertToVector256Int16(Vector128.Load(b + k)) - middle);
        }

        return Total(Fold(x)) - (128 * sum);
    }
}
