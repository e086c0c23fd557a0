using Euterpe.Search;
using Euterpe.Signals;

namespace Euterpe.Tasks.Sounds;

/// <summary>Counts what was read of a sound.</summary>
internal sealed class Heard(IFrameSource source) : IFrameSource
{
    public long Frames { get; private set; }

    public int SampleRate => source.SampleRate;

    public int Channels => source.Channels;

    public SoundFacts Facts => new((double)Frames / SampleRate, SampleRate, Channels, Frames);

    public int Read(Span<float> interleaved, CancellationToken token = default)
    {
        int frames = source.Read(interleaved, token);
        Frames += frames;
        return frames;
    }

    public void Dispose() => source.Dispose();
}
