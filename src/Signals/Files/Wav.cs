namespace Euterpe.Signals.Files;

/// <summary>What a reader makes of a WAV file whose header does not know how long it is.</summary>
public enum WavLength
{
    /// <summary>The header must state the length, and the bytes must be there.</summary>
    Stated,

    /// <summary>
    /// A data size of 0xFFFFFFFF, or of 0 in a RIFF of size 0 or 0xFFFFFFFF, means: until the end of the stream (what FFmpeg writes to a pipe).
    /// A stated length is checked as always.
    /// </summary>
    UntilEndIfUnknown,
}

/// <summary>
/// WAV files: PCM of 8, 16, 24 and 32 bit, float of 32 and 64 bit, plain or WAVE_FORMAT_EXTENSIBLE, RIFF or RF64, any number of channels.
/// Reading and writing stream through a bounded buffer.
/// </summary>
public static class Wav
{
    /// <summary>Opens a file for streaming.</summary>
    /// <exception cref="Euterpe.Numerics.FileFormatException">The bytes are not such a file, or their header lies.</exception>
    public static WavReader Open(string path, WavLength length = WavLength.Stated) => Open(path, length, identify: false);

    internal static WavReader Open(string path, WavLength length, bool identify)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        try
        {
            return new WavReader(stream, Path.GetFileName(path), length, identify);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a stream, seekable or not, from its present position; name stands in error messages. The reader owns the stream.</summary>
    public static WavReader Open(Stream stream, string name, WavLength length = WavLength.Stated) => new(stream, name, length);

    /// <summary>A whole file in memory.</summary>
    public static Waveform Read(string path, WavLength length = WavLength.Stated)
    {
        using WavReader reader = Open(path, length);
        return Waveform.ReadAll(reader);
    }

    /// <summary>
    /// Starts a file that is written in blocks; an existing one is replaced. frames says how many will come, where that is known:
    /// then the header is final from the start.
    /// </summary>
    public static WavWriter Create(string path, int sampleRate, int channels, SampleFormat format = SampleFormat.Pcm16, long? frames = null) =>
        new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1), sampleRate, channels, format, frames);

    /// <summary>Starts a WAV file in a stream, which the writer closes; without frames, on a stream that cannot seek, its length stays unknown.</summary>
    public static WavWriter Create(Stream stream, int sampleRate, int channels, SampleFormat format = SampleFormat.Pcm16, long? frames = null) =>
        new(stream, sampleRate, channels, format, frames);

    /// <summary>Writes a whole sound to a file.</summary>
    public static void Write(string path, Waveform sound, SampleFormat format = SampleFormat.Pcm16)
    {
        using WavWriter writer = Create(path, sound.SampleRate, sound.Channels, format, sound.Length);
        Write(writer, sound);
    }

    /// <summary>Writes a whole sound to a stream, which stays open.</summary>
    public static void Write(Stream stream, Waveform sound, SampleFormat format = SampleFormat.Pcm16)
    {
        using WavWriter writer = new(stream, sound.SampleRate, sound.Channels, format, sound.Length, leaveOpen: true);
        Write(writer, sound);
    }

    private static void Write(WavWriter writer, Waveform sound)
    {
        using IFrameSource source = sound.Open();
        float[] block = new float[Math.Max(1, 16_384 / sound.Channels) * sound.Channels];
        for (int frames; (frames = source.Read(block)) > 0;)
        {
            writer.Write(block.AsSpan(0, frames * sound.Channels));
        }
    }
}
