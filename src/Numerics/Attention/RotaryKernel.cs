using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>
/// Rotary positions of one head: the two halves of a row turned against each other, y = x * cos + (-second, first) * sin, every product and the sum
/// rounded (Su et al., "RoFormer", in the layout of GPT-NeoX).
/// </summary>
[Experimental("EUTERPE001")]
public static unsafe class RotaryKernel
{
    /// <param name="x">2 * half numbers.</param>
    /// <param name="cosine">half numbers.</param>
    /// <param name="sine">half numbers.</param>
    /// <param name="y">2 * half numbers; not x.</param>
    /// <param name="half">Half of the head's width.</param>
    public static void Run(float* x, float* cosine, float* sine, float* y, int half)
    {
        if (V16.IsAccelerated)
            Run<V16>(x, cosine, sine, y, half);
        else if (V8.IsAccelerated)
            Run<V8>(x, cosine, sine, y, half);
        else
            Run<V1>(x, cosine, sine, y, half);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<T>(float* x, float* cosine, float* sine, float* y, int half)
        where T : struct, ILanes<T>
    {
        int i = 0;
        for (; i + T.Width <= half; i += T.Width)
        {
            T c = T.Load(ref cosine[i]), s = T.Load(ref sine[i]), first = T.Load(ref x[i]), second = T.Load(ref x[half + i]);
            T.Store((first * c) - (second * s), ref y[i]);
            T.Store((second * c) + (first * s), ref y[half + i]);
        }

        if (i < half)
        {
            int rest = half - i;
            T zero = T.Of(0f), c = T.LoadPart(ref cosine[i], rest, zero), s = T.LoadPart(ref sine[i], rest, zero);
            T first = T.LoadPart(ref x[i], rest, zero), second = T.LoadPart(ref x[half + i], rest, zero);
            T.StorePart((first * c) - (second * s), ref y[i], rest);
            T.StorePart((second * c) + (first * s), ref y[half + i], rest);
        }
    }
}
