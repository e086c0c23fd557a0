using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>Gates: a value times a function of another, for <see cref="Elementwise"/>.</summary>
[Experimental("EUTERPE001")]
public static class Gates
{
    /// <summary>a * sigmoid(b): the gated linear unit.</summary>
    public readonly struct Sigmoid : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T a, T b)
            where T : struct, ILanes<T> => a * Functions.Sigmoid(b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeA<T>(T a, T b)
            where T : struct, ILanes<T> => Functions.Sigmoid(b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeB<T>(T a, T b)
            where T : struct, ILanes<T> => a * default(Unary.Sigmoid).Slope(b);
    }

    /// <summary>a * gelu(b), the exact one.</summary>
    public readonly struct Gelu : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T a, T b)
            where T : struct, ILanes<T> => a * Functions.Gelu(b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeA<T>(T a, T b)
            where T : struct, ILanes<T> => Functions.Gelu(b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeB<T>(T a, T b)
            where T : struct, ILanes<T> => a * default(Unary.Gelu).Slope(b);
    }
}
