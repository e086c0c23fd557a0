using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>What becomes of one bin of a spectrum.</summary>
internal unsafe interface IBinSink<T, S>
    where T : unmanaged, ITransformLanes<T, S>
    where S : unmanaged
{
    static abstract void Put(S* output, int lane, int bin, T re, T im);
}

internal readonly unsafe struct ComplexBin<T, S> : IBinSink<T, S>
    where T : unmanaged, ITransformLanes<T, S>
    where S : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(S* output, int lane, int bin, T re, T im)
    {
        S* at = output + ((nint)2 * lane * bin);
        T.Store(re, at);
        T.Store(im, at + lane);
    }
}

/// <summary>re² + im².</summary>
internal readonly unsafe struct PowerBin<T, S> : IBinSink<T, S>
    where T : unmanaged, ITransformLanes<T, S>
    where S : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(S* output, int lane, int bin, T re, T im) =>
        T.Store(T.MultiplyAdd(re, re, im * im), output + ((nint)lane * bin));
}

/// <summary>The root of re² + im².</summary>
internal readonly unsafe struct MagnitudeBin<T, S> : IBinSink<T, S>
    where T : unmanaged, ITransformLanes<T, S>
    where S : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put(S* output, int lane, int bin, T re, T im) =>
        T.Store(T.Sqrt(T.MultiplyAdd(re, re, im * im)), output + ((nint)lane * bin));
}

/// <summary>The non-negative frequencies of real transforms.</summary>
internal static unsafe class RealSplit<T, S, TSink>
    where T : unmanaged, ITransformLanes<T, S>
    where S : unmanaged
    where TSink : struct, IBinSink<T, S>
{
    /// <summary>
    /// z holds the transform, in the plan's order, of n / 2 elements that are neighbouring samples (even ones real, odd ones imaginary):
    /// X[k] = (Z[k] + conj Z[h-k]) / 2 - i exp(-i pi k / h) (Z[k] - conj Z[h-k]) / 2, and X[h-k] from the same two.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Even(FftPlan<S> half, S* z, int lane, S* output)
    {
        int h = half.Length;
        T zr = T.Load(z), zi = T.Load(z + lane), zero = T.Of(0.0), p5 = T.Of(0.5), m5 = T.Of(-0.5);
        TSink.Put(output, lane, 0, zr + zi, zero);
        TSink.Put(output, lane, h, zr - zi, zero);
        fixed (int* position = half.Position)
        {
            fixed (S* turns = half.Halves)
            {
                for (int k = 1; k < h - k; k++)
                {
                    S* a = z + ((nint)2 * lane * position[k]), b = z + ((nint)2 * lane * position[h - k]);
                    T ar = T.Load(a), ai = T.Load(a + lane), br = T.Load(b), bi = T.Load(b + lane);
                    T er = ar + br, ei = ai - bi, or = ar - br, oi = ai + bi;
                    T cosine = T.Of(turns[2 * k]), sine = T.Of(turns[(2 * k) + 1]);
                    T tr = T.MultiplySubtract(cosine, oi, sine * or), ti = T.MultiplyAdd(cosine, or, sine * oi);
                    TSink.Put(output, lane, k, T.MultiplyAdd(p5, er, tr), T.MultiplySubtract(p5, ei, ti));
                    TSink.Put(output, lane, h - k, T.MultiplySubtract(p5, er, tr), T.MultiplySubtract(m5, ei, ti));
                }
            }
            if (h % 2 == 0)
            {
                S* middle = z + ((nint)2 * lane * position[h / 2]);
                TSink.Put(output, lane, h / 2, T.Load(middle), zero - T.Load(middle + lane));
            }
        }
    }

    /// <summary>z holds the whole transform, of n elements whose imaginary parts were zero.</summary>
    public static void Odd(FftPlan<S> whole, S* z, int lane, S* output)
    {
        for (int k = 0; k <= whole.Length / 2; k++)
        {
            S* a = z + ((nint)2 * lane * whole.Position[k]);
            TSink.Put(output, lane, k, T.Load(a), T.Load(a + lane));
        }
    }
}
