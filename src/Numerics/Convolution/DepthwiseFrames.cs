using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>
/// A depthwise convolution of channel-last frames: y[t, c] = fused(sum over taps of x[t + tap - padLeft, c] * w[tap, c] + bias[c]), one fused
/// multiply-add chain over the taps that lie inside the sound, in ascending order. It is the text of <see cref="Convolution"/> for one channel a
/// group; taps in the padding would add zero and are left out.
/// </summary>
[Experimental("EUTERPE001")]
public static unsafe class DepthwiseFrames
{
    /// <summary>Taps that one chain may have: the block of the matrix product.</summary>
    public const int MostTaps = 512;

    /// <summary>The frames first .. end - 1 of the result.</summary>
    /// <param name="x">[frames, channels].</param>
    /// <param name="frames">Frames of x.</param>
    /// <param name="channels">Channels of x and y.</param>
    /// <param name="w">[taps, channels].</param>
    /// <param name="taps">1 to <see cref="MostTaps"/>.</param>
    /// <param name="padLeft">How many frames before t the first tap looks.</param>
    /// <param name="bias">One number for each channel, or null.</param>
    /// <param name="fused">Function applied after the bias.</param>
    /// <param name="y">[result frames, channels]; must not overlap x.</param>
    /// <param name="first">First frame to compute.</param>
    /// <param name="end">One past the last.</param>
    public static void Run(
        float* x, int frames, int channels, float* w, int taps, int padLeft, float* bias, Fused fused, float* y, int first, int end)
    {
        for (int t = first; t < end; t++)
        {
            int low = Math.Clamp(padLeft - t, 0, taps), high = Math.Clamp(frames + padLeft - t, low, taps);
            float* from = x + ((long)(t + low - padLeft) * channels), taken = w + ((long)low * channels), to = y + ((long)t * channels);
            if (V16.IsAccelerated)
                Frame<V16>(from, taken, high - low, channels, bias, to);
            else if (V8.IsAccelerated)
                Frame<V8>(from, taken, high - low, channels, bias, to);
            else
                Frame<V1>(from, taken, high - low, channels, bias, to);
            Epilogue.Function(fused, new Span<float>(to, channels));
        }
    }

    /// <summary>The definition in plain loops, without the function.</summary>
    public static void Reference(
        ReadOnlySpan<float> x, int frames, int channels, ReadOnlySpan<float> w, int taps, int padLeft, ReadOnlySpan<float> bias, Span<float> y,
        int resultFrames)
    {
        for (int t = 0; t < resultFrames; t++)
        {
            for (int c = 0; c < channels; c++)
            {
                float sum = 0;
                for (int tap = 0; tap < taps; tap++)
                {
                    int at = t + tap - padLeft;
                    if (at >= 0 && at < frames)
                        sum = MathF.FusedMultiplyAdd(x[(at * channels) + c], w[(tap * channels) + c], sum);
                }

                y[(t * channels) + c] = bias.IsEmpty ? sum : sum + bias[c];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Frame<T>(float* x, float* w, int taps, int channels, float* bias, float* y)
        where T : struct, ILanes<T>
    {
        int c = 0;
        for (; c + T.Width <= channels; c += T.Width)
        {
            T sum = T.Of(0f);
            float* from = x + c, weight = w + c;
            for (int tap = 0; tap < taps; tap++, from += channels, weight += channels)
                sum = T.Fma(T.Load(ref *from), T.Load(ref *weight), sum);
            T.Store(bias == null ? sum : sum + T.Load(ref bias[c]), ref y[c]);
        }

        if (c < channels)
        {
            int rest = channels - c;
            T sum = T.Of(0f), zero = T.Of(0f);
            float* from = x + c, weight = w + c;
            for (int tap = 0; tap < taps; tap++, from += channels, weight += channels)
                sum = T.Fma(T.LoadPart(ref *from, rest, zero), T.LoadPart(ref *weight, rest, zero), sum);
            T.StorePart(bias == null ? sum : sum + T.LoadPart(ref bias[c], rest, zero), ref y[c], rest);
        }
    }
}
