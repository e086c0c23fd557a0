using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Euterpe.Numerics;

/// <summary>
/// Sixteen frames of a signal side by side: row i of the target is sample i of each frame, times the window. Moving does not round, so all paths
/// agree.
/// </summary>
internal static unsafe class FrameGather
{
    public const int Lanes = 16;

    /// <summary>Rows samples of count frames, hop apart; lanes beyond count become zero.</summary>
    public static void Run(float* source, nint hop, int count, int rows, float* window, float* target, int level)
    {
        int done = count < Lanes ? 0 : level == 16 && Avx512F.IsSupported ? By16(source, hop, rows, window, target)
            : level >= 8 && Avx.IsSupported ? By8(source, hop, rows, window, target) : 0;
        for (int i = done; i < rows; i++)
        {
            float* row = target + (i * Lanes);
            float factor = window[i];
            for (int lane = 0; lane < Lanes; lane++)
            {
                row[lane] = lane < count ? source[(lane * hop) + i] * factor : 0f;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int By16(float* source, nint hop, int rows, float* window, float* target)
    {
        int i = 0;
        Vector512<float>* columns = stackalloc Vector512<float>[16];
        for (; i + 16 <= rows; i += 16)
        {
            for (int four = 0; four < 4; four++)
            {
                float* a = source + (4 * four * hop) + i;
                Vector512<float> r0 = Vector512.Load(a), r1 = Vector512.Load(a + hop);
                Vector512<float> r2 = Vector512.Load(a + (2 * hop)), r3 = Vector512.Load(a + (3 * hop));
                Vector512<double> low01 = Avx512F.UnpackLow(r0, r1).AsDouble(), high01 = Avx512F.UnpackHigh(r0, r1).AsDouble();
                Vector512<double> low23 = Avx512F.UnpackLow(r2, r3).AsDouble(), high23 = Avx512F.UnpackHigh(r2, r3).AsDouble();
                columns[four] = Avx512F.UnpackLow(low01, low23).AsSingle();
                columns[4 + four] = Avx512F.UnpackHigh(low01, low23).AsSingle();
                columns[8 + four] = Avx512F.UnpackLow(high01, high23).AsSingle();
                columns[12 + four] = Avx512F.UnpackHigh(high01, high23).AsSingle();
            }
            for (int c = 0; c < 4; c++)
            {
                Vector512<float>* u = columns + (4 * c);
                Vector512<float> v0 = Avx512F.Shuffle4x128(u[0], u[1], 0x88), v1 = Avx512F.Shuffle4x128(u[0], u[1], 0xDD);
                Vector512<float> v2 = Avx512F.Shuffle4x128(u[2], u[3], 0x88), v3 = Avx512F.Shuffle4x128(u[2], u[3], 0xDD);
                float* row = target + ((i + c) * Lanes), w = window + i + c;
                (Avx512F.Shuffle4x128(v0, v2, 0x88) * Vector512.Create(w[0])).Store(row);
                (Avx512F.Shuffle4x128(v1, v3, 0x88) * Vector512.Create(w[4])).Store(row + (4 * Lanes));
                (Avx512F.Shuffle4x128(v0, v2, 0xDD) * Vector512.Create(w[8])).Store(row + (8 * Lanes));
                (Avx512F.Shuffle4x128(v1, v3, 0xDD) * Vector512.Create(w[12])).Store(row + (12 * Lanes));
            }
        }
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int By8(float* source, nint hop, int rows, float* window, float* target)
    {
        int i = 0;
        for (; i + 8 <= rows; i += 8)
        {
            for (int half = 0; half < 2; half++)
            {
                float* a = source + (8 * half * hop) + i;
                Vector256<float> r0 = Vector256.Load(a), r1 = Vector256.Load(a + hop);
                Vector256<float> r2 = Vector256.Load(a + (2 * hop)), r3 = Vector256.Load(a + (3 * hop));
                Vector256<float> r4 = Vector256.Load(a + (4 * hop)), r5 = Vector256.Load(a + (5 * hop));
                Vector256<float> r6 = Vector256.Load(a + (6 * hop)), r7 = Vector256.Load(a + (7 * hop));
                Fours(r0, r1, r2, r3, out Vector256<float> a0, out Vector256<float> a1, out Vector256<float> a2, out Vector256<float> a3);
                Fours(r4, r5, r6, r7, out Vector256<float> b0, out Vector256<float> b1, out Vector256<float> b2, out Vector256<float> b3);
                float* row = target + (i * Lanes) + (8 * half), w = window + i;
                Pair(a0, b0, row, w);
                Pair(a1, b1, row + Lanes, w + 1);
                Pair(a2, b2, row + (2 * Lanes), w + 2);
                Pair(a3, b3, row + (3 * Lanes), w + 3);
            }
        }
        return i;
    }

    /// <summary>Of four frames: sample c of each in the lower half of out c, sample 4 + c in the upper.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fours(Vector256<float> r0, Vector256<float> r1, Vector256<float> r2, Vector256<float> r3,
        out Vector256<float> c0, out Vector256<float> c1, out Vector256<float> c2, out Vector256<float> c3)
    {
        Vector256<double> low01 = Avx.UnpackLow(r0, r1).AsDouble(), high01 = Avx.UnpackHigh(r0, r1).AsDouble();
        Vector256<double> low23 = Avx.UnpackLow(r2, r3).AsDouble(), high23 = Avx.UnpackHigh(r2, r3).AsDouble();
        (c0, c1) = (Avx.UnpackLow(low01, low23).AsSingle(), Avx.UnpackHigh(low01, low23).AsSingle());
        (c2, c3) = (Avx.UnpackLow(high01, high23).AsSingle(), Avx.UnpackHigh(high01, high23).AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pair(Vector256<float> a, Vector256<float> b, float* row, float* w)
    {
        (Avx.Permute2x128(a, b, 0x20) * Vector256.Create(w[0])).Store(row);
        (Avx.Permute2x128(a, b, 0x31) * Vector256.Create(w[4])).Store(row + (4 * Lanes));
    }
}
