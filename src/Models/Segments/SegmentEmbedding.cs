using Euterpe.Signals;

namespace Euterpe.Models.Segments;

/// <summary>Segments for any embedder: each is embedded as a sound of its own as soon as its frames are there.</summary>
internal static class SegmentEmbedding
{
    /// <summary>One pass over a source: the whole sound (where it is asked for) and each segment.</summary>
    public static SegmentedSound Run(IAudioEmbedder embedder, IFrameSource source, SegmentRule rule, bool whole, CancellationToken token)
    {
        rule.Check();
        using var tee = new Tee(embedder, source, rule, token);
        float[]? vector = whole ? embedder.Embed(tee, token) : null;
        var rest = new float[Math.Max(1, (1 << 14) / source.Channels) * source.Channels];
        while (tee.Read(rest, token) > 0)
        {
        }

        return tee.Result(vector, token);
    }

    /// <summary>Hands frames on, and embeds each segment that they complete.</summary>
    private sealed class Tee(IAudioEmbedder embedder, IFrameSource source, SegmentRule rule, CancellationToken token) : IFrameSource
    {
        private readonly SegmentCutter cutter = new(rule, source.SampleRate, source.Channels);
        private readonly List<float> vectors = [];

        public int SampleRate => source.SampleRate;

        public int Channels => source.Channels;

        public int Read(Span<float> interleaved, CancellationToken reading = default)
        {
            int frames = source.Read(interleaved, reading);
            for (ReadOnlySpan<float> block = interleaved[..(frames * Channels)]; block.Length > 0;)
            {
                block = block[cutter.Add(block, out float[]? segment)..];
                if (segment is not null)
                    Embed(segment);
            }

            return frames;
        }

        public SegmentedSound Result(float[]? vector, CancellationToken ending)
        {
            SegmentGrid grid = cutter.Grid;
            if (grid.Count == 1 && vector is not null)
                return new SegmentedSound(vector, (float[])vector.Clone(), grid); // the sound is its own segment
            if (grid.Count == 0)
                _ = embedder.Embed(new Cut([], SampleRate, Channels), ending); // says in its own words that there is no sound
            foreach (float[] segment in cutter.Finish())
                Embed(segment);
            return new SegmentedSound(vector, [.. vectors], grid);
        }

        // The caller's source stays the caller's.
        public void Dispose()
        {
        }

        private void Embed(float[] segment)
        {
            using var cut = new Cut(segment, SampleRate, Channels);
            vectors.AddRange(embedder.Embed(cut, token));
        }
    }

    /// <summary>A sound that holds only the samples of a segment.</summary>
    internal sealed class Cut(float[] samples, int sampleRate, int channels) : IFrameSource
    {
        private int at;

        public int SampleRate => sampleRate;

        public int Channels => channels;

        public int Read(Span<float> interleaved, CancellationToken token = default)
        {
            token.ThrowIfCancellationRequested();
            int frames = Math.Min(interleaved.Length, samples.Length - at) / channels;
            samples.AsSpan(at, frames * channels).CopyTo(interleaved);
            at += frames * channels;
            return frames;
        }

        public void Dispose()
        {
        }
    }
}
