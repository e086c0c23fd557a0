using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>An operation on two values: what it gives, and its slopes by each of them.</summary>
[Experimental("EUTERPE001")]
public interface IBinary
{
    T Of<T>(T a, T b)
        where T : struct, ILanes<T>;

    T SlopeA<T>(T a, T b)
        where T : struct, ILanes<T>;

    T SlopeB<T>(T a, T b)
        where T : struct, ILanes<T>;
}

/// <summary>The operations on two values, for <see cref="Elementwise"/>.</summary>
[Experimental("EUTERPE001")]
public static class Binary
{
    public readonly struct Add : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T a, T b)
            where T : struct, ILanes<T> => a + b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeA<T>(T a, T b)
            where T : struct, ILanes<T> => T.Of(1f);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeB<T>(T a, T b)
            where T : struct, ILanes<T> => T.Of(1f);
    }

    public readonly struct Subtract : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T a, T b)
            where T : struct, ILanes<T> => a - b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeA<T>(T a, T b)
            where T : struct, ILanes<T> => T.Of(1f);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeB<T>(T a, T b)
            where T : struct, ILanes<T> => T.Of(-1f);
    }

    public readonly struct Multiply : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T a, T b)
            where T : struct, ILanes<T> => a * b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeA<T>(T a, T b)
            where T : struct, ILanes<T> => b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeB<T>(T a, T b)
            where T : struct, ILanes<T> => a;
    }

    public readonly struct Divide : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T a, T b)
            where T : struct, ILanes<T> => a / b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeA<T>(T a, T b)
            where T : struct, ILanes<T> => T.Of(1f) / b;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeB<T>(T a, T b)
            where T : struct, ILanes<T> => -a / (b * b);
    }

    public readonly struct Maximum : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T a, T b)
            where T : struct, ILanes<T> => T.Max(a, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeA<T>(T a, T b)
            where T : struct, ILanes<T> => T.Select(T.Greater(a, b), T.Of(1f), T.Of(0f));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeB<T>(T a, T b)
            where T : struct, ILanes<T> => T.Select(T.Greater(a, b), T.Of(0f), T.Of(1f));
    }

    public readonly struct Minimum : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T a, T b)
            where T : struct, ILanes<T> => T.Min(a, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeA<T>(T a, T b)
            where T : struct, ILanes<T> => T.Select(T.Greater(b, a), T.Of(1f), T.Of(0f));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T SlopeB<T>(T a, T b)
            where T : struct, ILanes<T> => T.Select(T.Greater(b, a), T.Of(0f), T.Of(1f));
    }
}
