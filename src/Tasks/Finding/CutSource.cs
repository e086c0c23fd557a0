using Euterpe.Signals;

namespace Euterpe.Tasks.Finding;

/// <summary>The frames of a part of another source, which stays the caller's. Seconds become the nearest frame.</summary>
internal sealed class CutSource(IFrameSource source, double start, double end) : IFrameSource
{
    private readonly long from = (long)Math.Round(start * source.SampleRate);
    private readonly long to = Math.Max((long)Math.Round(start * source.SampleRate) + 1, (long)Math.Round(end * source.SampleRate));
    private long position;

    public int SampleRate => source.SampleRate;

    public int Channels => source.Channels;

    /// <summary>Frames that were handed on.</summary>
    public long Frames { get; private set; }

    /// <summary>Frames of the source that were read; all of them where nothing was handed on.</summary>
    public long Heard => position;

    public int Read(Span<float> interleaved, CancellationToken token = default)
    {
        if (position < from)
            Skip(token);
        int most = (int)Math.Min(interleaved.Length / Channels, to - position);
        if (position < from || most <= 0)
            return 0;
        int frames = source.Read(interleaved[..(most * Channels)], token);
        position += frames;
        Frames += frames;
        return frames;
    }

    public void Dispose()
    {
    }

    private void Skip(CancellationToken token)
    {
        var passed = new float[4096 * Channels];
        while (position < from)
        {
            int frames = source.Read(passed.AsSpan(0, (int)Math.Min(4096, from - position) * Channels), token);
            if (frames == 0)
                return;
            position += frames;
        }
    }
}
