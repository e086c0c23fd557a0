using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Euterpe.Signals;

namespace Euterpe.Models.Signature;

/// <summary>
/// <c>signature</c>: what a sound is like, in 128 numbers, without a network and without a download. Log-mel, MFCC, chroma and rhythm statistics of
/// the
/// whole sound, standardised and mapped so that recordings of one kind lie close together.
/// Loudness does not count. A sound of any rate, length and number of channels; one pass with bounded memory.
/// </summary>
public sealed class SignatureEmbedder : IAudioEmbedder
{
    /// <summary>Its name on the command line and in catalogues.</summary>
    public const string ModelName = "signature";

    // Hand-kept revisions of the compatibility key: a change of bits is a new number.
    internal const int FrontEndRevision = 1, MapRevision = 1;

    private const int BlockSamples = 16_384;
    private const float LargestSample = 1024;

    private static readonly Lazy<SignatureMap> s_map = new(SignatureConstants.Map);

    private readonly SignatureMap _map;

    /// <summary>With the stored constants.</summary>
    public SignatureEmbedder()
        : this(s_map.Value)
    {
    }

    /// <summary>With other constants than the stored ones.</summary>
    [Experimental("EUTERPE001")]
    public SignatureEmbedder(SignatureMap map)
    {
        _map = map;
        CompatibilityKey = new EmbeddingKey(ModelName, Hash(map), "f32", "whole sound", FrontEndRevision, Stages.Numerics, MapRevision).Id;
    }

    /// <inheritdoc/>
    public string Name => ModelName;

    /// <inheritdoc/>
    public int Dimension => _map.Dimension;

    /// <inheritdoc/>
    public int SampleRate => SignatureFrames.SampleRate;

    /// <inheritdoc/>
    public string CompatibilityKey { get; }

    /// <inheritdoc/>
    public string Revision => FormattableString.Invariant($"front-end={FrontEndRevision} numerics={Stages.Numerics} network={MapRevision}");

    /// <inheritdoc/>
    public float[] Embed(IFrameSource source, CancellationToken token = default) => _map.Apply(Statistics(source, token));

    /// <summary>The statistics that the map sees, before it: what fitting starts from.</summary>
    [Experimental("EUTERPE001")]
    public static double[] Statistics(IFrameSource source, CancellationToken token = default)
    {
        using var clean = new CleanSource(source);
        var mono = new MonoReader(clean, SignatureFrames.SampleRate);
        var frames = new SignatureFrames();
        var statistics = new SignatureStatistics();
        var block = new float[BlockSamples];
        bool any = false;
        for (int count; (count = mono.Read(block, token)) > 0;)
        {
            any = true;
            frames.Add(block.AsSpan(0, count));
            Drain(frames, statistics);
        }
        if (!any)
        {
            throw new ArgumentException("[signature] The sound has no samples.");
        }
        frames.Complete();
        Drain(frames, statistics);
        return statistics.Result();
    }

    /// <summary>SHA-256 of the constants.</summary>
    [Experimental("EUTERPE001")]
    public static string Hash(SignatureMap map)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (float[] numbers in (float[][])[map.Mean, map.Scale, map.Factor, map.Offset])
        {
            hash.AppendData(MemoryMarshal.AsBytes<float>(numbers));
        }
        hash.AppendData(MemoryMarshal.AsBytes<short>(map.Weights));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static void Drain(SignatureFrames frames, SignatureStatistics statistics)
    {
        for (int count; (count = frames.Take()) > 0;)
        {
            for (int lane = 0; lane < count; lane++)
            {
                statistics.Add(frames, lane);
            }
        }
    }

    /// <summary>Broken samples (NaN, infinities, absurd values of a float file) would spoil all that follows: they count as silence or as the
    /// limit.</summary>
    private sealed class CleanSource(IFrameSource source) : IFrameSource
    {
        public int SampleRate => source.SampleRate;

        public int Channels => source.Channels;

        public int Read(Span<float> interleaved, CancellationToken token = default)
        {
            int frames = source.Read(interleaved, token);
            foreach (ref float sample in interleaved[..(frames * Channels)])
            {
                sample = float.IsNaN(sample) ? 0 : Math.Clamp(sample, -LargestSample, LargestSample);
            }
            return frames;
        }

        // The caller's source stays the caller's.
        public void Dispose()
        {
        }
    }
}
