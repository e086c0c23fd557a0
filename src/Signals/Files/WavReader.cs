using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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
    private readonly RiffTags? _tags;
    private readonly IncrementalHash? _hash;
    private long _framesRead;

    internal WavReader(Stream stream, string name, WavLength length, bool identify = false)
    {
        (_stream, _name) = (stream, name);
        _tags = identify ? new RiffTags() : null;
        WavHeader header = new WavHeaderParser(stream, name, length, _tags).Parse();
        (SampleRate, Channels, Format, FrameCount) = (header.SampleRate, header.Channels, header.Format, header.Frames);
        (ValidBits, ChannelMask) = (header.ValidBits, header.ChannelMask);
        _frameBytes = Channels * Format.Bytes();
        _checkSamples = Format.IsFloat();
        _buffer = new byte[Math.Max(_frameBytes, BufferBytes / _frameBytes * _frameBytes)];
        if (identify)
        {
            _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            string samples = Format.ToString().ToLowerInvariant();
            _hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{samples} {SampleRate} {Channels}\n")));
        }
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
        while (done < wanted && Next(wanted - done, token) is > 0 and int frames)
        {
            Span<float> target = interleaved.Slice(done * Channels, frames * Channels);
            SampleFormats.Decode(Format, _buffer, target);
            Check(target);
            (done, _framesRead) = (done + frames, _framesRead + frames);
        }
        if (done < wanted)
        {
            End();
        }
        return done;
    }

    /// <summary>What the file is and says; null before its end was read, or where nobody asked.</summary>
    internal AudioIdentity? Identity { get; private set; }

    internal long FramesRead => _framesRead;

    /// <summary>Reads to the end without decoding.</summary>
    internal AudioIdentity Skim(CancellationToken token)
    {
        for (int frames; (frames = Next(int.MaxValue, token)) > 0;)
        {
            _framesRead += frames;
        }
        End();
        return Identity!;
    }

    /// <summary>Fills the buffer with the next frames, at most so many; returns how many there are, 0 at the end.</summary>
    private int Next(int most, CancellationToken token)
    {
        most = (int)Math.Min(Math.Min(most, _buffer.Length / _frameBytes), FrameCount - _framesRead ?? int.MaxValue);
        if (most == 0)
        {
            return 0;
        }
        token.ThrowIfCancellationRequested();
        int bytes = most * _frameBytes, buffered = 0;
        while (buffered < bytes && _stream.Read(_buffer, buffered, bytes - buffered) is > 0 and int read)
        {
            buffered += read;
        }
        int frames = buffered / _frameBytes;
        if (buffered < bytes && (FrameCount is not null || buffered % _frameBytes != 0))
        {
            token.ThrowIfCancellationRequested();
            throw Truncated(frames, buffered % _frameBytes);
        }
        _hash?.AppendData(_buffer, 0, buffered);
        return frames;
    }

    private void End()
    {
        if (_hash is null || Identity is not null)
        {
            return;
        }
        if (FrameCount is long frames && _stream.CanSeek)
        {
            _tags!.ReadAfter(_stream, frames * _frameBytes % 2);
        }
        Identity = new AudioIdentity(Convert.ToHexStringLower(_hash.GetCurrentHash()), _tags!.ToTags());
    }

    /// <summary>Closes the stream.</summary>
    public void Dispose()
    {
        _hash?.Dispose();
        _stream.Dispose();
    }

    private FileFormatException Truncated(int frames, int left) => FrameCount is long all
        ? new($"[wav] {_name}: the file ends after {_framesRead + frames:N0} of {all:N0} frames. Hint: it was cut short; copy or record it again.")
        : new($"[wav] {_name}: the stream ends inside a frame, after {_framesRead + frames:N0} whole ones "
            + $"({left} of {_frameBytes} bytes).");

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
                throw AudioTrouble.With(
                    AudioTrouble.NotFinite,
                    $"[wav] {_name}: sample {_framesRead + (i / Channels):N0} of channel {i % Channels} is {samples[i]}; "
                    + "finite values up to 2^40 are read.");
            }
        }
    }
}
