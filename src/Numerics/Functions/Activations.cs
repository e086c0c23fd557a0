using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

[Experimental("EUTERPE001")]
public static partial class Functions
{
    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x)
        where T : struct, ILanes<T>
    {
        T e = ExpNegative(-T.Abs(x));
        return T.Select(T.GreaterOrEqual(x, T.Of(0f)), T.Of(1f), e) / (T.Of(1f) + e);
    }

    /// <summary>x * sigmoid(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Silu<T>(T x)
        where T : struct, ILanes<T> => x * Sigmoid(x);

    /// <summary>x * sigmoid(1.702 x): OpenAI's approximation of GELU.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T QuickGelu<T>(T x)
        where T : struct, ILanes<T> => x * Sigmoid(x * T.Of(1.702f));

    /// <summary>0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), written as x * sigmoid(2 ...), which is the same and does not cancel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T GeluTanh<T>(T x)
        where T : struct, ILanes<T>
    {
        T c = T.Fma(x * x, T.Of(0.0713548163f), T.Of(1.59576912f));
        return x * Sigmoid(x * c);
    }

    /// <summary>x * Phi(x), Phi the normal distribution: within 2 ulp where |result| is at least 1e-3, else within 1e-9; 0 at -infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gelu<T>(T x)
        where T : struct, ILanes<T>
    {
        T t = T.Min(T.Of(16f), T.Abs(x));
        T square = t * t;
        T far = T.Max(T.Of(0f), x) - NormalTail(t, square, t);
        return T.Select(T.Greater(T.Of(1f), t), x * NormalCentre(x, square), far);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T NormalDistribution<T>(T x)
        where T : struct, ILanes<T>
    {
        T t = T.Min(T.Of(16f), T.Abs(x));
        T square = t * t;
        T tail = NormalTail(t, square, T.Of(1f));
        T far = T.Select(T.Greater(x, T.Of(0f)), T.Of(1f) - tail, tail);
        return T.Select(T.Greater(T.Of(1f), t), NormalCentre(x, square), far);
    }

    // Phi(x) for |x| up to 1: 1/2 + x P(x^2), least maximum error 2^-28.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T NormalCentre<T>(T x, T square)
        where T : struct, ILanes<T>
    {
        T p = T.Fma(T.Of(-8.612462807e-6f), square, T.Of(0.0001161586697f));
        p = T.Fma(p, square, T.Of(-0.001189048053f));
        p = T.Fma(p, square, T.Of(0.009974538349f));
        p = T.Fma(p, square, T.Of(-0.06649058312f));
        p *= square;
        T half = T.Of(0.5f);
        T first = T.Of(0.3989422917f);

        // Below 0 the large terms cancel, and are taken first; above, nothing does, and the sum is rounded once.
        T below = T.Greater(T.Of(0f), x);
        return T.Fma(T.Select(below, p, p + first), x, T.Select(below, T.Fma(first, x, half), half));
    }

    // factor * Phi(-t) for t from 1 to 16: Phi(-t) = e^(-t^2 / 2) R(t). t^2 and R are carried in two parts; R is a polynomial of t - 2.25, exact.
    // Least maximum error 2^-28; where t is above 3.4 the weight falls as t * Phi(-t) does.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T NormalTail<T>(T t, T square, T factor)
        where T : struct, ILanes<T>
    {
        T d = t - T.Of(2.25f);
        T r = T.Fma(T.Of(-2.127832577e-9f), d, T.Of(1.606307443e-8f));
        r = T.Fma(r, d, T.Of(-5.633679123e-8f));
        r = T.Fma(r, d, T.Of(2.351880255e-7f));
        r = T.Fma(r, d, T.Of(-1.208930939e-6f));
        r = T.Fma(r, d, T.Of(5.443553619e-6f));
        r = T.Fma(r, d, T.Of(-2.29455909e-5f));
        r = T.Fma(r, d, T.Of(9.439107816e-5f));
        r = T.Fma(r, d, T.Of(-0.0003732111363f));
        r = T.Fma(r, d, T.Of(0.001406810596f));
        r = T.Fma(r, d, T.Of(-0.005031284876f));
        r = T.Fma(r, d, T.Of(0.01694735698f));
        r = T.Fma(r, d, T.Of(-0.05322542042f));
        T centre = T.Of(0.1536519378f);
        T high = T.Fma(r, d, centre);
        T low = T.Fma(r, d, centre - high);
        T lost = T.Fma(t, t, -square) * T.Of(-0.5f);
        T q = Power(square * T.Of(-0.5f), lost, out T n);
        return T.Scale(T.Fma(factor, high, factor * T.Fma(q, high, low)), n);
    }

    /// <summary>The derivative of <see cref="Gelu{T}"/>: Phi(x) + x times the normal density.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T GeluSlope<T>(T x)
        where T : struct, ILanes<T>
    {
        T density = T.Of(0.398942280f) * ExpNegative(x * x * T.Of(-0.5f));
        return T.Fma(T.Max(T.Of(-20f), T.Min(T.Of(20f), x)), density, NormalDistribution(x));
    }

    /// <summary>log(1 + e^x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Softplus<T>(T x)
        where T : struct, ILanes<T>
    {
        // log(u) + (e - (u - 1)) / u is log(1 + e), without what 1 + e lost. max(0, x) keeps a NaN.
        T e = ExpNegative(-T.Abs(x));
        T u = T.Of(1f) + e;
        T log1p = Log(u) + ((e - (u - T.Of(1f))) / u);
        return T.Max(T.Of(0f), x) + log1p;
    }

    /// <summary>x above 0, else alpha (e^x - 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Elu<T>(T x, T alpha)
        where T : struct, ILanes<T> => T.Select(T.Greater(x, T.Of(0f)), x, alpha * Expm1(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Relu<T>(T x)
        where T : struct, ILanes<T> => T.Max(T.Of(0f), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LeakyRelu<T>(T x, T slope)
        where T : struct, ILanes<T> => T.Select(T.Greater(x, T.Of(0f)), x, x * slope);

    public static float Sigmoid(float x) => Sigmoid(new V1(x)).Value;

    public static float Silu(float x) => Silu(new V1(x)).Value;

    public static float QuickGelu(float x) => QuickGelu(new V1(x)).Value;

    public static float GeluTanh(float x) => GeluTanh(new V1(x)).Value;

    public static float Gelu(float x) => Gelu(new V1(x)).Value;

    public static float Softplus(float x) => Softplus(new V1(x)).Value;

    public static float Elu(float x, float alpha = 1f) => Elu(new V1(x), new V1(alpha)).Value;

    public static float Relu(float x) => Relu(new V1(x)).Value;

    public static float LeakyRelu(float x, float slope) => LeakyRelu(new V1(x), new V1(slope)).Value;
}
