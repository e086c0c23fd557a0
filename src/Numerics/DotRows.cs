using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Euterpe.Numerics;

/// <summary>
/// Dot products of one vector with many rows: <c>lane[j] = fma over k = j, j + 16, j + 32 ... in order</c>, then the fixed tree of 16 lanes
/// (<c>j + 8</c>, <c>j + 4</c>, <c>j + 2</c>, <c>j + 1</c>). The same bits at any vector width.
/// </summary>
[Experimental("EUTERPE001")]
public static class DotRows
{
    /// <summary>scores[r] = query . rows[r]; <paramref name="rows"/> is [scores.Length, query.Length], row-major.</summary>
    public static void Multiply(ReadOnlySpan<float> query, ReadOnlySpan<float> rows, Span<float> scores)
    {
        if ((long)query.Length * scores.Length != rows.Length)
        {
            throw new ShapeException($"[dot rows] The rows must hold scores x query numbers: the query has {query.Length}, "
                + $"there are {scores.Length} scores, the rows hold {rows.Length}.");
        }

        if (Vector512.IsHardwareAccelerated)
            Wide(query, rows, scores);
        else if (Vector256.IsHardwareAccelerated)
            Half(query, rows, scores);
        else
            Reference(query, rows, scores);
    }

    /// <summary>The definition.</summary>
    public static void Reference(ReadOnlySpan<float> query, ReadOnlySpan<float> rows, Span<float> scores)
    {
        Span<float> lanes = stackalloc float[16];
        for (int r = 0; r < scores.Length; r++)
        {
            lanes.Clear();
            Tail(query, rows.Slice(r * query.Length, query.Length), 0, lanes);
            scores[r] = Tree(lanes);
        }
    }

    // Two rows at once: enough independent chains to hide the latency of fma beside the reads.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide(ReadOnlySpan<float> query, ReadOnlySpan<float> rows, Span<float> scores)
    {
        int length = query.Length, whole = length & ~15;
        Span<float> lanes = stackalloc float[16];
        ref float q = ref MemoryMarshal.GetReference(query);
        for (int r = 0; r < scores.Length; r += 2)
        {
            bool pair = r + 1 < scores.Length;
            ref float first = ref MemoryMarshal.GetReference(rows[(r * length)..]);
            ref float second = ref pair ? ref Unsafe.Add(ref first, length) : ref first;
            Vector512<float> a = default, b = default;
            for (int k = 0; k < whole; k += 16)
            {
                Vector512<float> x = Vector512.LoadUnsafe(ref q, (nuint)k);
                a = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref first, (nuint)k), a);
                b = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref second, (nuint)k), b);
            }

            a.CopyTo(lanes);
            Tail(query, rows.Slice(r * length, length), whole, lanes);
            scores[r] = Tree(lanes);
            if (!pair)
                break;
            b.CopyTo(lanes);
            Tail(query, rows.Slice((r + 1) * length, length), whole, lanes);
            scores[r + 1] = Tree(lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Half(ReadOnlySpan<float> query, ReadOnlySpan<float> rows, Span<float> scores)
    {
        int length = query.Length, whole = length & ~15;
        Span<float> lanes = stackalloc float[16];
        ref float q = ref MemoryMarshal.GetReference(query);
        for (int r = 0; r < scores.Length; r++)
        {
            ref float row = ref MemoryMarshal.GetReference(rows[(r * length)..]);
            Vector256<float> low = default, high = default;
            for (int k = 0; k < whole; k += 16)
            {
                low = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref q, (nuint)k), Vector256.LoadUnsafe(ref row, (nuint)k), low);
                high = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref q, (nuint)k + 8), Vector256.LoadUnsafe(ref row, (nuint)k + 8), high);
            }

            low.CopyTo(lanes);
            high.CopyTo(lanes[8..]);
            Tail(query, rows.Slice(r * length, length), whole, lanes);
            scores[r] = Tree(lanes);
        }
    }

    private static void Tail(ReadOnlySpan<float> query, ReadOnlySpan<float> row, int from, Span<float> lanes)
    {
        for (int k = from; k < query.Length; k++)
            lanes[k & 15] = MathF.FusedMultiplyAdd(query[k], row[k], lanes[k & 15]);
    }

    private static float Tree(Span<float> lanes)
    {
        for (int half = 8; half > 0; half /= 2)
        {
            for (int j = 0; j < half; j++)
                lanes[j] += lanes[j + half];
        }

        return lanes[0];
    }
}
