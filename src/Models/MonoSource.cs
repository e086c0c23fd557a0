using Euterpe.Numerics;
using Euterpe.Signals;

namespace Euterpe.Models;

/// <summary>A sound as a model hears it: one channel (the mean of all), at the model's rate.</summary>
internal sealed class MonoSource
{
    private readonly IFrameSource source;
    private readonly float[] frames;

    public MonoSource(IFrameSource source, int sampleRate)
    {
        if (source.SampleRate != sampleRate)
            throw new OptionsException($"[sound] The sound has {source.SampleRate} Hz, the model hears {sampleRate} Hz: it must be resampled first.");
        this.source = source;
        frames = new float[4096 * source.Channels];
    }

    /// <summary>Up to so many samples; 0 when the sound has ended.</summary>
    public int Read(Span<float> samples, CancellationToken token)
    {
        int channels = source.Channels;
        if (channels == 1)
            return source.Read(samples, token);
        int count = source.Read(frames.AsSpan(0, Math.Min(frames.Length, samples.Length * channels)), token);
        for (int i = 0; i < count; i++)
        {
            float sum = 0;
            for (int c = 0; c < channels; c++)
                sum += frames[(i * channels) + c];
            samples[i] = sum / channels;
        }

        return count;
    }
}
