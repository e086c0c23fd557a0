using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
        if (rowStride == 1 && Avx.IsSupported)
        {
            for (; j + 8 <= valid; j += 8)
                Transpose(from + (j * columnStride), (nint)columnStride, k, panel + j, width);
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

    /// <summary>f32 to bf16, nearest even, in the order of a packed row: of each 16, j below and j + 8 above in 32 bits. count is a multiple of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compress(float* from, int count, ushort* to)
    {
        for (int j = 0; j < count; j += 16)
        {
            if (Vector256.IsHardwareAccelerated)
            {
                Vector256<uint> low = Bf16.Round(Vector256.Load(from + j)), high = Bf16.Round(Vector256.Load(from + j + 8));
                Vector256.Store(low | Vector256.ShiftLeft(high, 16), (uint*)(to + j));
                continue;
            }

            for (int i = 0; i < 16; i++)
                to[j + Panels.BrainSlot(i)] = Bf16.FromFloat(from[j + i]);
        }
    }

    // Eight columns, each contiguous in k, eight k at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(float* from, nint stride, int k, float* panel, nint width)
    {
        float* c0 = from, c1 = c0 + stride, c2 = c1 + stride, c3 = c2 + stride, c4 = c3 + stride, c5 = c4 + stride, c6 = c5 + stride, c7 = c6 + stride;
        nint i = 0;
        for (; i + 8 <= k; i += 8, panel += 8 * width)
        {
            Vector256<float> x0 = Vector256.Load(c0 + i), x1 = Vector256.Load(c1 + i), x2 = Vector256.Load(c2 + i), x3 = Vector256.Load(c3 + i);
            Vector256<float> x4 = Vector256.Load(c4 + i), x5 = Vector256.Load(c5 + i), x6 = Vector256.Load(c6 + i), x7 = Vector256.Load(c7 + i);
            Vector256<float> a0 = Avx.UnpackLow(x0, x1), a1 = Avx.UnpackHigh(x0, x1), a2 = Avx.UnpackLow(x2, x3), a3 = Avx.UnpackHigh(x2, x3);
            Vector256<float> a4 = Avx.UnpackLow(x4, x5), a5 = Avx.UnpackHigh(x4, x5), a6 = Avx.UnpackLow(x6, x7), a7 = Avx.UnpackHigh(x6, x7);
            Vector256<float> b0 = Avx.Shuffle(a0, a2, 0x44), b1 = Avx.Shuffle(a0, a2, 0xEE), b2 = Avx.Shuffle(a1, a3, 0x44), b3 = Avx.Shuffle(a1, a3, 0xEE);
            Vector256<float> b4 = Avx.Shuffle(a4, a6, 0x44), b5 = Avx.Shuffle(a4, a6, 0xEE), b6 = Avx.Shuffle(a5, a7, 0x44), b7 = Avx.Shuffle(a5, a7, 0xEE);
            float* to = panel;
            Vector256.Store(Avx.Permute2x128(b0, b4, 0x20), to);
            Vector256.Store(Avx.Permute2x128(b1, b5, 0x20), to += width);
            Vector256.Store(Avx.Permute2x128(b2, b6, 0x20), to += width);
            Vector256.Store(Avx.Permute2x128(b3, b7, 0x20), to += width);
            Vector256.Store(Avx.Permute2x128(b0, b4, 0x31), to += width);
            Vector256.Store(Avx.Permute2x128(b1, b5, 0x31), to += width);
            Vector256.Store(Avx.Permute2x128(b2, b6, 0x31), to += width);
            Vector256.Store(Avx.Permute2x128(b3, b7, 0x31), to + width);
        }

        for (; i < k; i++, panel += width)
        {
            panel[0] = c0[i];
            panel[1] = c1[i];
            panel[2] = c2[i];
            panel[3] = c3[i];
            panel[4] = c4[i];
            panel[5] = c5[i];
            panel[6] = c6[i];
            panel[7] = c7[i];
        }
    }
}
