using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>
/// Brings what a convolution sums over into the layout of a panel: for up to 64 output positions, row k of the panel holds the input under
/// tap k / channels and channel k % channels, zeros where it lies in the padding.
/// </summary>
internal unsafe struct Patches
{
    public int Height;
    public int Width;
    public int KernelWidth;
    public int StrideHeight;
    public int StrideWidth;
    public int DilationHeight;
    public int DilationWidth;
    public int PadTop;
    public int PadLeft;
    public int OutWidth;
    public int Channels;

    /// <summary>k rows from <paramref name="firstK"/> on, for <paramref name="count"/> positions from <paramref name="position"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Pack(float* x, int position, int count, int width, int firstK, int k, float* panel)
    {
        int* rows = stackalloc int[3 * Panels.Width];
        int* columns = rows + Panels.Width, runs = columns + Panels.Width;
        int segments = 0;
        for (int done = 0; done < count; segments++)
        {
            int oh = (position + done) / OutWidth, ow = (position + done) % OutWidth;
            rows[segments] = (oh * StrideHeight) - PadTop;
            columns[segments] = (ow * StrideWidth) - PadLeft;
            runs[segments] = Math.Min(count - done, OutWidth - ow);
            done += runs[segments];
        }

        long plane = (long)Height * Width;
        int tap = firstK / Channels, channel = firstK % Channels;
        for (int i = 0; i < k; i++, panel += width)
        {
            float* from = x + (channel * plane);
            int down = tap / KernelWidth * DilationHeight, right = tap % KernelWidth * DilationWidth, at = 0;
            for (int s = 0; s < segments; s++)
            {
                Segment(from, rows[s] + down, columns[s] + right, runs[s], panel + at);
                at += runs[s];
            }

            if (at < width)
                new Span<float>(panel + at, width - at).Clear();
            if (++channel == Channels)
            {
                channel = 0;
                tap++;
            }
        }
    }

    // run positions of one input row, StrideWidth apart, from column on.
    private readonly void Segment(float* plane, int row, int column, int run, float* to)
    {
        int begin = 0, end = 0;
        if (row >= 0 && row < Height)
        {
            begin = column >= 0 ? 0 : Math.Min(run, (-column + StrideWidth - 1) / StrideWidth);
            end = column >= Width ? 0 : Math.Min(run, ((Width - 1 - column) / StrideWidth) + 1);
        }

        if (begin >= end)
        {
            new Span<float>(to, run).Clear();
            return;
        }

        if (begin > 0)
            new Span<float>(to, begin).Clear();
        float* from = plane + ((long)row * Width) + column;
        if (StrideWidth == 1)
        {
            new ReadOnlySpan<float>(from + begin, end - begin).CopyTo(new Span<float>(to + begin, end - begin));
        }
        else
        {
            for (int j = begin; j < end; j++)
                to[j] = from[(long)j * StrideWidth];
        }

        if (end < run)
            new Span<float>(to + end, run - end).Clear();
    }
}
