using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>
/// Mel bands of the frames of a sound, window, transform, power and bands in one pass of sixteen frames, with an optional logarithm.
/// Whole sounds and streams give the same bits. One object serves many threads.
/// </summary>
public sealed class MelSpectrogram
{
    private readonly FrameSequence _frames;
    private readonly FrameOutput _output;

    /// <param name="stft">Its transform must be the bank's.</param>
    /// <param name="bank">The bands; null keeps all bins.</param>
    /// <param name="power">2 for power, 1 for magnitudes.</param>
    /// <param name="log">Null leaves the bands as they are.</param>
    public MelSpectrogram(StftOptions stft, MelBankOptions? bank, int power = 2, LogScale? log = null)
    {
        if (power is not (1 or 2) || (bank is not null && bank.FftSize != stft.FftSize))
        {
            throw new OptionsException($"[mel] The power is 1 or 2, and transform and bank have one length: found power {power}, "
                + $"transform {stft.FftSize}, bank {bank?.FftSize}.");
        }
        _frames = new FrameSequence(stft);
        (Stft, Log, _output) = (stft, log, power == 2 ? FrameOutput.Power : FrameOutput.Magnitude);
        Bank = bank is null ? null : new MelBank(bank);
    }

    /// <summary>How the sound is cut into frames.</summary>
    public StftOptions Stft { get; }

    /// <summary>The bands; null where all bins are kept.</summary>
    public MelBank? Bank { get; }

    /// <summary>The logarithm that is taken; null for none.</summary>
    public LogScale? Log { get; }

    /// <summary>Rows of the result.</summary>
    public int Bands => Bank?.Bands ?? _frames.Transform.Bins;

    /// <summary>Frames of a sound of so many samples.</summary>
    public int Frames(int samples) => checked((int)_frames.Count(samples));

    /// <summary>[bands, frames].</summary>
    public FeatureMap Run(ReadOnlySpan<float> wave, CancellationToken token = default)
    {
        int frames = Frames(wave.Length);
        if (frames == 0)
        {
            throw new ShapeException($"[mel] A frame spans {Stft.FrameLength} samples, the sound has {wave.Length}. Hint: pad it.");
        }
        var map = new FeatureMap(Bands, frames);
        var work = new Work(this);
        for (int t = 0; t < frames; t += FrameTransform.Lanes)
        {
            token.ThrowIfCancellationRequested();
            int count = Math.Min(FrameTransform.Lanes, frames - t);
            ReadOnlySpan<float> lanes = work.Group(wave, 0, wave.Length, t, count);
            for (int band = 0; band < map.Rows; band++)
            {
                lanes.Slice(band * FrameTransform.Lanes, count).CopyTo(map.Values.AsSpan((band * frames) + t));
            }
        }
        return map;
    }

    /// <summary>Starts a sound that comes in blocks.</summary>
    public MelStream Open() => new(this, _frames);

    /// <summary>One caller's buffers.</summary>
    internal sealed class Work(MelSpectrogram mel)
    {
        private readonly FrameScratch _scratch = mel._frames.Transform.CreateScratch();
        private readonly float[] _spectrum = new float[mel._frames.Transform.Bins * FrameTransform.Lanes];
        private readonly float[] _bands = mel.Bank is null ? [] : new float[mel.Bands * FrameTransform.Lanes];
        private float[] _edge = [];

        /// <summary>Bands rows of 16 lanes, for count frames from frame on.</summary>
        public ReadOnlySpan<float> Group(ReadOnlySpan<float> known, long origin, long total, long frame, int count)
        {
            ReadOnlySpan<float> samples = mel._frames.Samples(known, origin, total, frame, count, ref _edge);
            mel._frames.Transform.Run(samples, mel.Stft.HopSamples, count, mel._output, _spectrum, _scratch);
            float[] result = mel.Bank is null ? _spectrum : _bands;
            mel.Bank?.Rows.Run(_spectrum, _bands);
            mel.Log?.Apply(result, result);
            return result;
        }
    }
}

/// <summary>A sound in blocks: give samples, take frames. It keeps no more samples than the frames to come look at.</summary>
public sealed class MelStream
{
    private readonly MelSpectrogram _mel;
    private readonly FrameSequence _frames;
    private readonly MelSpectrogram.Work _work;
    private float[] _known = new float[4096];
    private int _count;
    private long _origin;
    private long _next;
    private bool _complete;

    internal MelStream(MelSpectrogram mel, FrameSequence frames)
    {
        (_mel, _frames) = (mel, frames);
        _work = new MelSpectrogram.Work(mel);
    }

    /// <summary>Frames given out so far.</summary>
    public long FramesTaken => _next;

    /// <summary>Adds samples; take the frames that they complete before adding many more.</summary>
    public void Add(ReadOnlySpan<float> samples)
    {
        if (_complete)
        {
            throw new InvalidOperationException("[mel] The sound has been ended.");
        }
        // What lies before the next frame's window, and before what the end would mirror, is not looked at again.
        long keep = Math.Max(0, Math.Min(_frames.Begin(_next), _origin + _count - _mel.Stft.FftSize - 1));
        int drop = (int)Math.Min(_count, Math.Max(0, keep - _origin));
        if (drop > 0)
        {
            _known.AsSpan(drop, _count - drop).CopyTo(_known);
            (_origin, _count) = (_origin + drop, _count - drop);
        }
        if (_count + samples.Length > _known.Length)
        {
            Array.Resize(ref _known, Math.Max(checked(_count + samples.Length), 2 * _known.Length));
        }
        samples.CopyTo(_known.AsSpan(_count));
        _count += samples.Length;
    }

    /// <summary>No more samples will come: the last frames may be taken.</summary>
    public void Complete() => _complete = true;

    /// <summary>
    /// Writes up to 16 finished frames, [bands, 16] with the frames in the first columns, and returns how many; 0 where more samples are needed.
    /// </summary>
    public int Take(Span<float> lanes)
    {
        long total = _origin + _count;
        int ready = 0;
        while (ready < FrameTransform.Lanes && (_complete ? _next + ready < _frames.Count(total) : _frames.Needs(_next + ready) <= total))
        {
            ready++;
        }
        if (ready > 0)
        {
            _work.Group(_known.AsSpan(0, _count), _origin, total, _next, ready)[..(_mel.Bands * FrameTransform.Lanes)].CopyTo(lanes);
            _next += ready;
        }
        return ready;
    }
}
