using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>
/// One pass of an in-place decimation-in-frequency transform: in each block of r * m elements, for each p below m, the r elements p + m k become
/// their own transform of length r, the k-th multiplied by exp(-2 pi i p k / (r m)). Then m-long blocks remain. An element is a vector of real parts
/// and, one lane stride further on, one of imaginary parts. Twiddles: for p from 1, for k from 1: cosine and minus sine.
/// </summary>
internal static unsafe class Butterflies<T, S>
    where T : unmanaged, ITransformLanes<T, S>
    where S : unmanaged
{
    private readonly struct Plain;

    private readonly struct Turned;

    public static void Pass(int radix, S* x, int lane, int blocks, int m, S* twiddles, S* roots)
    {
        nint size = (nint)2 * lane * radix * m;
        for (int b = 0; b < blocks; b++, x += size)
        {
            switch (radix)
            {
                case 2: Two(x, lane, m, twiddles); break;
                case 3: Three(x, lane, m, twiddles, roots); break;
                case 4: Four(x, lane, m, twiddles); break;
                case 5: Five(x, lane, m, twiddles, roots); break;
                case 8: Eight(x, lane, m, twiddles); break;
                default: Odd(radix, x, lane, m, twiddles, roots); break;
            }
        }
    }

    /// <summary>The last pass: blocks of r neighbours, without twiddles.</summary>
    public static void Last(int radix, S* x, int lane, int blocks, S* roots)
    {
        nint element = (nint)2 * lane, size = element * radix;
        for (int b = 0; b < blocks; b++, x += size)
        {
            switch (radix)
            {
                case 2: Two<Plain>(x, element, lane, null); break;
                case 3: Three<Plain>(x, element, lane, null, roots); break;
                case 4: Four<Plain>(x, element, lane, null); break;
                case 5: Five<Plain>(x, element, lane, null, roots); break;
                case 8: Eight<Plain>(x, element, lane, null); break;
                default: Odd<Plain>(radix, x, element, lane, null, roots); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(S* x, int lane, int m, S* w)
    {
        nint step = (nint)2 * lane * m;
        Two<Plain>(x, step, lane, null);
        for (int p = 1; p < m; p++, w += 2)
        {
            Two<Turned>(x + ((nint)2 * lane * p), step, lane, w);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Three(S* x, int lane, int m, S* w, S* roots)
    {
        nint step = (nint)2 * lane * m;
        Three<Plain>(x, step, lane, null, roots);
        for (int p = 1; p < m; p++, w += 4)
        {
            Three<Turned>(x + ((nint)2 * lane * p), step, lane, w, roots);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(S* x, int lane, int m, S* w)
    {
        nint step = (nint)2 * lane * m;
        Four<Plain>(x, step, lane, null);
        for (int p = 1; p < m; p++, w += 6)
        {
            Four<Turned>(x + ((nint)2 * lane * p), step, lane, w);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Five(S* x, int lane, int m, S* w, S* roots)
    {
        nint step = (nint)2 * lane * m;
        Five<Plain>(x, step, lane, null, roots);
        for (int p = 1; p < m; p++, w += 8)
        {
            Five<Turned>(x + ((nint)2 * lane * p), step, lane, w, roots);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(S* x, int lane, int m, S* w)
    {
        nint step = (nint)2 * lane * m;
        Eight<Plain>(x, step, lane, null);
        for (int p = 1; p < m; p++, w += 14)
        {
            Eight<Turned>(x + ((nint)2 * lane * p), step, lane, w);
        }
    }

    private static void Odd(int radix, S* x, int lane, int m, S* w, S* roots)
    {
        nint step = (nint)2 * lane * m;
        Odd<Plain>(radix, x, step, lane, null, roots);
        for (int p = 1; p < m; p++, w += 2 * (radix - 1))
        {
            Odd<Turned>(radix, x + ((nint)2 * lane * p), step, lane, w, roots);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TKind>(S* at, int lane, T re, T im, S* w)
        where TKind : struct
    {
        if (typeof(TKind) == typeof(Turned))
        {
            T wr = T.Of(w[0]), wi = T.Of(w[1]);
            T.Store(T.MultiplySubtract(re, wr, im * wi), at);
            T.Store(T.MultiplyAdd(re, wi, im * wr), at + lane);
        }
        else
        {
            T.Store(re, at);
            T.Store(im, at + lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Two<TKind>(S* x, nint step, int lane, S* w)
        where TKind : struct
    {
        T ar = T.Load(x), ai = T.Load(x + lane), br = T.Load(x + step), bi = T.Load(x + step + lane);
        Put<Plain>(x, lane, ar + br, ai + bi, null);
        Put<TKind>(x + step, lane, ar - br, ai - bi, w);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Three<TKind>(S* x, nint step, int lane, S* w, S* roots)
        where TKind : struct
    {
        T ar = T.Load(x), ai = T.Load(x + lane);
        T br = T.Load(x + step), bi = T.Load(x + step + lane), cr = T.Load(x + (2 * step)), ci = T.Load(x + (2 * step) + lane);
        T cosine = T.Of(roots[2]), sine = T.Of(roots[3]);
        T sr = br + cr, si = bi + ci, dr = (br - cr) * sine, di = (bi - ci) * sine;
        T mr = T.MultiplyAdd(cosine, sr, ar), mi = T.MultiplyAdd(cosine, si, ai);
        Put<Plain>(x, lane, ar + sr, ai + si, null);
        Put<TKind>(x + step, lane, mr - di, mi + dr, w);
        Put<TKind>(x + (2 * step), lane, mr + di, mi - dr, w + 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four<TKind>(S* x, nint step, int lane, S* w)
        where TKind : struct
    {
        S* x1 = x + step, x2 = x1 + step, x3 = x2 + step;
        T ar = T.Load(x), ai = T.Load(x + lane), br = T.Load(x1), bi = T.Load(x1 + lane);
        T cr = T.Load(x2), ci = T.Load(x2 + lane), dr = T.Load(x3), di = T.Load(x3 + lane);
        T er = ar + cr, ei = ai + ci, fr = ar - cr, fi = ai - ci;
        T gr = br + dr, gi = bi + di, hr = br - dr, hi = bi - di;
        Put<Plain>(x, lane, er + gr, ei + gi, null);
        Put<TKind>(x1, lane, fr + hi, fi - hr, w);
        Put<TKind>(x2, lane, er - gr, ei - gi, w + 2);
        Put<TKind>(x3, lane, fr - hi, fi + hr, w + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Five<TKind>(S* x, nint step, int lane, S* w, S* roots)
        where TKind : struct
    {
        S* x1 = x + step, x2 = x1 + step, x3 = x2 + step, x4 = x3 + step;
        T c1 = T.Of(roots[2]), s1 = T.Of(roots[3]), c2 = T.Of(roots[4]), s2 = T.Of(roots[5]);
        T ar = T.Load(x), ai = T.Load(x + lane), br = T.Load(x1), bi = T.Load(x1 + lane), er = T.Load(x4), ei = T.Load(x4 + lane);
        T cr = T.Load(x2), ci = T.Load(x2 + lane), dr = T.Load(x3), di = T.Load(x3 + lane);
        T tr = br + er, ti = bi + ei, ur = br - er, ui = bi - ei;
        T vr = cr + dr, vi = ci + di, yr = cr - dr, yi = ci - di;
        Put<Plain>(x, lane, ar + (tr + vr), ai + (ti + vi), null);
        T mr = T.MultiplyAdd(c2, vr, T.MultiplyAdd(c1, tr, ar)), mi = T.MultiplyAdd(c2, vi, T.MultiplyAdd(c1, ti, ai));
        T nr = T.MultiplyAdd(s2, yr, s1 * ur), ni = T.MultiplyAdd(s2, yi, s1 * ui);
        Put<TKind>(x1, lane, mr - ni, mi + nr, w);
        Put<TKind>(x4, lane, mr + ni, mi - nr, w + 6);
        T or = T.MultiplyAdd(c1, vr, T.MultiplyAdd(c2, tr, ar)), oi = T.MultiplyAdd(c1, vi, T.MultiplyAdd(c2, ti, ai));
        T qr = T.MultiplySubtract(s2, ur, s1 * yr), qi = T.MultiplySubtract(s2, ui, s1 * yi);
        Put<TKind>(x2, lane, or - qi, oi + qr, w + 2);
        Put<TKind>(x3, lane, or + qi, oi - qr, w + 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Eight<TKind>(S* x, nint step, int lane, S* w)
        where TKind : struct
    {
        S* x1 = x + step, x2 = x1 + step, x3 = x2 + step, x4 = x3 + step, x5 = x4 + step, x6 = x5 + step, x7 = x6 + step;
        T ar = T.Load(x), ai = T.Load(x + lane), er = T.Load(x4), ei = T.Load(x4 + lane);
        T cr = T.Load(x2), ci = T.Load(x2 + lane), gr = T.Load(x6), gi = T.Load(x6 + lane);
        T p0r = ar + er, p0i = ai + ei, m0r = ar - er, m0i = ai - ei;
        T p2r = cr + gr, p2i = ci + gi, m2r = cr - gr, m2i = ci - gi;
        T br = T.Load(x1), bi = T.Load(x1 + lane), fr = T.Load(x5), fi = T.Load(x5 + lane);
        T dr = T.Load(x3), di = T.Load(x3 + lane), hr = T.Load(x7), hi = T.Load(x7 + lane);
        T p1r = br + fr, p1i = bi + fi, m1r = br - fr, m1i = bi - fi;
        T p3r = dr + hr, p3i = di + hi, m3r = dr - hr, m3i = di - hi;
        T half = T.Of(0.70710678118654752440);

        // Even outputs: the transform of length 4 of the sums.
        T s0r = p0r + p2r, s0i = p0i + p2i, s1r = p0r - p2r, s1i = p0i - p2i;
        T s2r = p1r + p3r, s2i = p1i + p3i, s3r = p1r - p3r, s3i = p1i - p3i;
        Put<Plain>(x, lane, s0r + s2r, s0i + s2i, null);
        Put<TKind>(x4, lane, s0r - s2r, s0i - s2i, w + 6);
        Put<TKind>(x2, lane, s1r + s3i, s1i - s3r, w + 2);
        Put<TKind>(x6, lane, s1r - s3i, s1i + s3r, w + 10);

        // Odd outputs: the differences, turned by eighths.
        T ur = m0r + m2i, ui = m0i - m2r, vr = m0r - m2i, vi = m0i + m2r;
        T kr = m1r + m3i, ki = m1i - m3r, lr = m1r - m3i, li = m1i + m3r;
        T jr = (kr + ki) * half, ji = (ki - kr) * half;          // k times exp(-i pi / 4)
        T nr = (li - lr) * half, ni = (lr + li) * half;          // minus l times exp(-3 i pi / 4) is (nr', ni') with both signs turned
        Put<TKind>(x1, lane, ur + jr, ui + ji, w);
        Put<TKind>(x5, lane, ur - jr, ui - ji, w + 8);
        Put<TKind>(x3, lane, vr + nr, vi - ni, w + 4);
        Put<TKind>(x7, lane, vr - nr, vi + ni, w + 12);
    }

    /// <summary>
    /// Any odd radix by its definition, with elements k and r - k joined; roots[2 j] and roots[2 j + 1] are cosine and minus sine of 2 pi j / r.
    /// </summary>
    [SkipLocalsInit]
    private static void Odd<TKind>(int radix, S* x, nint step, int lane, S* w, S* roots)
        where TKind : struct
    {
        int half = (radix - 1) / 2;
        T* sums = stackalloc T[4 * half];
        T ar = T.Load(x), ai = T.Load(x + lane), tr = ar, ti = ai;
        for (int k = 1; k <= half; k++)
        {
            S* b = x + (k * step), c = x + ((radix - k) * step);
            T br = T.Load(b), bi = T.Load(b + lane), cr = T.Load(c), ci = T.Load(c + lane);
            T* s = sums + (4 * (k - 1));
            (s[0], s[1], s[2], s[3]) = (br + cr, bi + ci, br - cr, bi - ci);
            (tr, ti) = (tr + s[0], ti + s[1]);
        }
        T.Store(tr, x);
        T.Store(ti, x + lane);
        for (int j = 1; j <= half; j++)
        {
            T mr = ar, mi = ai, nr = T.Of(0.0), ni = nr;
            for (int k = 1, turn = j; k <= half; k++, turn = (turn + j) % radix)
            {
                T* s = sums + (4 * (k - 1));
                T cosine = T.Of(roots[2 * turn]), sine = T.Of(roots[(2 * turn) + 1]);
                (mr, mi) = (T.MultiplyAdd(cosine, s[0], mr), T.MultiplyAdd(cosine, s[1], mi));
                (nr, ni) = (T.MultiplyAdd(sine, s[2], nr), T.MultiplyAdd(sine, s[3], ni));
            }
            Put<TKind>(x + (j * step), lane, mr - ni, mi + nr, w + (2 * (j - 1)));
            Put<TKind>(x + ((radix - j) * step), lane, mr + ni, mi - nr, w + (2 * (radix - j - 1)));
        }
    }
}
