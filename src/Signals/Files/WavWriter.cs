using System.Text;
using Euterpe.Numerics;

namespace Euterpe.Signals.Files;

/// <summary>
/// Writes a WAV file block by block. The sizes are written at once where the number of frames is given; else they are mended at the end
/// on a seekable stream, and stay 0xFFFFFFFF (unknown) on a pipe. Beyond 4 GiB the file becomes RF64.
/// </summary>
public sealed class WavWriter : IDisposable
{
    private const int WideBytes = 28;

    private readonly Stream _stream;
    private readonly SampleFormat _format;
    private readonly long? _announced;
    private readonly long _start;
    private readonly bool _leaveOpen;
    private readonly byte[] _buffer;
    private readonly bool _reserve;
    private bool _disposed;

    internal WavWriter(Stream stream, int sampleRate, int channels, SampleFormat format, long? frames, bool leaveOpen = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(channels, 65_535 / format.Bytes());
        ArgumentOutOfRangeException.ThrowIfNegative(frames ?? 0);
        if ((long)sampleRate * channels * format.Bytes() > uint.MaxValue)
        {
            throw new OptionsException($"[wav] {channels} channels at {sampleRate} Hz are more bytes a second than a WAV header can state.");
        }
        (_stream, SampleRate, Channels, _format, _announced, _leaveOpen) = (stream, sampleRate, channels, format, frames, leaveOpen);
        _buffer = new byte[Math.Max(1, 65_536 / format.Bytes()) * format.Bytes()];
        _start = stream.CanSeek ? stream.Position : 0;
        _reserve = frames is null ? stream.CanSeek : Header(frames, wide: false).Length - 8L + Padded(frames.Value) > uint.MaxValue;
        _stream.Write(Header(frames, wide: frames is not null && _reserve));
    }

    /// <summary>Samples per second, in hertz.</summary>
    public int SampleRate { get; }

    /// <summary>Samples per frame.</summary>
    public int Channels { get; }

    /// <summary>Frames written so far.</summary>
    public long FramesWritten { get; private set; }

    /// <summary>Whole frames, channels interleaved; values beyond -1..1 are cut in integer formats. NaN is an error.</summary>
    public void Write(ReadOnlySpan<float> interleaved)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (interleaved.Length % Channels != 0)
        {
            throw new ShapeException($"[wav] {interleaved.Length} samples are no whole number of frames of {Channels} channels.");
        }
        long frames = interleaved.Length / Channels;
        if (_announced is long all && FramesWritten + frames > all)
        {
            throw new InvalidOperationException($"[wav] {FramesWritten + frames:N0} frames were written, {all:N0} were announced.");
        }
        foreach (float sample in interleaved)
        {
            if (float.IsNaN(sample))
            {
                throw new ArgumentException("[wav] A sample is NaN.", nameof(interleaved));
            }
        }
        int size = _format.Bytes();
        for (int done = 0; done < interleaved.Length;)
        {
            int count = Math.Min(interleaved.Length - done, _buffer.Length / size);
            SampleFormats.Encode(_format, interleaved.Slice(done, count), _buffer);
            _stream.Write(_buffer, 0, count * size);
            done += count;
        }
        FramesWritten += frames;
    }

    /// <summary>Ends the file. Fewer frames than announced are an error on a pipe; on a seekable stream the header tells the truth.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }
        _disposed = true;
        try
        {
            Finish();
        }
        finally
        {
            if (!_leaveOpen)
            {
                _stream.Dispose();
            }
        }
    }

    private void Finish()
    {
        if (((FramesWritten * Channels * _format.Bytes()) & 1) == 1 && (_stream.CanSeek || _announced is not null))
        {
            _stream.WriteByte(0);
        }
        bool asAnnounced = _announced == FramesWritten;
        if (!asAnnounced && _stream.CanSeek)
        {
            long end = _stream.Position;
            bool wide = _reserve && Header(FramesWritten, wide: false).Length - 8L + Padded(FramesWritten) > uint.MaxValue;
            _stream.Position = _start;
            _stream.Write(Header(FramesWritten, wide));
            _stream.Position = end;
        }
        _stream.Flush();
        if (!asAnnounced && _announced is long all && !_stream.CanSeek)
        {
            throw new InvalidOperationException($"[wav] {FramesWritten:N0} frames were written, {all:N0} were announced, "
                + "and the stream cannot be mended.");
        }
    }

    private long Padded(long frames) => ((frames * Channels * _format.Bytes()) + 1) & ~1L;

    private byte[] Header(long? frames, bool wide)
    {
        // Beyond two channels or 16 bit the plain header is ambiguous, so the format says it in full.
        bool isFloat = _format.IsFloat(), extensible = Channels > 2 || _format is SampleFormat.Pcm24 or SampleFormat.Pcm32;
        int bytes = _format.Bytes(), block = Channels * bytes, formatBytes = extensible ? 40 : isFloat ? 18 : 16;
        using var memory = new MemoryStream();
        using var writer = new BinaryWriter(memory, Encoding.Latin1);
        long data = frames is long count ? count * block : uint.MaxValue;
        long total = 4 + (_reserve ? 8 + WideBytes : 0) + 8 + formatBytes + (isFloat ? 12 : 0) + 8 + (frames is long n ? Padded(n) : 0);
        writer.Write(wide ? "RF64"u8 : "RIFF"u8);
        writer.Write(wide || frames is null ? uint.MaxValue : (uint)total);
        writer.Write("WAVE"u8);
        if (_reserve)
        {
            writer.Write(wide ? "ds64"u8 : "JUNK"u8);
            writer.Write((uint)WideBytes);
            writer.Write(wide ? total : 0L);
            writer.Write(wide ? data : 0L);
            writer.Write(wide ? frames ?? 0 : 0L);
            writer.Write(0u);
        }
        writer.Write("fmt "u8);
        writer.Write((uint)formatBytes);
        writer.Write((ushort)(extensible ? 0xFFFE : isFloat ? 3 : 1));
        writer.Write((ushort)Channels);
        writer.Write((uint)SampleRate);
        writer.Write((uint)((long)SampleRate * block));
        writer.Write((ushort)block);
        writer.Write((ushort)(8 * bytes));
        if (extensible)
        {
            writer.Write((ushort)22);
            writer.Write((ushort)(8 * bytes));
            writer.Write(Channels == 1 ? 4u : Channels == 2 ? 3u : 0u);
            writer.Write((ushort)(isFloat ? 3 : 1));
            writer.Write(WavHeaderParser.SubFormatTail);
        }
        else if (isFloat)
        {
            writer.Write((ushort)0);
        }
        if (isFloat)
        {
            writer.Write("fact"u8);
            writer.Write(4u);
            writer.Write((uint)Math.Min(frames ?? uint.MaxValue, uint.MaxValue));
        }
        writer.Write("data"u8);
        writer.Write(wide || frames is null ? uint.MaxValue : (uint)data);
        return memory.ToArray();
    }
}
