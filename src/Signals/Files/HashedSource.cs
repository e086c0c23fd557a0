using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Euterpe.Signals.Files;

/// <summary>
/// Passes a sound on and hashes it: SHA-256 of one line, <c>f32 44100 2\n</c> (rate, channels), and of the samples as little-endian 32-bit floats, frame after
/// frame. Two files of one hash sound the same, sample for sample, however they are encoded.
/// </summary>
public sealed class HashedSource : IFrameSource
{
    private readonly IFrameSource source;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Wraps a source that was not read yet, and ends it when it is ended itself.</summary>
    public HashedSource(IFrameSource source)
    {
        this.source = source;
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"f32 {source.SampleRate} {source.Channels}\n")));
    }

    /// <inheritdoc/>
    public int SampleRate => source.SampleRate;

    /// <inheritdoc/>
    public int Channels => source.Channels;

    /// <summary>Frames that were read so far.</summary>
    public long Frames { get; private set; }

    /// <summary>The hash of what was read so far, in lower-case hexadecimal: that of the sound, once it was read to its end.</summary>
    public string DecodedSha256 => Convert.ToHexStringLower(hash.GetCurrentHash());

    /// <inheritdoc/>
    public int Read(Span<float> interleaved, CancellationToken token = default)
    {
        int frames = source.Read(interleaved, token);
        Frames += frames;
        ReadOnlySpan<float> samples = interleaved[..(frames * Channels)];
        if (BitConverter.IsLittleEndian)
        {
            hash.AppendData(MemoryMarshal.AsBytes(samples));
            return frames;
        }
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        foreach (float sample in samples)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes, sample);
            hash.AppendData(bytes);
        }
        return frames;
    }

    /// <summary>Ends the source too.</summary>
    public void Dispose()
    {
        hash.Dispose();
        source.Dispose();
    }
}
