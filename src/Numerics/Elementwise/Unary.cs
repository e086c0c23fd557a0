using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>An operation on one value: what it gives, and the slope of it there, from one text for every width.</summary>
[Experimental("EUTERPE001")]
public interface IUnary
{
    T Of<T>(T x)
        where T : struct, ILanes<T>;

    /// <summary>The derivative at x.</summary>
    T Slope<T>(T x)
        where T : struct, ILanes<T>;
}

/// <summary>The operations on one value, for <see cref="Elementwise"/>.</summary>
[Experimental("EUTERPE001")]
public static class Unary
{
    public readonly struct Exp : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Exp(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => Functions.Exp(x);
    }

    public readonly struct Expm1 : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Expm1(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => Functions.Exp(x);
    }

    public readonly struct Log : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Log(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Of(1f) / x;
    }

    public readonly struct Log10 : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Log10(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Of(0.4342944920f) / x;
    }

    public readonly struct Tanh : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Tanh(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T>
        {
            T y = Functions.Tanh(x);
            return T.Fma(-y, y, T.Of(1f));
        }
    }

    public readonly struct Erf : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Erf(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Of(1.12837917f) * Functions.Exp(-(x * x));
    }

    public readonly struct Sin : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Sin(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => Functions.Cos(x);
    }

    public readonly struct Cos : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Cos(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => -Functions.Sin(x);
    }

    public readonly struct Sigmoid : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Sigmoid(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T>
        {
            T y = Functions.Sigmoid(x);
            return y * (T.Of(1f) - y);
        }
    }

    public readonly struct Silu : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Silu(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T>
        {
            T y = Functions.Sigmoid(x);
            return y * T.Fma(x, T.Of(1f) - y, T.Of(1f));
        }
    }

    public readonly struct QuickGelu : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.QuickGelu(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T>
        {
            T u = x * T.Of(1.702f);
            T y = Functions.Sigmoid(u);
            return y * T.Fma(u, T.Of(1f) - y, T.Of(1f));
        }
    }

    public readonly struct GeluTanh : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.GeluTanh(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T>
        {
            T s = x * x;
            T y = Functions.Sigmoid(x * T.Fma(s, T.Of(0.0713548163f), T.Of(1.59576912f)));
            T u = x * T.Fma(s, T.Of(0.214064449f), T.Of(1.59576912f));
            return y * T.Fma(u, T.Of(1f) - y, T.Of(1f));
        }
    }

    public readonly struct Gelu : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Gelu(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => Functions.GeluSlope(x);
    }

    public readonly struct Softplus : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Softplus(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => Functions.Sigmoid(x);
    }

    public readonly struct Relu : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Relu(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Select(T.Greater(x, T.Of(0f)), T.Of(1f), T.Of(0f));
    }

    public readonly struct Elu(float alpha) : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.Elu(x, T.Of(alpha));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Select(T.Greater(x, T.Of(0f)), T.Of(1f), T.Of(alpha) * Functions.Exp(x));
    }

    public readonly struct LeakyRelu(float slope) : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => Functions.LeakyRelu(x, T.Of(slope));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Select(T.Greater(x, T.Of(0f)), T.Of(1f), T.Of(slope));
    }

    public readonly struct Sqrt : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => T.Sqrt(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Of(0.5f) / T.Sqrt(x);
    }

    public readonly struct Abs : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => T.Abs(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Select(T.Equal(x, T.Of(0f)), T.Of(0f), T.Of(1f) | (x & T.OfBits(int.MinValue)));
    }

    public readonly struct Negate : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => -x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Of(-1f);
    }

    public readonly struct Square : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => x * x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => x + x;
    }

    /// <summary>x * scale + shift, rounded once.</summary>
    public readonly struct Affine(float scale, float shift) : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => T.Fma(x, T.Of(scale), T.Of(shift));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Of(scale);
    }

    /// <summary>The value held between two bounds; a NaN stays.</summary>
    public readonly struct Clamp(float low, float high) : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => T.Max(T.Of(low), T.Min(T.Of(high), x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => T.Select(T.GreaterOrEqual(x, T.Of(low)) & T.GreaterOrEqual(T.Of(high), x), T.Of(1f), T.Of(0f));
    }
}
