using Euterpe.Numerics;

namespace Euterpe.Models.Segments;

/// <summary>
/// Cuts segments out of frames that come in blocks, with the last segment's length of them in memory. A whole segment comes out when the frame behind it is there,
/// so that what <see cref="Finish"/> gives is known to be the last.
/// </summary>
internal sealed class SegmentCutter
{
    private readonly SegmentRule rule;
    private readonly int rate;
    private readonly int channels;
    private readonly long length;
    private readonly long hop;
    private float[] ring = [];
    private long total;
    private long next;

    /// <param name="rule">Length and hop.</param>
    /// <param name="rate">Frames per second.</param>
    /// <param name="channels">Samples per frame.</param>
    public SegmentCutter(SegmentRule rule, int rate, int channels)
    {
        (this.rule, this.rate, this.channels) = (rule, rate, channels);
        (length, hop) = SegmentGrid.InFrames(rule, rate);
    }

    /// <summary>Where the segments lie, of what has come so far.</summary>
    public SegmentGrid Grid => new(rule, rate, total);

    /// <summary>Takes frames until they are used up or a segment is sure to be whole and not the only one.</summary>
    /// <param name="interleaved">Whole frames.</param>
    /// <param name="segment">The segment's frames, the caller's to keep.</param>
    /// <returns>How many samples were taken.</returns>
    public int Add(ReadOnlySpan<float> interleaved, out float[]? segment)
    {
        segment = null;
        long end = (next * hop) + length;
        if (total == end && interleaved.Length > 0)
        {
            next++;
            segment = Last(length);
            return 0;
        }

        int frames = (int)Math.Min(interleaved.Length / channels, end - total);
        Grow(frames);
        ReadOnlySpan<float> block = interleaved[..(frames * channels)];
        while (block.Length > 0)
        {
            long at = total % length * channels;
            int piece = (int)Math.Min(block.Length, (length * channels) - at);
            block[..piece].CopyTo(ring.AsSpan((int)at));
            block = block[piece..];
            total += piece / channels;
        }

        return frames * channels;
    }

    /// <summary>What the end of the sound completes: one segment; none for a sound without frames.</summary>
    public IEnumerable<float[]> Finish()
    {
        SegmentGrid grid = Grid;
        for (; next < grid.Count; next++)
            yield return Cut(grid.StartOf((int)next), grid.FramesOf((int)next));
    }

    private float[] Last(long frames) => Cut(total - frames, frames);

    private float[] Cut(long start, long frames)
    {
        var cut = new float[frames * channels];
        long first = start % length * channels;
        int before = (int)Math.Min(cut.Length, (length * channels) - first);
        ring.AsSpan((int)first, before).CopyTo(cut);
        ring.AsSpan(0, cut.Length - before).CopyTo(cut.AsSpan(before));
        return cut;
    }

    /// <summary>Memory follows what is really there, up to one segment.</summary>
    private void Grow(int frames)
    {
        long wanted = Math.Min(total + frames, length) * channels;
        if (wanted <= ring.Length)
            return;
        if (wanted > Array.MaxLength)
            throw new FileFormatException($"[segments] A segment of {length:N0} frames of {channels:N0} channels is more than is kept in memory. Hint: shorter segments, or none.");
        Array.Resize(ref ring, (int)Math.Min(Math.Min(Math.Max(wanted, 2L * ring.Length), length * channels), Array.MaxLength));
    }
}
