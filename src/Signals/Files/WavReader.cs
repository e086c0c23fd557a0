using Euterpe.Numerics;

namespace Euterpe.Signals.Files;

/// <summary>
/// One WAV file as a stream of frames. The header is checked against itself and against the bytes that are there;
/// samples that are not finite, or beyond 2^40, are errors (their squares would not be finite).
/// </summary>
public sealed class WavReader : IFrameSource
{
    private const int BufferBytes = 65_536;
    private const float LargestSample = 1_099_511_627_776f;

    private readonly Stream _stream;
    private readonly string _name;
    private readonly byte[] _buffer;
    private readonly int _frameBytes;
    private readonly bool _checkSamples;
    private int _buffered;
    private long _framesRead;

    internal WavReader(Stream stream, string name, WavLength length)
    {
        (_stream, _name) = (stream, name);
        WavHeader header = new WavHeaderParser(stream, name, length).Parse();
        (SampleRate, Channels, Format, FrameCount) = (header.SampleRate, header.Channels, header.Format, header.Frames);
        (ValidBits, ChannelMask) = (header.ValidBits, header.ChannelMask);
        _frameBytes = Channels * Format.Bytes();
        _checkSamples = Format.IsFloat();
        _buffer = new byte[Math.Max(_frameBytes, BufferBytes / _frameBytes * _frameBytes)];
    }

    /// <inheritdoc/>
    public int SampleRate { get; }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <summary>How samples are stored.</summary>
    public SampleFormat Format { get; }

    /// <summary>Frames that the header states, or null where it leaves the length open.</summary>
    public long? FrameCount { get; }

    /// <summary>Bits that carry sound; fewer than the container's are at its upper end, so values need no other scale.</summary>
    public int ValidBits { get; }

    /// <summary>Speaker positions of an extensible header; 0 where nothing is said.</summary>
    public uint ChannelMask { get; }

    /// <inheritdoc/>
    public int Read(Span<float> interleaved, CancellationToken token = default)
    {
        int wanted = interleaved.Length / Channels, done = 0;
        if (FrameCount is long all)
        {
            wanted = (int)Math.Min(wanted, all - _framesRead);
        }
        while (done < wanted)
        {
            token.ThrowIfCancellationRequested();
            int bytes = Math.Min(_buffer.Length, (wanted - done) * _frameBytes);
            while (_buffered < bytes && _stream.Read(_buffer, _buffered, bytes - _buffered) is > 0 and int read)
            {
                _buffered += read;
            }
            int frames = Math.Min(_buffered, bytes) / _frameBytes;
            if (frames * _frameBytes < bytes && (FrameCount is not null || _buffered % _frameBytes != 0))
            {
                token.ThrowIfCancellationRequested();
                throw Truncated(frames);
            }
            if (frames == 0)
            {
                break;
            }
            Span<float> target = interleaved.Slice(done * Channels, frames * Channels);
            SampleFormats.Decode(Format, _buffer, target);
            Check(target);
            _buffered = 0;
            (done, _framesRead) = (done + frames, _framesRead + frames);
        }
        return done;
    }

    /// <summary>Closes the stream.</summary>
    public void Dispose() => _stream.Dispose();

    private FileFormatException Truncated(int frames) => FrameCount is long all
        ? new($"[wav] {_name}: the file ends after {_framesRead + frames:N0} of {all:N0} frames. Hint: it was cut short; copy or record it again.")
        : new($"[wav] {_name}: the stream ends inside a frame, after {_framesRead + frames:N0} whole ones "
            + $"({_buffered % _frameBytes} of {_frameBytes} bytes).");

    private void Check(ReadOnlySpan<float> samples)
    {
        if (!_checkSamples)
        {
            return;
        }
        for (int i = 0; i < samples.Length; i++)
        {
            if (!(Math.Abs(samples[i]) <= LargestSample))
            {
                throw new FileFormatException(
                    $"[wav] {_name}: sample {_framesRead + (i / Channels):N0} of channel {i % Channels} is {samples[i]}; "
                    + "finite values up to 2^40 are read.");
            }
        }
    }
}
