using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>
/// Softmax and log-softmax of rows: m = max(x), e = exp(x - m), s = the sum of e (sixteen lanes, one tree), y = e * (1 / s); log-softmax is
/// (x - m) - log(s). A row that is all -infinity, or holds NaN or +infinity, gives NaN, as torch does.
/// </summary>
[Experimental("EUTERPE001")]
public static class SoftmaxKernel
{
    /// <summary>Each of the rows of x, one behind the other; y may be x.</summary>
    public static void Rows(ReadOnlySpan<float> x, Span<float> y, int rows, int columns)
    {
        Check("softmax", x.Length, y.Length, rows, columns);
        for (int row = 0; row < rows; row++)
        {
            Row(x.Slice(row * columns, columns), y.Slice(row * columns, columns));
        }
    }

    /// <summary>Log-softmax of each row; y may be x.</summary>
    public static void LogRows(ReadOnlySpan<float> x, Span<float> y, int rows, int columns)
    {
        Check("log_softmax", x.Length, y.Length, rows, columns);
        for (int row = 0; row < rows; row++)
        {
            LogRow(x.Slice(row * columns, columns), y.Slice(row * columns, columns));
        }
    }

    /// <summary>One row; y may be x.</summary>
    public static void Row(ReadOnlySpan<float> x, Span<float> y)
    {
        if (V16.IsAccelerated)
        {
            RowAt<V16>(x, y, false);
        }
        else if (V8.IsAccelerated)
        {
            RowAt<Pair<V8>>(x, y, false);
        }
        else
        {
            Reference(x, y);
        }
    }

    private static void LogRow(ReadOnlySpan<float> x, Span<float> y)
    {
        if (V16.IsAccelerated)
        {
            RowAt<V16>(x, y, true);
        }
        else if (V8.IsAccelerated)
        {
            RowAt<Pair<V8>>(x, y, true);
        }
        else
        {
            LogReference(x, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowAt<W>(ReadOnlySpan<float> x, Span<float> y, bool log)
        where W : struct, ILanes<W>
    {
        ref float px = ref MemoryMarshal.GetReference(x);
        ref float py = ref MemoryMarshal.GetReference(y);
        int whole = x.Length & ~15;
        int rest = x.Length - whole;
        W lanesOfNothing = W.Of(float.NegativeInfinity);
        W lanes = lanesOfNothing;
        W last = lanes;
        for (int i = 0; i < whole; i += 16)
        {
            lanes = W.Max(W.Load(ref Unsafe.Add(ref px, i)), lanes);
        }

        if (rest > 0)
        {
            last = W.LoadPart(ref Unsafe.Add(ref px, whole), rest, lanesOfNothing);
            lanes = W.Max(last, lanes);
        }

        // NaN is not a maximum, but its exponential is NaN and so is the sum.
        float max = W.FoldMax(lanes);
        W m = W.Of(max);
        W sum = W.Of(0f);
        for (int i = 0; i < whole; i += 16)
        {
            W d = W.Load(ref Unsafe.Add(ref px, i)) - m;
            W e = Functions.ExpNegative(d);
            sum += e;
            W.Store(log ? d : e, ref Unsafe.Add(ref py, i));
        }

        if (rest > 0)
        {
            // Lanes behind the row: -infinity - max, whose exponential is 0 (or NaN, where the row is all -infinity and NaN anyway).
            last -= m;
            W e = Functions.ExpNegative(last);
            sum += e;
            last = log ? last : e;
        }

        float s = W.FoldSum(sum);
        if (log)
        {
            W shift = W.Of(Functions.Log(s));
            for (int i = 0; i < whole; i += 16)
            {
                W.Store(W.Load(ref Unsafe.Add(ref py, i)) - shift, ref Unsafe.Add(ref py, i));
            }

            last -= shift;
        }
        else
        {
            W scale = W.Of(1f / s);
            for (int i = 0; i < whole; i += 16)
            {
                W.Store(W.Load(ref Unsafe.Add(ref py, i)) * scale, ref Unsafe.Add(ref py, i));
            }

            last *= scale;
        }

        if (rest > 0)
        {
            W.StorePart(last, ref Unsafe.Add(ref py, whole), rest);
        }
    }

    /// <summary>The definition, in plain loops.</summary>
    public static void Reference(ReadOnlySpan<float> x, Span<float> y)
    {
        float max = MaxOfNumbers(x);
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = Functions.Exp(x[i] - max);
        }

        float scale = 1f / Reductions.Reference.Sum(y);
        for (int i = 0; i < x.Length; i++)
        {
            y[i] *= scale;
        }
    }

    /// <summary>The definition of log-softmax, in plain loops.</summary>
    public static void LogReference(ReadOnlySpan<float> x, Span<float> y)
    {
        float max = MaxOfNumbers(x);
        float[] e = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = x[i] - max;
            e[i] = Functions.Exp(y[i]);
        }

        float shift = Functions.Log(Reductions.Reference.Sum(e));
        for (int i = 0; i < x.Length; i++)
        {
            y[i] -= shift;
        }
    }

    private static float MaxOfNumbers(ReadOnlySpan<float> x)
    {
        float max = float.NegativeInfinity;
        foreach (float v in x)
        {
            max = v > max ? v : max;
        }

        return max;
    }

    internal static void Check(string operation, int x, int y, int rows, int columns)
    {
        if (rows < 0 || columns < 0 || (long)rows * columns != x || x != y)
        {
            throw new ShapeException($"[{operation}] {rows} rows of {columns} need {(long)rows * columns} values: x has {x}, y has {y}.");
        }
    }
}
