namespace Euterpe.Signals;

/// <summary>
/// A source mixed to one channel (the mean of its channels) and resampled, block by block in bounded memory: what a model hears.
/// The samples are those of <see cref="Waveform.ToMono"/> and <see cref="Resampler.Run"/>, to the bit.
/// </summary>
public sealed class MonoReader
{
    private readonly IFrameSource _source;
    private readonly ResamplerStream? _resampler;
    private readonly float[] _frames;
    private readonly float[] _mono;
    private bool _ended;

    /// <summary>Reads source, which stays the caller's to dispose, at sampleRate.</summary>
    public MonoReader(IFrameSource source, int sampleRate, ResamplerQuality? quality = null)
    {
        (_source, SampleRate) = (source, sampleRate);
        _resampler = source.SampleRate == sampleRate ? null : Resampler.Shared(source.SampleRate, sampleRate, quality).Open();
        int frames = Math.Clamp(65_536 / source.Channels, 1, 16_384);
        (_frames, _mono) = (new float[frames * source.Channels], new float[frames]);
    }

    /// <summary>Of the samples that are given, in hertz.</summary>
    public int SampleRate { get; }

    /// <summary>Fills samples as far as the sound goes and returns how many were written; fewer than asked for only at its end.</summary>
    public int Read(Span<float> samples, CancellationToken token = default)
    {
        int done = 0;
        while (done < samples.Length)
        {
            int taken = _resampler?.Take(samples[done..], token) ?? 0;
            done += taken;
            if (taken > 0)
            {
                continue;
            }
            if (_ended)
            {
                break;
            }
            int room = _resampler is null ? Math.Min(_mono.Length, samples.Length - done) : _mono.Length;
            int frames = _source.Read(_frames.AsSpan(0, room * _source.Channels), token);
            _ended = frames == 0;
            Mix(frames);
            if (_resampler is null)
            {
                _mono.AsSpan(0, frames).CopyTo(samples[done..]);
                done += frames;
            }
            else if (_ended)
            {
                _resampler.Complete();
            }
            else
            {
                _resampler.Add(_mono.AsSpan(0, frames));
            }
        }
        return done;
    }

    private void Mix(int frames)
    {
        int channels = _source.Channels;
        for (int i = 0; i < frames; i++)
        {
            ReadOnlySpan<float> frame = _frames.AsSpan(i * channels, channels);
            float sum = frame[0];
            for (int c = 1; c < channels; c++)
            {
                sum += frame[c];
            }
            _mono[i] = channels == 1 ? sum : sum / channels;
        }
    }
}
