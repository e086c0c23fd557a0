using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Euterpe.Numerics;

/// <summary>
/// <see cref="Functions.Gelu{T}"/> over a span, 32 values at a time: the same operations in the same order, so the same bits. Each constant is loaded
/// once for two vectors, as loads are what the one-vector form waits for.
/// </summary>
internal static unsafe class GeluKernel
{
    // R of NormalTail from the highest power on; ExpTail; P of NormalCentre.
    private static ReadOnlySpan<float> Tail =>
    [
        -2.127832577e-9f, 1.606307443e-8f, -5.633679123e-8f, 2.351880255e-7f, -1.208930939e-6f, 5.443553619e-6f, -2.29455909e-5f, 9.439107816e-5f,
        -0.0003732111363f, 0.001406810596f, -0.005031284876f, 0.01694735698f, -0.05322542042f,
    ];

    private static ReadOnlySpan<float> Power => [0.001383600524f, 0.008369152434f, 0.04166811332f, 0.1666651666f, 0.4999999404f];

    private static ReadOnlySpan<float> Centre => [-8.612462807e-6f, 0.0001161586697f, -0.001189048053f, 0.009974538349f, -0.06649058312f];

    public static bool IsAccelerated => Avx512F.IsSupported;

    /// <summary>y = gelu(x), for whole groups of 32; how many values that was. y may be x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Run(ReadOnlySpan<float> x, Span<float> y)
    {
        int whole = x.Length & ~31;
        fixed (float* from = x, to = y, tail = Tail, power = Power, centre = Centre)
        {
            for (int i = 0; i < whole; i += 32)
            {
                Vector512<float> x0 = Vector512.Load(from + i), x1 = Vector512.Load(from + i + 16), c = Vector512.Create(16f);
                Vector512<float> t0 = Avx512F.Min(c, Vector512.Abs(x0)), t1 = Avx512F.Min(c, Vector512.Abs(x1));
                Vector512<float> square0 = t0 * t0, square1 = t1 * t1;

                // NormalTail
                c = Vector512.Create(2.25f);
                Vector512<float> d0 = t0 - c, d1 = t1 - c, r0 = Vector512.Create(tail[0]), r1 = r0;
                c = Vector512.Create(tail[1]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);
                c = Vector512.Create(tail[2]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);
                c = Vector512.Create(tail[3]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);
                c = Vector512.Create(tail[4]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);
                c = Vector512.Create(tail[5]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);
                c = Vector512.Create(tail[6]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);
                c = Vector512.Create(tail[7]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);
                c = Vector512.Create(tail[8]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);
                c = Vector512.Create(tail[9]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);
                c = Vector512.Create(tail[10]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);
                c = Vector512.Create(tail[11]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);
                c = Vector512.Create(tail[12]);
                r0 = Fma(r0, d0, c);
                r1 = Fma(r1, d1, c);

                c = Vector512.Create(0.1536519378f);
                Vector512<float> high0 = Fma(r0, d0, c), high1 = Fma(r1, d1, c);
                Vector512<float> low0 = Fma(r0, d0, c - high0), low1 = Fma(r1, d1, c - high1);
                c = Vector512.Create(-0.5f);
                Vector512<float> lost0 = Fma(t0, t0, square0 ^ Vector512.Create(-0f)) * c, lost1 = Fma(t1, t1, square1 ^ Vector512.Create(-0f)) * c;

                // Power
                Vector512<float> e0 = square0 * c, e1 = square1 * c, magic = Vector512.Create(12582912f);
                c = Vector512.Create(1.44269504f);
                Vector512<float> n0 = Fma(e0, c, magic) - magic, n1 = Fma(e1, c, magic) - magic;
                c = Vector512.Create(-0.6931471825f);
                e0 = Fma(n0, c, e0);
                e1 = Fma(n1, c, e1);
                c = Vector512.Create(1.904654212e-9f);
                lost0 = Fma(n0, c, lost0);
                lost1 = Fma(n1, c, lost1);
                Vector512<float> s0 = e0 + lost0, s1 = e1 + lost1, p0 = Vector512.Create(power[0]), p1 = p0;
                c = Vector512.Create(power[1]);
                p0 = Fma(p0, s0, c);
                p1 = Fma(p1, s1, c);
                c = Vector512.Create(power[2]);
                p0 = Fma(p0, s0, c);
                p1 = Fma(p1, s1, c);
                c = Vector512.Create(power[3]);
                p0 = Fma(p0, s0, c);
                p1 = Fma(p1, s1, c);
                c = Vector512.Create(power[4]);
                p0 = Fma(p0, s0, c);
                p1 = Fma(p1, s1, c);

                Vector512<float> q0 = e0 + Fma(s0 * s0, p0, lost0), q1 = e1 + Fma(s1 * s1, p1, lost1);
                Vector512<float> zero = Vector512<float>.Zero;
                Vector512<float> far0 = Avx512F.Max(zero, x0) - Avx512F.Scale(Fma(t0, high0, t0 * Fma(q0, high0, low0)), n0);
                Vector512<float> far1 = Avx512F.Max(zero, x1) - Avx512F.Scale(Fma(t1, high1, t1 * Fma(q1, high1, low1)), n1);

                // NormalCentre
                p0 = p1 = Vector512.Create(centre[0]);
                c = Vector512.Create(centre[1]);
                p0 = Fma(p0, square0, c);
                p1 = Fma(p1, square1, c);
                c = Vector512.Create(centre[2]);
                p0 = Fma(p0, square0, c);
                p1 = Fma(p1, square1, c);
                c = Vector512.Create(centre[3]);
                p0 = Fma(p0, square0, c);
                p1 = Fma(p1, square1, c);
                c = Vector512.Create(centre[4]);
                p0 = Fma(p0, square0, c);
                p1 = Fma(p1, square1, c);

                p0 *= square0;
                p1 *= square1;
                Vector512<float> half = Vector512.Create(0.5f), first = Vector512.Create(0.3989422917f), one = Vector512.Create(1f);
                Vector512<float> below0 = Vector512.GreaterThan(zero, x0), below1 = Vector512.GreaterThan(zero, x1);
                p0 = Fma(Select(below0, p0, p0 + first), x0, Select(below0, Fma(first, x0, half), half));
                p1 = Fma(Select(below1, p1, p1 + first), x1, Select(below1, Fma(first, x1, half), half));
                Vector512.Store(Select(Vector512.GreaterThan(one, t0), x0 * p0, far0), to + i);
                Vector512.Store(Select(Vector512.GreaterThan(one, t1), x1 * p1, far1), to + i + 16);
            }
        }

        return whole;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Fma(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Avx512F.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Select(Vector512<float> mask, Vector512<float> yes, Vector512<float> no) =>
        Vector512.ConditionalSelect(mask, yes, no);
}
