using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>
/// Reductions of float spans in one fixed order: sixteen lanes, element i in lane i modulo 16, then the upper half of the lanes is added to the lower half
/// until one is left. The bits do not depend on the machine. <see cref="Reference"/> is the same in plain loops.
/// </summary>
public static partial class Reductions
{
    /// <summary>The sum; 0 for nothing.</summary>
    public static float Sum(ReadOnlySpan<float> x) => V16.IsAccelerated
        ? SumAt<V16>(x)
        : V8.IsAccelerated ? SumAt<Pair<V8>>(x) : Reference.Sum(x);

    /// <summary>The sum of (x - center)^2, each added by a fused multiply-add.</summary>
    public static float SumOfSquares(ReadOnlySpan<float> x, float center = 0f) => V16.IsAccelerated
        ? SumOfSquaresAt<V16>(x, center)
        : V8.IsAccelerated ? SumOfSquaresAt<Pair<V8>>(x, center) : Reference.SumOfSquares(x, center);

    /// <summary>The sum of a * b, each added by a fused multiply-add.</summary>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length)
        {
            throw new ShapeException($"[dot] Both spans must have one length: found {a.Length} and {b.Length}.");
        }

        return V16.IsAccelerated ? DotAt<V16>(a, b) : V8.IsAccelerated ? DotAt<Pair<V8>>(a, b) : Reference.Dot(a, b);
    }

    /// <summary>The largest value, -infinity for nothing; a NaN anywhere gives NaN.</summary>
    public static float Max(ReadOnlySpan<float> x) => V16.IsAccelerated
        ? MaxAt<V16>(x)
        : V8.IsAccelerated ? MaxAt<Pair<V8>>(x) : Reference.Max(x);

    /// <summary>The smallest value, infinity for nothing; a NaN anywhere gives NaN.</summary>
    public static float Min(ReadOnlySpan<float> x) => V16.IsAccelerated
        ? MinAt<V16>(x)
        : V8.IsAccelerated ? MinAt<Pair<V8>>(x) : Reference.Min(x);

    /// <summary>The largest magnitude, 0 for nothing; a NaN anywhere gives NaN.</summary>
    public static float MaxAbs(ReadOnlySpan<float> x)
    {
        float max = Max(x);
        float min = Min(x);
        return x.Length == 0 ? 0f : float.IsNaN(max) ? max : MathF.Max(MathF.Abs(max), MathF.Abs(min));
    }

    /// <summary>The first place of the largest value; NaN counts as largest, as torch has it.</summary>
    public static int ArgMax(ReadOnlySpan<float> x)
    {
        if (x.Length == 0)
        {
            throw new ShapeException("[argmax] An empty span has no largest value.");
        }

        float max = Max(x);
        return float.IsNaN(max) ? x.IndexOfAnyNaN() : x.IndexOf(max);
    }

    private static int IndexOfAnyNaN(this ReadOnlySpan<float> x)
    {
        int i = 0;
        while (!float.IsNaN(x[i]))
        {
            i++;
        }

        return i;
    }

    /// <summary>Sum / count; NaN for nothing.</summary>
    public static float Mean(ReadOnlySpan<float> x) => Sum(x) / x.Length;

    /// <summary>The mean of (x - mean)^2; with unbiased, over count - 1.</summary>
    public static float Variance(ReadOnlySpan<float> x, bool unbiased = false) => SumOfSquares(x, Mean(x)) / (unbiased ? x.Length - 1 : x.Length);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float SumAt<W>(ReadOnlySpan<float> x)
        where W : struct, ILanes<W>
    {
        ref float p = ref MemoryMarshal.GetReference(x);
        W sum = W.Of(0f);
        int i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            sum += W.Load(ref Unsafe.Add(ref p, i));
        }

        if (i < x.Length)
        {
            sum += W.LoadPart(ref Unsafe.Add(ref p, i), x.Length - i, W.Of(0f));
        }

        return W.FoldSum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float SumOfSquaresAt<W>(ReadOnlySpan<float> x, float center)
        where W : struct, ILanes<W>
    {
        ref float p = ref MemoryMarshal.GetReference(x);
        W c = W.Of(center);
        W sum = W.Of(0f);
        int i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            W d = W.Load(ref Unsafe.Add(ref p, i)) - c;
            sum = W.Fma(d, d, sum);
        }

        if (i < x.Length)
        {
            W d = W.LoadPart(ref Unsafe.Add(ref p, i), x.Length - i, c) - c;
            sum = W.Fma(d, d, sum);
        }

        return W.FoldSum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float DotAt<W>(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
        where W : struct, ILanes<W>
    {
        ref float pa = ref MemoryMarshal.GetReference(a);
        ref float pb = ref MemoryMarshal.GetReference(b);
        W sum = W.Of(0f);
        int i = 0;
        for (; i + 16 <= a.Length; i += 16)
        {
            sum = W.Fma(W.Load(ref Unsafe.Add(ref pa, i)), W.Load(ref Unsafe.Add(ref pb, i)), sum);
        }

        if (i < a.Length)
        {
            W restA = W.LoadPart(ref Unsafe.Add(ref pa, i), a.Length - i, W.Of(0f));
            sum = W.Fma(restA, W.LoadPart(ref Unsafe.Add(ref pb, i), a.Length - i, W.Of(0f)), sum);
        }

        return W.FoldSum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float MaxAt<W>(ReadOnlySpan<float> x)
        where W : struct, ILanes<W>
    {
        ref float p = ref MemoryMarshal.GetReference(x);
        W max = W.Of(float.NegativeInfinity);
        W number = W.Equal(max, max);
        int i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            W v = W.Load(ref Unsafe.Add(ref p, i));
            number &= W.Equal(v, v);
            max = W.Max(v, max);
        }

        if (i < x.Length)
        {
            W v = W.LoadPart(ref Unsafe.Add(ref p, i), x.Length - i, W.Of(float.NegativeInfinity));
            number &= W.Equal(v, v);
            max = W.Max(v, max);
        }

        return W.Any(number ^ W.OfBits(-1)) ? float.NaN : W.FoldMax(max);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float MinAt<W>(ReadOnlySpan<float> x)
        where W : struct, ILanes<W>
    {
        ref float p = ref MemoryMarshal.GetReference(x);
        W max = W.Of(float.NegativeInfinity);
        W number = W.Equal(max, max);
        int i = 0;
        for (; i + 16 <= x.Length; i += 16)
        {
            W v = -W.Load(ref Unsafe.Add(ref p, i));
            number &= W.Equal(v, v);
            max = W.Max(v, max);
        }

        if (i < x.Length)
        {
            W v = -W.LoadPart(ref Unsafe.Add(ref p, i), x.Length - i, W.Of(float.PositiveInfinity));
            number &= W.Equal(v, v);
            max = W.Max(v, max);
        }

        return W.Any(number ^ W.OfBits(-1)) ? float.NaN : -W.FoldMax(max);
    }

    /// <summary>The definition, in plain loops; also the path where there are no vectors.</summary>
    public static class Reference
    {
        public static float Sum(ReadOnlySpan<float> x)
        {
            Span<float> lanes = stackalloc float[16];
            lanes.Clear();
            for (int i = 0; i < x.Length; i++)
            {
                lanes[i & 15] += x[i];
            }

            return Sixteen.Fold(lanes);
        }

        public static float SumOfSquares(ReadOnlySpan<float> x, float center = 0f)
        {
            Span<float> lanes = stackalloc float[16];
            lanes.Clear();
            for (int i = 0; i < x.Length; i++)
            {
                float d = x[i] - center;
                lanes[i & 15] = V1.FusedMultiplyAdd(d, d, lanes[i & 15]);
            }

            return Sixteen.Fold(lanes);
        }

        public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
        {
            Span<float> lanes = stackalloc float[16];
            lanes.Clear();
            for (int i = 0; i < a.Length; i++)
            {
                lanes[i & 15] = V1.FusedMultiplyAdd(a[i], b[i], lanes[i & 15]);
            }

            return Sixteen.Fold(lanes);
        }

        public static float Max(ReadOnlySpan<float> x)
        {
            // Which of two zeros wins is fixed by the lanes, too.
            Span<float> lanes = stackalloc float[16];
            lanes.Fill(float.NegativeInfinity);
            for (int i = 0; i < x.Length; i++)
            {
                if (float.IsNaN(x[i]))
                {
                    return float.NaN;
                }

                lanes[i & 15] = x[i] > lanes[i & 15] ? x[i] : lanes[i & 15];
            }

            for (int half = 8; half > 0; half /= 2)
            {
                for (int i = 0; i < half; i++)
                {
                    lanes[i] = lanes[i] > lanes[i + half] ? lanes[i] : lanes[i + half];
                }
            }

            return lanes[0];
        }

        public static float Min(ReadOnlySpan<float> x)
        {
            Span<float> negated = x.Length <= 1024 ? stackalloc float[x.Length] : new float[x.Length];
            for (int i = 0; i < x.Length; i++)
            {
                negated[i] = -x[i];
            }

            return -Max(negated);
        }
    }
}
