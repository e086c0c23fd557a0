using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>
/// The loops over spans, each once: they run an operation at the widest width that has instructions here. Targets may be an operand itself (in place);
/// spans that overlap otherwise are an error of the caller.
/// </summary>
[Experimental("EUTERPE001")]
public static partial class Elementwise
{
    /// <summary>y = op(x).</summary>
    public static void Map<TOp>(TOp op, ReadOnlySpan<float> x, Span<float> y)
        where TOp : struct, IUnary
    {
        Check("map", x.Length, y.Length);
        if (V16.IsAccelerated)
        {
            MapAt<TOp, V16>(op, x, y);
        }
        else if (V8.IsAccelerated)
        {
            MapAt<TOp, V8>(op, x, y);
        }
        else
        {
            MapAt<TOp, V1>(op, x, y);
        }
    }

    /// <summary>gx = gy * slope of op at x.</summary>
    public static void MapBackward<TOp>(TOp op, ReadOnlySpan<float> x, ReadOnlySpan<float> gy, Span<float> gx)
        where TOp : struct, IUnary => Zip(new Backward<TOp>(op), x, gy, gx);

    /// <summary>y = op(a, b).</summary>
    public static void Zip<TOp>(TOp op, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y)
        where TOp : struct, IBinary
    {
        Check("zip", a.Length, b.Length);
        Check("zip", a.Length, y.Length);
        if (V16.IsAccelerated)
        {
            ZipAt<TOp, V16>(op, a, b, y);
        }
        else if (V8.IsAccelerated)
        {
            ZipAt<TOp, V8>(op, a, b, y);
        }
        else
        {
            ZipAt<TOp, V1>(op, a, b, y);
        }
    }

    /// <summary>y = op(a, scalar).</summary>
    public static void Zip<TOp>(TOp op, ReadOnlySpan<float> a, float b, Span<float> y)
        where TOp : struct, IBinary => Map(new WithScalar<TOp>(op, b), a, y);

    public static void Add(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Zip(default(Binary.Add), a, b, y);

    public static void Add(ReadOnlySpan<float> a, float b, Span<float> y) => Zip(default(Binary.Add), a, b, y);

    public static void Subtract(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Zip(default(Binary.Subtract), a, b, y);

    public static void Multiply(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Zip(default(Binary.Multiply), a, b, y);

    public static void Multiply(ReadOnlySpan<float> a, float b, Span<float> y) => Zip(default(Binary.Multiply), a, b, y);

    public static void Divide(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => Zip(default(Binary.Divide), a, b, y);

    public static void Divide(ReadOnlySpan<float> a, float b, Span<float> y) => Zip(default(Binary.Divide), a, b, y);

    /// <summary>y = fma(x, scale, y).</summary>
    public static void Axpy(float scale, ReadOnlySpan<float> x, Span<float> y) => Zip(new ScaledAdd(scale), x, y, y);

    /// <summary>y = fma(a, b, c).</summary>
    public static void FusedMultiplyAdd(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, Span<float> y)
    {
        Check("fma", a.Length, b.Length);
        Check("fma", a.Length, c.Length);
        Check("fma", a.Length, y.Length);
        if (V16.IsAccelerated)
        {
            FmaAt<V16>(a, b, c, y);
        }
        else if (V8.IsAccelerated)
        {
            FmaAt<V8>(a, b, c, y);
        }
        else
        {
            FmaAt<V1>(a, b, c, y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void MapAt<TOp, T>(TOp op, ReadOnlySpan<float> x, Span<float> y)
        where TOp : struct, IUnary
        where T : struct, ILanes<T>
    {
        ref float px = ref MemoryMarshal.GetReference(x);
        ref float py = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (; i + T.Width <= x.Length; i += T.Width)
        {
            T.Store(op.Of(T.Load(ref Unsafe.Add(ref px, i))), ref Unsafe.Add(ref py, i));
        }

        if (i < x.Length)
        {
            // The rest travels through a full vector, so no scalar copy of the formula is needed.
            T rest = T.LoadPart(ref Unsafe.Add(ref px, i), x.Length - i, T.Of(0f));
            T.StorePart(op.Of(rest), ref Unsafe.Add(ref py, i), x.Length - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void ZipAt<TOp, T>(TOp op, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y)
        where TOp : struct, IBinary
        where T : struct, ILanes<T>
    {
        ref float pa = ref MemoryMarshal.GetReference(a);
        ref float pb = ref MemoryMarshal.GetReference(b);
        ref float py = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (; i + T.Width <= a.Length; i += T.Width)
        {
            T.Store(op.Of(T.Load(ref Unsafe.Add(ref pa, i)), T.Load(ref Unsafe.Add(ref pb, i))), ref Unsafe.Add(ref py, i));
        }

        if (i < a.Length)
        {
            T restA = T.LoadPart(ref Unsafe.Add(ref pa, i), a.Length - i, T.Of(0f));
            T restB = T.LoadPart(ref Unsafe.Add(ref pb, i), a.Length - i, T.Of(0f));
            T.StorePart(op.Of(restA, restB), ref Unsafe.Add(ref py, i), a.Length - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void FmaAt<T>(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, Span<float> y)
        where T : struct, ILanes<T>
    {
        ref float pa = ref MemoryMarshal.GetReference(a);
        ref float pb = ref MemoryMarshal.GetReference(b);
        ref float pc = ref MemoryMarshal.GetReference(c);
        ref float py = ref MemoryMarshal.GetReference(y);
        int i = 0;
        for (; i + T.Width <= a.Length; i += T.Width)
        {
            T value = T.Fma(T.Load(ref Unsafe.Add(ref pa, i)), T.Load(ref Unsafe.Add(ref pb, i)), T.Load(ref Unsafe.Add(ref pc, i)));
            T.Store(value, ref Unsafe.Add(ref py, i));
        }

        if (i < a.Length)
        {
            int rest = a.Length - i;
            T zero = T.Of(0f);
            T restA = T.LoadPart(ref Unsafe.Add(ref pa, i), rest, zero);
            T value = T.Fma(restA, T.LoadPart(ref Unsafe.Add(ref pb, i), rest, zero), T.LoadPart(ref Unsafe.Add(ref pc, i), rest, zero));
            T.StorePart(value, ref Unsafe.Add(ref py, i), rest);
        }
    }

    private static void Check(string operation, int expected, int found)
    {
        if (expected != found)
        {
            throw new ShapeException($"[{operation}] All spans must have one length: found {expected} and {found}.");
        }
    }

    private readonly struct Backward<TOp>(TOp op) : IBinary
        where TOp : struct, IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T a, T b)
            where T : struct, ILanes<T> => b * op.Slope(a);

        public T SlopeA<T>(T a, T b)
            where T : struct, ILanes<T> => throw new NotSupportedException("[map] Second derivatives are not defined.");

        public T SlopeB<T>(T a, T b)
            where T : struct, ILanes<T> => op.Slope(a);
    }

    private readonly struct WithScalar<TOp>(TOp op, float b) : IUnary
        where TOp : struct, IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T x)
            where T : struct, ILanes<T> => op.Of(x, T.Of(b));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Slope<T>(T x)
            where T : struct, ILanes<T> => op.SlopeA(x, T.Of(b));
    }

    private readonly struct ScaledAdd(float scale) : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Of<T>(T a, T b)
            where T : struct, ILanes<T> => T.Fma(a, T.Of(scale), b);

        public T SlopeA<T>(T a, T b)
            where T : struct, ILanes<T> => T.Of(scale);

        public T SlopeB<T>(T a, T b)
            where T : struct, ILanes<T> => T.Of(1f);
    }
}
