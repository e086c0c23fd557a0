using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

public static partial class Functions
{
    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x)
        where T : struct, ILanes<T>
    {
        T e = Exp(-T.Abs(x));
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

    /// <summary>
    /// x * Phi(x), Phi the normal distribution. Phi(-t) = e^(-t^2 / 2) R(t) with R a polynomial of u = 3 / (t + 3); t^2 is carried in two parts.
    /// Within 2 ulp where |result| is at least 1e-3, else within 1e-9.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gelu<T>(T x)
        where T : struct, ILanes<T>
    {
        T phi = NormalTail(T.Abs(x));
        T below = x * phi;
        return T.Select(T.Greater(x, T.Of(0f)), T.Fma(-x, phi, x), below);
    }

    /// <summary>The derivative of <see cref="Gelu{T}"/>: Phi(x) + x times the normal density.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T GeluSlope<T>(T x)
        where T : struct, ILanes<T>
    {
        T phi = NormalTail(T.Abs(x));
        T distribution = T.Select(T.Greater(x, T.Of(0f)), T.Of(1f) - phi, phi);
        T density = T.Of(0.398942280f) * Exp(x * x * T.Of(-0.5f));
        return T.Fma(T.Max(T.Of(-20f), T.Min(T.Of(20f), x)), density, distribution);
    }

    // Phi(-t) for t >= 0. Beyond 14 it is 0: the square stays small.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T NormalTail<T>(T t)
        where T : struct, ILanes<T>
    {
        t = T.Min(T.Of(14.5f), t);
        T square = t * t;
        T lost = T.Fma(t, t, -square);
        T u = T.Of(3f) / (t + T.Of(3f));
        T p = T.Fma(T.Of(-0.02049558559f), u, T.Of(0.161453411f));
        p = T.Fma(p, u, T.Of(-0.4975339472f));
        p = T.Fma(p, u, T.Of(0.697938025f));
        p = T.Fma(p, u, T.Of(-0.3979053795f));
        p = T.Fma(p, u, T.Of(0.3472059071f));
        p = T.Fma(p, u, T.Of(0.06597775966f));
        p = T.Fma(p, u, T.Of(0.1441797018f));
        p = T.Fma(p, u, T.Of(-0.0008198838914f));
        T e = Exp(square * T.Of(-0.5f));
        e = T.Fma(e, lost * T.Of(-0.5f), e);
        return e * p;
    }

    /// <summary>log(1 + e^x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Softplus<T>(T x)
        where T : struct, ILanes<T>
    {
        // log(u) + (e - (u - 1)) / u is log(1 + e), without what 1 + e lost. max(0, x) keeps a NaN.
        T e = Exp(-T.Abs(x));
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
