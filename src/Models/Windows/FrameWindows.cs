using System.Globalization;

namespace Euterpe.Models.Windows;

/// <summary>A piece of a sound that goes through the network as a whole, and the frames of it that count.</summary>
/// <param name="FirstFrame">Number in the sound of the window's own frame 0.</param>
/// <param name="Samples">From FirstFrame * stride on.</param>
/// <param name="Skip">Frames at its beginning that an earlier window gives.</param>
/// <param name="Take">Frames that this window gives.</param>
internal readonly record struct FrameWindow(long FirstFrame, ReadOnlyMemory<float> Samples, int Skip, int Take);

/// <summary>
/// How a sound of any length is heard by a network that hears windows. All windows have <see cref="Frames"/> frames and lie on the grid of one pass;
/// a window begins <see cref="Hop"/> frames after the one before, and the last ends with the last whole frame of the sound. Where two
/// windows overlap, the border lies in the middle of the overlap, so that each frame comes from exactly one window and has the margin as context on both sides
/// (except at the ends of the sound); a frame of the last window that an earlier one gave is left out. A sound of one window or less is one pass.
/// With a whole number of frames a second the hop is a whole number of milliseconds: sounds of a period that divides it look the same to every window.
/// </summary>
internal sealed class FrameWindows
{
    private readonly FrameGrid grid;
    private readonly List<float> buffer = [];
    private long origin;
    private long total;
    private long index;

    public FrameWindows(FrameGrid grid, int sampleRate, FrameOptions options)
    {
        options.Check();
        (this.grid, Options) = (grid, options);
        Frames = (int)Math.Max(1, grid.Frames((long)(options.WindowSeconds * sampleRate)));
        Hop = (int)Math.Clamp((long)((options.WindowSeconds - (2 * options.Margin)) * sampleRate / grid.Stride), 1, Frames);
        Before = (Frames - Hop) / 2;
    }

    private FrameWindows(FrameWindows rule)
    {
        (grid, Options, Frames, Hop, Before) = (rule.grid, rule.Options, rule.Frames, rule.Hop, rule.Before);
    }

    public FrameOptions Options { get; }

    /// <summary>Frames of a whole window.</summary>
    public int Frames { get; }

    /// <summary>Frames from one window to the next.</summary>
    public int Hop { get; }

    /// <summary>Frames at a window's beginning that are context only, unless the sound begins there.</summary>
    public int Before { get; }

    /// <summary>The rule in one line, for the compatibility key.</summary>
    public string Rule => string.Create(CultureInfo.InvariantCulture,
        $"windows of {Frames} frames every {Hop}, the last ends with the sound, each frame of one window, each window a sound of its own");

    /// <summary>A cutter of the same rule for another sound.</summary>
    public FrameWindows Begin() => new(this);

    /// <summary>The windows of a whole sound, none of its samples copied (but those of one shorter than a frame).</summary>
    public List<FrameWindow> Plan(ReadOnlyMemory<float> wave)
    {
        var windows = new List<FrameWindow>();
        long all = grid.Frames(wave.Length);
        if (all <= Frames)
        {
            if (wave.Length > 0)
                windows.Add(Alone(wave));
            return windows;
        }

        int length = (int)grid.Samples(Frames);
        long given = 0;
        for (long start = 0; start + Frames < all; start += Hop)
        {
            long end = start + Before + Hop;
            windows.Add(new FrameWindow(start, wave.Slice((int)(start * grid.Stride), length), (int)(given - start), (int)(end - given)));
            given = end;
        }

        windows.Add(new FrameWindow(
            all - Frames, wave.Slice((int)((all - Frames) * grid.Stride), length), (int)(given - (all - Frames)), (int)(all - given)));
        return windows;
    }

    /// <summary>Takes the next samples of a sound; a window that is sure not to be the last one comes out, with samples of its own.</summary>
    /// <returns>How many samples were taken: all, unless a window came out.</returns>
    public int Add(ReadOnlySpan<float> block, out FrameWindow? window)
    {
        // A window is handed out when there is a frame behind it.
        long start = index * Hop, wanted = (start * grid.Stride) + grid.Samples(Frames + 1);
        int taken = (int)Math.Min(block.Length, wanted - total);
        buffer.AddRange(block[..taken]);
        total += taken;
        window = null;
        if (total < wanted)
            return taken;
        int skip = index == 0 ? 0 : Before;
        window = new FrameWindow(start, Copy(start), skip, Before + Hop - skip);

        // What the last window may need: it begins at least one frame behind this one.
        int drop = (int)((start * grid.Stride) - origin);
        buffer.RemoveRange(0, drop);
        origin += drop;
        index++;
        return taken;
    }

    /// <summary>The last window; null for a sound without samples.</summary>
    public FrameWindow? Finish()
    {
        long all = grid.Frames(total);
        if (index == 0)
            return total == 0 ? null : Alone(buffer.ToArray());
        long given = (index * Hop) + Before;
        return new FrameWindow(all - Frames, Copy(all - Frames), (int)(given - (all - Frames)), (int)(all - given));
    }

    private float[] Copy(long firstFrame)
    {
        var samples = new float[grid.Samples(Frames)];
        buffer.CopyTo((int)((firstFrame * grid.Stride) - origin), samples, 0, samples.Length);
        return samples;
    }

    /// <summary>One pass over the whole sound, filled up with silence where it is shorter than a frame.</summary>
    private FrameWindow Alone(ReadOnlyMemory<float> wave)
    {
        if (wave.Length < grid.Field)
        {
            var filled = new float[grid.Field];
            wave.CopyTo(filled);
            wave = filled;
        }

        return new FrameWindow(0, wave, 0, (int)grid.Frames(wave.Length));
    }
}
