using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Euterpe.Numerics;

/// <summary>What every reduction is made of: sixteen virtual lanes, element i in lane i modulo 16, and one fixed tree at the end.</summary>
internal static class Sixteen
{
    // Parts of a vector where there are no masked instructions.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static W LoadPart<W>(ref float source, int count, W fill)
        where W : struct, ILanes<W>
    {
        Span<float> part = stackalloc float[W.Width];
        W.Store(fill, ref part[0]);
        MemoryMarshal.CreateReadOnlySpan(ref source, count).CopyTo(part);
        return W.Load(ref part[0]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void StorePart<W>(W value, ref float target, int count)
        where W : struct, ILanes<W>
    {
        Span<float> part = stackalloc float[W.Width];
        W.Store(value, ref part[0]);
        part[..count].CopyTo(MemoryMarshal.CreateSpan(ref target, count));
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
