using System.Globalization;

namespace Euterpe.Models.Clap;

/// <summary>
/// How a sound of any length is heard. Upstream cuts one window out of a long sound at random; here the windows follow each other without overlap,
/// and a remainder of
/// at least a tenth of a window is heard by a last window that ends with the sound (a shorter remainder is left out). A sound shorter than a window
/// is one window,
/// filled up as the checkpoint says. Two buffers of one window each are all the memory that a sound takes.
/// </summary>
internal sealed class ClapWindows(int samples)
{
    private float[] previous = new float[samples];
    private float[] current = new float[samples];
    private int filled;
    private long total;

    /// <summary>Samples of a sound; of a short one fewer than <paramref name="Samples"/> of a window.</summary>
    internal readonly record struct Window(long Start, float[] Samples);

    public static string Rule(int samples, int rate, ClapPadding padding) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(double)samples / rate} s without overlap, a last one that ends with the sound for a remainder of a tenth or more, ")
        + $"short sounds {padding.ToString().ToLowerInvariant()}, normalized mean";

    /// <summary>Takes samples until they are used up or a window is full; the window's samples are the caller's.</summary>
    /// <returns>How many samples were taken.</returns>
    public int Add(ReadOnlySpan<float> block, out Window? window)
    {
        int taken = Math.Min(block.Length, samples - filled);
        block[..taken].CopyTo(current.AsSpan(filled));
        filled += taken;
        total += taken;
        window = null;
        if (filled == samples)
        {
            window = new Window(total - samples, (float[])current.Clone());
            (previous, current) = (current, previous);
            filled = 0;
        }

        return taken;
    }

    /// <summary>The last window, if there is one more.</summary>
    public Window? Finish()
    {
        if (filled == total)
            return filled == 0 ? null : new Window(0, current[..filled]);
        if (filled < (samples + 9) / 10)
            return null;
        var last = new float[samples];
        previous.AsSpan(filled).CopyTo(last);
        current.AsSpan(0, filled).CopyTo(last.AsSpan(samples - filled));
        return new Window(total - samples, last);
    }
}
