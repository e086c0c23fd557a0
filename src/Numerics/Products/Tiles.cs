using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Euterpe.Numerics;

/// <summary>Chooses the micro-kernel for a tile of up to 6 rows and one panel, by what the processor has.</summary>
internal static unsafe class Tiles
{
    public const int Rows = 6;

    /// <summary>Whether there is any fast path; otherwise the text itself runs, in plain loops.</summary>
    public static bool Accelerated => Fma.IsSupported && Vector256.IsHardwareAccelerated;

    /// <summary>One block of k for rows x width columns; <paramref name="width"/> is 16, 32 or 64, and all of it is written.</summary>
    public static void Run(
        PackedType type, int rows, int width, float* a, nint aStride, byte* panel, nint bStride, int k, float* c, nint cStride, bool first)
    {
        if (Vector512.IsHardwareAccelerated && width >= 32)
        {
            if (type == PackedType.F32)
                Kernels512F32.Run(rows, width, a, aStride, panel, bStride, k, c, cStride, first);
            else
                Kernels512Bf16.Run(rows, width, a, aStride, panel, bStride, k, c, cStride, first);
            return;
        }

        if (!Accelerated)
        {
            Plain(type, rows, width, a, aStride, panel, bStride, k, c, cStride, first);
            return;
        }

        int slice = Math.Min(width, rows == 1 ? 64 : rows == 2 ? 32 : 16);
        for (int j = 0; j < width; j += slice)
        {
            if (type == PackedType.F32)
                Kernels256F32.Run(rows, slice, a, aStride, panel + (j * 4), bStride, k, c + j, cStride, first);
            else
                Kernels256Bf16.Run(rows, slice, a, aStride, panel + (j * 2), bStride, k, c + j, cStride, first);
        }
    }

    /// <summary>Whether a panel of 32 columns and one of 16 behind it are one step: 16 alone cannot keep wide registers busy.</summary>
    public static bool Joins => Vector512.IsHardwareAccelerated;

    /// <summary>
    /// As <see cref="Run"/> for 48 columns in f32: <paramref name="panel"/> is at some row of a panel of 32 columns, <paramref name="narrow"/> at the
    /// same row of the panel of 16.
    /// </summary>
    public static void RunJoined(int rows, float* a, nint aStride, float* panel, float* narrow, int k, float* c, nint cStride, bool first)
    {
        Kernels512F32.Run(rows, 48, a, aStride, (byte*)panel, (nint)(narrow - panel), k, c, cStride, first);
    }

    /// <summary>
    /// As <see cref="Run"/>, where only <paramref name="valid"/> columns of the panel exist in c: the tile is made beside it and copied.
    /// </summary>
    [SkipLocalsInit]
    public static void RunEdge(
        PackedType type, int rows, int width, int valid, float* a, nint aStride, byte* panel, nint bStride, int k, float* c, nint cStride, bool first)
    {
        if (valid == width)
        {
            Run(type, rows, width, a, aStride, panel, bStride, k, c, cStride, first);
            return;
        }

        float* tile = stackalloc float[Rows * Panels.Width];
        if (!first)
        {
            for (int r = 0; r < rows; r++)
                new Span<float>(c + (r * cStride), valid).CopyTo(new Span<float>(tile + (r * width), valid));
        }

        Run(type, rows, width, a, aStride, panel, bStride, k, tile, width, first);
        for (int r = 0; r < rows; r++)
            new Span<float>(tile + (r * width), valid).CopyTo(new Span<float>(c + (r * cStride), valid));
    }

    // The text itself, where there are no vectors.
    private static void Plain(
        PackedType type, int rows, int width, float* a, nint aStride, byte* panel, nint bStride, int k, float* c, nint cStride, bool first)
    {
        for (int r = 0; r < rows; r++, a += aStride, c += cStride)
        {
            for (int j = 0; j < width; j++)
            {
                float s = 0;
                if (type == PackedType.F32)
                {
                    float* b = (float*)panel + j;
                    for (int i = 0; i < k; i++, b += bStride)
                        s = MathF.FusedMultiplyAdd(a[i], *b, s);
                }
                else
                {
                    ushort* b = (ushort*)panel + Panels.BrainSlot(j);
                    for (int i = 0; i < k; i++, b += bStride)
                        s = MathF.FusedMultiplyAdd(a[i], Bf16.ToFloat(*b), s);
                }

                c[j] = first ? s : c[j] + s;
            }
        }
    }
}
