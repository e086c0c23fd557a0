namespace Euterpe.Signals;

/// <summary>
/// Decoded sound as a stream: frames of 32-bit floats, channels interleaved, read once from front to back. One frame is one sample of every channel.
/// The sample rate and the channel count are known before the first read.
/// </summary>
public interface IFrameSource : IDisposable
{
    /// <summary>Frames per second, 1 or more.</summary>
    int SampleRate { get; }

    /// <summary>Samples per frame, 1 or more.</summary>
    int Channels { get; }

    /// <summary>Reads up to <c>interleaved.Length / Channels</c> whole frames and returns how many; 0 means that the sound has ended.</summary>
    int Read(Span<float> interleaved, CancellationToken token = default);
}
