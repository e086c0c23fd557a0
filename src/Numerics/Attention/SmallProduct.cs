using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Euterpe.Numerics;

/// <summary>
/// c[i, j] (+)= sum over k of a[i, k] * b[k, j], for small operands that are read where they lie: a with any two strides, the rows of b and c dense.
/// The sum is the text of a matrix product for one block of k: s = 0, then s = fma(a, b, s) in the order of k; add = false stores s, true stores c +
/// s. The number of columns must be a multiple of 16.
/// </summary>
internal static unsafe class SmallProduct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(int rows, int columns, int depth, float* a, long aRow, long aStep, float* b, long bRow, float* c, long cRow,
        bool add)
        where T : struct, ILanes<T>
    {
        int width = T.Width;
        int column = 0;
        for (; column + 2 * width <= columns; column += 2 * width)
        {
            int row = 0;
            if (width == 16)
            {
                for (; row + 8 <= rows; row += 8)
                {
                    Eight<T>(depth, a + row * aRow, aRow, aStep, b + column, bRow, c + row * cRow + column, cRow, add);
                }
            }
            for (; row + 4 <= rows; row += 4)
            {
                Four<T>(depth, a + row * aRow, aRow, aStep, b + column, bRow, c + row * cRow + column, cRow, add);
            }
            for (; row < rows; row++)
            {
                One<T>(depth, a + row * aRow, aStep, b + column, bRow, c + row * cRow + column, add);
            }
        }
        for (; column < columns; column += width)
        {
            int row = 0;
            for (; row + 8 <= rows; row += 8)
            {
                Narrow<T>(depth, a + row * aRow, aRow, aStep, b + column, bRow, c + row * cRow + column, cRow, add);
            }
            for (; row < rows; row++)
            {
                NarrowOne<T>(depth, a + row * aRow, aStep, b + column, bRow, c + row * cRow + column, add);
            }
        }
    }

    /// <summary>
    /// c = scale * (a x b), the rows of a dense; <paramref name="largest"/>: the maximum of each column. Eight rows at a
    /// time are scaled while they are in the first cache.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scores<T>(int rows, int columns, int depth, float* a, long aRow, float* b, long bRow, float* c, long cRow, float scale,
        float* largest)
        where T : struct, ILanes<T>
    {
        T factor = T.Of(scale);
        int width = T.Width;
        for (int column = 0, pair; column < columns; column += pair)
        {
            pair = column + 2 * width <= columns ? 2 * width : width;
            T first = T.Of(float.NegativeInfinity), second = first;
            for (int row = 0; row < rows; row += 8)
            {
                int count = Math.Min(8, rows - row);
                float* from = a + row * aRow, to = c + row * cRow + column;
                Ask(from + 8 * aRow, aRow, depth);
                Multiply<T>(count, pair, depth, from, aRow, 1, b + column, bRow, to, cRow, false);
                for (int r = 0; r < count; r++, to += cRow)
                {
                    T s = Load<T>(to) * factor;
                    T.Store(s, ref *to);
                    first = T.Max(s, first);
                    if (pair > width)
                    {
                        s = Load<T>(to + width) * factor;
                        T.Store(s, ref to[width]);
                        second = T.Max(s, second);
                    }
                }
            }
            T.Store(first, ref largest[column]);
            if (pair > width)
            {
                T.Store(second, ref largest[column + width]);
            }
        }
    }

    /// <summary>Asks for the next eight rows: where they lie far apart no processor foresees them.</summary>
    private static void Ask(float* rows, long stride, int depth)
    {
        for (int i = 0; Sse.IsSupported && i < 8; i++, rows += stride)
        {
            for (int k = 0; k < depth; k += 16)
            {
                Sse.Prefetch0(rows + k);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Load<T>(float* p) where T : struct, ILanes<T> => T.Load(ref *p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T>(float* c, T s, bool add) where T : struct, ILanes<T> => T.Store(add ? T.Load(ref *c) + s : s, ref *c);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight<T>(int depth, float* a, long aRow, long aStep, float* b, long bRow, float* c, long cRow, bool add)
        where T : struct, ILanes<T>
    {
        T zero = T.Of(0);
        T s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero, s30 = zero, s31 = zero;
        T s40 = zero, s41 = zero, s50 = zero, s51 = zero, s60 = zero, s61 = zero, s70 = zero, s71 = zero;
        float* a4 = a + 4 * aRow;
        long row2 = 2 * aRow, row3 = 3 * aRow;
        for (int k = 0; k < depth; k++)
        {
            T b0 = Load<T>(b), b1 = Load<T>(b + T.Width);
            T x = T.Of(a[0]);
            s00 = T.Fma(x, b0, s00);
            s01 = T.Fma(x, b1, s01);
            x = T.Of(a[aRow]);
            s10 = T.Fma(x, b0, s10);
            s11 = T.Fma(x, b1, s11);
            x = T.Of(a[row2]);
            s20 = T.Fma(x, b0, s20);
            s21 = T.Fma(x, b1, s21);
            x = T.Of(a[row3]);
            s30 = T.Fma(x, b0, s30);
            s31 = T.Fma(x, b1, s31);
            x = T.Of(a4[0]);
            s40 = T.Fma(x, b0, s40);
            s41 = T.Fma(x, b1, s41);
            x = T.Of(a4[aRow]);
            s50 = T.Fma(x, b0, s50);
            s51 = T.Fma(x, b1, s51);
            x = T.Of(a4[row2]);
            s60 = T.Fma(x, b0, s60);
            s61 = T.Fma(x, b1, s61);
            x = T.Of(a4[row3]);
            s70 = T.Fma(x, b0, s70);
            s71 = T.Fma(x, b1, s71);
            a += aStep;
            a4 += aStep;
            b += bRow;
        }
        int w = T.Width;
        Put(c, s00, add);
        Put(c + w, s01, add);
        c += cRow;
        Put(c, s10, add);
        Put(c + w, s11, add);
        c += cRow;
        Put(c, s20, add);
        Put(c + w, s21, add);
        c += cRow;
        Put(c, s30, add);
        Put(c + w, s31, add);
        c += cRow;
        Put(c, s40, add);
        Put(c + w, s41, add);
        c += cRow;
        Put(c, s50, add);
        Put(c + w, s51, add);
        c += cRow;
        Put(c, s60, add);
        Put(c + w, s61, add);
        c += cRow;
        Put(c, s70, add);
        Put(c + w, s71, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four<T>(int depth, float* a, long aRow, long aStep, float* b, long bRow, float* c, long cRow, bool add)
        where T : struct, ILanes<T>
    {
        T zero = T.Of(0);
        T s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero, s30 = zero, s31 = zero;
        for (int k = 0; k < depth; k++)
        {
            T b0 = Load<T>(b), b1 = Load<T>(b + T.Width);
            T x = T.Of(a[0]);
            s00 = T.Fma(x, b0, s00);
            s01 = T.Fma(x, b1, s01);
            x = T.Of(a[aRow]);
            s10 = T.Fma(x, b0, s10);
            s11 = T.Fma(x, b1, s11);
            x = T.Of(a[2 * aRow]);
            s20 = T.Fma(x, b0, s20);
            s21 = T.Fma(x, b1, s21);
            x = T.Of(a[3 * aRow]);
            s30 = T.Fma(x, b0, s30);
            s31 = T.Fma(x, b1, s31);
            a += aStep;
            b += bRow;
        }
        int w = T.Width;
        Put(c, s00, add);
        Put(c + w, s01, add);
        c += cRow;
        Put(c, s10, add);
        Put(c + w, s11, add);
        c += cRow;
        Put(c, s20, add);
        Put(c + w, s21, add);
        c += cRow;
        Put(c, s30, add);
        Put(c + w, s31, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<T>(int depth, float* a, long aStep, float* b, long bRow, float* c, bool add) where T : struct, ILanes<T>
    {
        T s0 = T.Of(0), s1 = s0;
        for (int k = 0; k < depth; k++, a += aStep, b += bRow)
        {
            T x = T.Of(a[0]);
            s0 = T.Fma(x, Load<T>(b), s0);
            s1 = T.Fma(x, Load<T>(b + T.Width), s1);
        }
        Put(c, s0, add);
        Put(c + T.Width, s1, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow<T>(int depth, float* a, long aRow, long aStep, float* b, long bRow, float* c, long cRow, bool add)
        where T : struct, ILanes<T>
    {
        T zero = T.Of(0);
        T s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
        float* a4 = a + 4 * aRow;
        for (int k = 0; k < depth; k++)
        {
            T b0 = Load<T>(b);
            s0 = T.Fma(T.Of(a[0]), b0, s0);
            s1 = T.Fma(T.Of(a[aRow]), b0, s1);
            s2 = T.Fma(T.Of(a[2 * aRow]), b0, s2);
            s3 = T.Fma(T.Of(a[3 * aRow]), b0, s3);
            s4 = T.Fma(T.Of(a4[0]), b0, s4);
            s5 = T.Fma(T.Of(a4[aRow]), b0, s5);
            s6 = T.Fma(T.Of(a4[2 * aRow]), b0, s6);
            s7 = T.Fma(T.Of(a4[3 * aRow]), b0, s7);
            a += aStep;
            a4 += aStep;
            b += bRow;
        }
        Put(c, s0, add);
        Put(c + cRow, s1, add);
        Put(c + 2 * cRow, s2, add);
        Put(c + 3 * cRow, s3, add);
        Put(c + 4 * cRow, s4, add);
        Put(c + 5 * cRow, s5, add);
        Put(c + 6 * cRow, s6, add);
        Put(c + 7 * cRow, s7, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void NarrowOne<T>(int depth, float* a, long aStep, float* b, long bRow, float* c, bool add) where T : struct, ILanes<T>
    {
        T s = T.Of(0);
        for (int k = 0; k < depth; k++, a += aStep, b += bRow)
        {
            s = T.Fma(T.Of(a[0]), Load<T>(b), s);
        }
        Put(c, s, add);
    }
}
