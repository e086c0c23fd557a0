using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>
/// factor * log(max(floor, gain * x + offset)) + shift, to base e or 10: every logarithm of a spectrum in use. With a floor of 0 a zero gives
/// -infinity.
/// </summary>
[Experimental("EUTERPE001")]
public readonly record struct LogScaled(bool Decimal, float Gain, float Offset, float Floor, float Factor, float Shift) : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Of<T>(T x)
        where T : struct, ILanes<T>
    {
        T inside = Inside(x);
        return T.Fma(T.Of(Factor), Decimal ? Functions.Log10(inside) : Functions.Log(inside), T.Of(Shift));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Slope<T>(T x)
        where T : struct, ILanes<T>
    {
        T raw = T.Fma(T.Of(Gain), x, T.Of(Offset));
        T slope = T.Of(Factor * Gain * (Decimal ? 0.4342944820f : 1f)) / raw;
        return T.Select(T.Greater(raw, T.Of(Floor)), slope, T.Of(0f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Inside<T>(T x)
        where T : struct, ILanes<T> => T.Max(T.Of(Floor), T.Fma(T.Of(Gain), x, T.Of(Offset)));
}
