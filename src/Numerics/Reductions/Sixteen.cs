using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>What every reduction is made of: sixteen virtual lanes, element i in lane i modulo 16, and one fixed tree at the end.</summary>
internal static class Sixteen
{
    /// <summary>The 1 to 15 floats from source on; the lanes behind them hold fill.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static W LoadRest<W>(ref float source, int count, float fill)
        where W : struct, ILanes<W>
    {
        Span<float> rest = stackalloc float[16];
        rest.Fill(fill);
        MemoryMarshal.CreateReadOnlySpan(ref source, count).CopyTo(rest);
        return W.Load(ref rest[0]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StoreRest<W>(W value, ref float target, int count)
        where W : struct, ILanes<W>
    {
        Span<float> rest = stackalloc float[16];
        W.Store(value, ref rest[0]);
        rest[..count].CopyTo(MemoryMarshal.CreateSpan(ref target, count));
    }

    /// <summary>The tree in plain loops: the upper half is added to the lower half until one lane is left.</summary>
    public static float Fold(Span<float> lanes)
    {
        for (int half = lanes.Length / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                lanes[i] += lanes[i + half];
            }
        }

        return lanes[0];
    }

    public static double Fold(Span<double> lanes)
    {
        for (int half = lanes.Length / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                lanes[i] += lanes[i + half];
            }
        }

        return lanes[0];
    }
}
