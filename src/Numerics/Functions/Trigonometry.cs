using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

public static partial class Functions
{
    // Up to here n * (pi / 2) in three parts is near enough; beyond, the reduction is exact and lane by lane.
    private const float LargeAngle = 65536f;

    /// <summary>Sine; beyond 65,536 by exact reduction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sin<T>(T x)
        where T : struct, ILanes<T>
    {
        T r = ReduceAngle(x, out T quadrant);
        T y = SinCos(r, quadrant);
        return T.Select(T.Equal(x, T.Of(0f)), x, y);
    }

    /// <summary>Cosine; beyond 65,536 by exact reduction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Cos<T>(T x)
        where T : struct, ILanes<T>
    {
        T r = ReduceAngle(x, out T quadrant);
        return SinCos(r, T.AddBits(quadrant, T.OfBits(1)));
    }

    // sin(r + quadrant * pi / 2).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T SinCos<T>(T r, T quadrant)
        where T : struct, ILanes<T>
    {
        T s = r * r;
        T p = T.Fma(T.Of(-0.0001951808517f), s, T.Of(0.008332188241f));
        p = T.Fma(p, s, T.Of(-0.1666665524f));
        T sin = T.Fma(p, s * r, r);
        T q = T.Fma(T.Of(2.446318831e-5f), s, T.Of(-0.001388761797f));
        q = T.Fma(q, s, T.Of(0.04166665301f));
        T cos = T.Fma(q, s * s, T.Fma(T.Of(-0.5f), s, T.Of(1f)));
        T odd = T.ShiftRightSigned(T.ShiftLeft(quadrant, 31), 31);
        T sign = T.ShiftLeft(T.ShiftRight(quadrant, 1), 31);
        return T.Select(odd, cos, sin) ^ sign;
    }

    // x = n * pi / 2 + r; quadrant holds n's low bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ReduceAngle<T>(T x, out T quadrant)
        where T : struct, ILanes<T>
    {
        T magic = T.Of(12582912f);
        T shifted = T.Fma(x, T.Of(0.636619772f), magic);
        T n = shifted - magic;
        T r = T.Fma(n, T.Of(-1.570796371f), x);
        r = T.Fma(n, T.Of(4.371138829e-8f), r);
        r = T.Fma(n, T.Of(1.71512451e-15f), r);
        quadrant = shifted;
        T large = T.Greater(T.Abs(x), T.Of(LargeAngle));
        if (T.Any(large))
        {
            ReduceLargeAngles(x, ref r, ref quadrant);
        }

        return r;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReduceLargeAngles<T>(T x, ref T r, ref T quadrant)
        where T : struct, ILanes<T>
    {
        Span<float> xs = stackalloc float[T.Width];
        Span<float> rs = stackalloc float[T.Width];
        Span<float> qs = stackalloc float[T.Width];
        T.Store(x, ref xs[0]);
        T.Store(r, ref rs[0]);
        T.Store(quadrant, ref qs[0]);
        for (int i = 0; i < xs.Length; i++)
        {
            float v = xs[i];
            if (float.IsFinite(v) && !(V1.Abs(new V1(v)).Value > LargeAngle))
            {
                continue;
            }

            // Infinity and NaN give NaN: x - x.
            int n = 0;
            rs[i] = float.IsFinite(v) ? (float)DoubleFunctions.ReduceAngle(v, out _, out n) : v - v;
            qs[i] = BitConverter.Int32BitsToSingle(n);
        }

        r = T.Load(ref rs[0]);
        quadrant = T.Load(ref qs[0]);
    }

    public static float Sin(float x) => Sin(new V1(x)).Value;

    public static float Cos(float x) => Cos(new V1(x)).Value;
}
