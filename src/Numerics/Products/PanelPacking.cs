using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Euterpe.Numerics;

/// <summary>Brings a block of a plain matrix into the layout of a panel: [k][width], missing columns zero.</summary>
internal static unsafe class PanelPacking
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack(float* from, long rowStride, long columnStride, int k, int valid, int width, float* panel)
    {
        if (columnStride == 1)
        {
            for (int i = 0; i < k; i++)
            {
                new ReadOnlySpan<float>(from + (i * rowStride), valid).CopyTo(new Span<float>(panel + (i * width), valid));
                new Span<float>(panel + (i * width) + valid, width - valid).Clear();
            }

            return;
        }

        int j = 0;
        if (rowStride == 1)
        {
            for (; j + 4 <= valid; j += 4)
                Transpose(from + (j * columnStride), columnStride, k, panel + j, width);
        }

        for (; j < valid; j++)
        {
            for (int i = 0; i < k; i++)
                panel[(i * width) + j] = from[(i * rowStride) + (j * columnStride)];
        }

        for (; j < width; j++)
        {
            for (int i = 0; i < k; i++)
                panel[(i * width) + j] = 0;
        }
    }

    // Four columns, each contiguous in k, four k at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* from, long stride, int k, float* panel, int width)
    {
        float* c0 = from, c1 = from + stride, c2 = c1 + stride, c3 = c2 + stride;
        int i = 0;
        for (; i + 4 <= k; i += 4, panel += 4 * width)
        {
            Vector128<float> x0 = Vector128.Load(c0 + i), x1 = Vector128.Load(c1 + i), x2 = Vector128.Load(c2 + i), x3 = Vector128.Load(c3 + i);
            Vector128<float> low01 = Low(x0, x1), high01 = High(x0, x1), low23 = Low(x2, x3), high23 = High(x2, x3);
            Vector128.Store(Vector128.Create(low01.GetLower(), low23.GetLower()), panel);
            Vector128.Store(Vector128.Create(low01.GetUpper(), low23.GetUpper()), panel + width);
            Vector128.Store(Vector128.Create(high01.GetLower(), high23.GetLower()), panel + (2 * width));
            Vector128.Store(Vector128.Create(high01.GetUpper(), high23.GetUpper()), panel + (3 * width));
        }

        for (; i < k; i++, panel += width)
        {
            panel[0] = c0[i];
            panel[1] = c1[i];
            panel[2] = c2[i];
            panel[3] = c3[i];
        }
    }

    private static Vector128<float> Low(Vector128<float> x, Vector128<float> y)
    {
        return System.Runtime.Intrinsics.X86.Sse.IsSupported
            ? System.Runtime.Intrinsics.X86.Sse.UnpackLow(x, y)
            : Vector128.Create(x[0], y[0], x[1], y[1]);
    }

    private static Vector128<float> High(Vector128<float> x, Vector128<float> y)
    {
        return System.Runtime.Intrinsics.X86.Sse.IsSupported
            ? System.Runtime.Intrinsics.X86.Sse.UnpackHigh(x, y)
            : Vector128.Create(x[2], y[2], x[3], y[3]);
    }
}
