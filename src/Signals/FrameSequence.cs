using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>Which samples the frames of a sound are, padding included; the sound may be there in part only, as a stream has it.</summary>
internal sealed class FrameSequence
{
    private readonly StftOptions _options;
    private readonly int _first;

    public FrameSequence(StftOptions options)
    {
        options.Check();
        _options = options;
        double[] window = Windows.Of(options);
        double scale = options.Scale switch
        {
            SpectrumScale.Window => Math.Sqrt(Reductions.SumOfSquares(window)),
            SpectrumScale.FrameLength => Math.Sqrt(options.FftSize),
            _ => 1,
        };
        Window = [.. window.Select(x => (float)(x / scale))];
        _first = options.Place == WindowPlace.Centre ? (options.FftSize - window.Length) / 2 : 0;
        Transform = new FrameTransform(options.FftSize, Window, _first)
        {
            RemoveMean = options.RemoveMean,
            Preemphasis = options.Preemphasis,
        };
    }

    public FrameTransform Transform { get; }

    public float[] Window { get; }

    /// <summary>Frames of a sound of so many samples; 0 where it is shorter than one.</summary>
    public long Count(long samples)
    {
        long padded = samples + (2L * _options.PadSamples);
        return samples < 1 || padded < _options.FrameLength ? 0 : 1 + ((padded - _options.FrameLength) / _options.HopSamples);
    }

    /// <summary>The first sample that a frame's window looks at; before 0 is padding.</summary>
    public long Begin(long frame) => (frame * _options.HopSamples) - _options.PadSamples + _first;

    /// <summary>
    /// How far a sound must be known before a frame may be computed while more may follow: its window, and what is mirrored into it.
    /// </summary>
    public long Needs(long frame) =>
        Math.Max(Begin(frame) + Window.Length, _options.Padding == Padding.Reflect && Begin(frame) < 0 ? _options.PadSamples + 1 : 0);

    /// <summary>
    /// The samples of count frames from frame on, hop apart, for <see cref="FrameTransform.Run"/>. known holds the sound from sample origin on;
    /// total is its length (or what is there so far, where no frame reaches beyond it).
    /// </summary>
    public ReadOnlySpan<float> Samples(ReadOnlySpan<float> known, long origin, long total, long frame, int count, ref float[] scratch)
    {
        long begin = Begin(frame);
        int length = checked(((count - 1) * _options.HopSamples) + Window.Length);
        if (begin >= 0 && begin + length <= total)
        {
            return known.Slice((int)(begin - origin), length);
        }
        if (scratch.Length < length)
        {
            scratch = new float[length];
        }
        for (int i = 0; i < length; i++)
        {
            long at = Padded(begin + i, total);
            scratch[i] = at < 0 ? 0f : known[(int)(at - origin)];
        }
        return scratch.AsSpan(0, length);
    }

    private long Padded(long at, long total)
    {
        if (at >= 0 && at < total)
        {
            return at;
        }
        switch (_options.Padding)
        {
            case Padding.Zeros:
                return -1;
            case Padding.Edge:
                return at < 0 ? 0 : total - 1;
            default:
                long period = Math.Max(1, 2 * (total - 1));
                at = ((at % period) + period) % period;
                return Math.Min(at < total ? at : period - at, total - 1);
        }
    }
}
