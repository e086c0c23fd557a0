using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>
/// Softmax of scores that are kept by position, queries side by side in the lanes of a vector: position j of these queries is at s + j * step. The
/// text is that of <see cref="SoftmaxKernel"/>: sixteen sums, position j in sum j modulo 16, then the fixed tree; but no vector is taken apart for
/// it.
/// </summary>
internal static unsafe class PositionSoftmax
{
    private const int Lanes = 16;

    /// <param name="s">The scores of position 0; they become the shares.</param>
    /// <param name="step">From a position to the next, in floats.</param>
    /// <param name="positions">How many.</param>
    /// <param name="max">The largest score of each query.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Finish<T>(float* s, long step, int positions, T max)
        where T : struct, ILanes<T>
    {
        float* sums = stackalloc float[Lanes * Lanes];
        T zero = T.Of(0);
        for (int l = 0; l < Lanes; l++)
        {
            T.Store(zero, ref sums[l * T.Width]);
        }
        float* at = s;
        for (int j = 0; j < positions; j++, at += step)
        {
            float* sum = sums + (j & (Lanes - 1)) * T.Width;
            T e = Functions.ExpNegative(T.Load(ref *at) - max); // no score is above the maximum
            T.Store(e, ref *at);
            T.Store(T.Load(ref *sum) + e, ref *sum);
        }
        for (int half = Lanes / 2; half > 0; half /= 2)
        {
            for (int l = 0; l < half; l++)
            {
                T.Store(T.Load(ref sums[l * T.Width]) + T.Load(ref sums[(l + half) * T.Width]), ref sums[l * T.Width]);
            }
        }
        T share = T.Of(1) / T.Load(ref *sums);
        at = s;
        for (int j = 0; j < positions; j++, at += step)
        {
            T.Store(T.Load(ref *at) * share, ref *at);
        }
    }
}
