namespace Euterpe.Models;

/// <summary>
/// Where the segments of a sound lie, in frames of its own rate. Segment i begins at i times the hop. Whole segments end with or before the sound; of what is behind the last of
/// them, a rest that is at least half a segment long is a shorter last segment, a shorter one is heard by a last whole segment that ends with the sound.
/// A sound that is not longer than a segment is its own only one.
/// </summary>
public readonly record struct SegmentGrid
{
    private readonly long whole;
    private readonly long tailStart;

    /// <param name="rule">Length and hop.</param>
    /// <param name="sampleRate">Of the sound.</param>
    /// <param name="frames">Of the whole sound.</param>
    public SegmentGrid(SegmentRule rule, int sampleRate, long frames)
    {
        (Length, Hop) = InFrames(rule, sampleRate);
        (SampleRate, Frames) = (sampleRate, frames);
        if (frames <= 0)
            return;
        whole = frames < Length ? 0 : ((frames - Length) / Hop) + 1;
        long next = whole * Hop, covered = whole == 0 ? 0 : next - Hop + Length;
        if (covered == frames)
            (Count, tailStart) = (checked((int)whole), frames);
        else
            (Count, tailStart) = (checked((int)whole + 1), whole == 0 || 2 * (frames - next) >= Length ? next : frames - Length);
    }

    /// <summary>Frames of a whole segment.</summary>
    public long Length { get; }

    /// <summary>Frames from the begin of one segment to that of the next.</summary>
    public long Hop { get; }

    /// <summary>Frames per second.</summary>
    public int SampleRate { get; }

    /// <summary>Frames of the sound.</summary>
    public long Frames { get; }

    /// <summary>How many segments there are; 0 only for a sound without frames.</summary>
    public int Count { get; }

    /// <summary>Where a segment begins.</summary>
    public long StartOf(int segment) => segment < whole ? segment * Hop : tailStart;

    /// <summary>How many frames a segment has.</summary>
    public long FramesOf(int segment) => segment < whole ? Length : Math.Min(Length, Frames - tailStart);

    /// <summary>Length and hop in frames: the nearest whole number, one or more.</summary>
    internal static (long Length, long Hop) InFrames(SegmentRule rule, int sampleRate)
    {
        long length = Math.Max(1, (long)Math.Round(rule.LengthSeconds * sampleRate)), hop = Math.Max(1, (long)Math.Round(rule.HopSeconds * sampleRate));
        return (length, Math.Min(hop, length));
    }
}
