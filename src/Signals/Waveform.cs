using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>A whole sound in memory: one array of samples a channel, all of one length, nominally in -1..1.</summary>
public sealed class Waveform
{
    private readonly float[][] _channels;

    /// <param name="sampleRate">Hertz, 1 or more.</param>
    /// <param name="channels">One array a channel; they are kept, not copied.</param>
    public Waveform(int sampleRate, params float[][] channels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        if (channels.Length == 0 || channels.Any(channel => channel.Length != channels[0].Length))
        {
            throw new ShapeException($"[waveform] One or more channels of equal length are expected, "
                + $"found lengths [{string.Join(", ", channels.Select(c => c.Length))}].");
        }
        (SampleRate, _channels) = (sampleRate, channels);
    }

    /// <summary>Samples per second of each channel, in hertz.</summary>
    public int SampleRate { get; }

    /// <summary>How many channels, 1 or more.</summary>
    public int Channels => _channels.Length;

    /// <summary>Samples of each channel.</summary>
    public int Length => _channels[0].Length;

    /// <summary>How long it lasts.</summary>
    public double LengthSeconds => (double)Length / SampleRate;

    /// <summary>The samples of one channel, from 0; not a copy.</summary>
    public ReadOnlySpan<float> Channel(int index) => _channels[index];

    /// <summary>The mean of the channels: added in order in float32, then divided by their number. A mono sound gives its own samples.</summary>
    public float[] ToMono()
    {
        float[] mono = [.. _channels[0]];
        foreach (float[] channel in _channels.AsSpan(1))
        {
            for (int i = 0; i < mono.Length; i++)
            {
                mono[i] += channel[i];
            }
        }
        for (int i = 0; _channels.Length > 1 && i < mono.Length; i++)
        {
            mono[i] /= _channels.Length;
        }
        return mono;
    }

    /// <summary>Samples of all channels in turn, as an <see cref="IFrameSource"/> gives them.</summary>
    public float[] ToInterleaved()
    {
        float[] frames = new float[checked(Length * Channels)];
        for (int c = 0; c < Channels; c++)
        {
            float[] channel = _channels[c];
            for (int i = 0; i < channel.Length; i++)
            {
                frames[(i * Channels) + c] = channel[i];
            }
        }
        return frames;
    }

    /// <summary>A source that reads this sound; it may be opened any number of times.</summary>
    public IFrameSource Open() => new Source(this);

    /// <summary>Reads a source to its end. Memory grows with what is really there; more than maximumFrames is an error, not a cut.</summary>
    public static Waveform ReadAll(IFrameSource source, long maximumFrames = int.MaxValue / 2, CancellationToken token = default)
    {
        int channels = source.Channels, count = 0;
        float[] block = new float[Math.Max(1, 16_384 / channels) * channels];
        float[][] samples = [.. Enumerable.Range(0, channels).Select(_ => Array.Empty<float>())];
        for (int frames; (frames = source.Read(block, token)) > 0; count += frames)
        {
            if (count + (long)frames > maximumFrames)
            {
                throw new InvalidDataException($"[waveform] The sound is longer than {maximumFrames:N0} frames. Hint: read it as a stream.");
            }
            for (int c = 0; c < channels; c++)
            {
                if (samples[c].Length < count + frames)
                {
                    Array.Resize(ref samples[c], (int)Math.Min(Array.MaxLength, Math.Max(count + frames, samples[c].Length * 2L)));
                }
                for (int i = 0; i < frames; i++)
                {
                    samples[c][count + i] = block[(i * channels) + c];
                }
            }
        }
        for (int c = 0; c < channels; c++)
        {
            Array.Resize(ref samples[c], count);
        }
        return new Waveform(source.SampleRate, samples);
    }

    private sealed class Source(Waveform sound) : IFrameSource
    {
        private int _position;

        public int SampleRate => sound.SampleRate;

        public int Channels => sound.Channels;

        public int Read(Span<float> interleaved, CancellationToken token = default)
        {
            token.ThrowIfCancellationRequested();
            int frames = Math.Min(interleaved.Length / Channels, sound.Length - _position);
            for (int c = 0; c < Channels; c++)
            {
                ReadOnlySpan<float> channel = sound.Channel(c).Slice(_position, frames);
                for (int i = 0; i < frames; i++)
                {
                    interleaved[(i * Channels) + c] = channel[i];
                }
            }
            _position += frames;
            return frames;
        }

        public void Dispose()
        {
        }
    }
}
