using Euterpe.Layers;
using Euterpe.Models.Muq;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Tensors;
using Euterpe.Tokens;

namespace Euterpe.Models.MuqMulan;

/// <summary>A MuQ-MuLan as capabilities in plain values. Callers may come at once; each borrows a workspace of its own.</summary>
internal sealed class MuqMulanEmbedder : IWindowedEmbedder, ITextEmbedder, IZeroShotScorer
{
    /// <summary>Hand-kept: it changes when the bits from features to the vector do.</summary>
    public const int NetworkRevision = 2;

    // Clips of one length that go through the network together.
    private const int Together = 3;

    private readonly Workspaces workspaces = new();
    private readonly Lazy<Tokenizer>? tokenizer;
    private readonly Lazy<EmbeddingKey> key;
    private readonly IDisposable? source;

    /// <param name="name">What a person calls it.</param>
    /// <param name="model">The network.</param>
    /// <param name="tokenizer">Read when the first words come; null for a model that takes no words but ids.</param>
    /// <param name="weightsHash">SHA-256 of the weights; asked for once, when the key is.</param>
    /// <param name="source">Disposed with the embedder.</param>
    public MuqMulanEmbedder(string name, MuqMulanModel model, Func<Tokenizer>? tokenizer, Func<string> weightsHash, IDisposable? source = null)
    {
        (Name, Model, this.source) = (name, model, source);
        this.tokenizer = tokenizer is null ? null : new Lazy<Tokenizer>(tokenizer);
        WindowRule = MulanClips.Rule(model.Config.ClipSeconds);
        key = new(() => new EmbeddingKey("muq-mulan", weightsHash(), model.Packing == Packing.BF16 ? "bf16" : "f32", WindowRule, MuqFrontEnd.Revision,
            Stages.Numerics, NetworkRevision));
    }

    public MuqMulanModel Model { get; }

    public string Name { get; }

    public int SampleRate => Model.Config.SampleRate;

    public int Dimension => Model.Config.Dimension;

    public string WindowRule { get; }

    public string CompatibilityKey => key.Value.Text;

    public string Revision => $"front-end={MuqFrontEnd.Revision} numerics={Stages.Numerics} network={NetworkRevision}";

    /// <summary>Tokens that are read of a text, begin and end marks among them; upstream fails on longer ones.</summary>
    public int MaximumTokens => (int)Math.Min(tokenizer?.Value.Settings.ModelMaxLength ?? long.MaxValue, Model.Config.Text.Longest);

    public float[] Embed(IFrameSource source, CancellationToken token = default) => EmbedWindows(source, token).Vector;

    public EmbeddedSound EmbedWindows(IFrameSource source, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var mono = new MonoReader(source, SampleRate);
        var clips = new MulanClips(Model.Config.ClipSamples);
        var waiting = new List<MulanClips.Clip>(Together);
        var done = new List<EmbeddedWindow>();
        var buffer = new float[1 << 14];
        for (int got; (got = mono.Read(buffer, token)) > 0;)
        {
            for (int at = 0; at < got;)
            {
                at += clips.Add(buffer.AsSpan(at, got - at), out MulanClips.Clip? full);
                if (full is not null)
                    Take(full.Value, waiting, done, token);
            }
        }

        if (clips.Finish() is { } last)
            Take(last, waiting, done, token);
        Run(waiting, done, token);
        if (done.Count == 0)
            throw new ArgumentException("[muq-mulan] The sound has no samples.", nameof(source));
        return new EmbeddedSound(Unit(Mean(done)), done);
    }

    public float[][] Embed(IReadOnlyList<ReadOnlyMemory<float>> waves, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(waves);
        var vectors = new float[waves.Count][];
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] = Unit(Latent(waves[i].Span, parallel: true, token));
        return vectors;
    }

    /// <summary>
    /// Upstream's vector of a sound: the mean of its clips' vectors, whose norm is not 1. Clips at once or one by one give the same bits.
    /// </summary>
    public float[] Latent(ReadOnlySpan<float> wave, bool parallel = false, CancellationToken token = default)
    {
        var waiting = new List<MulanClips.Clip>(Together);
        var done = new List<EmbeddedWindow>();
        foreach (MulanClips.Clip clip in MulanClips.Of(wave, Model.Config.ClipSamples))
        {
            Take(clip, waiting, done, token);
            if (!parallel)
                Run(waiting, done, token);
        }

        Run(waiting, done, token);
        return done.Count > 0 ? Mean(done) : throw new ArgumentException("[muq-mulan] The sound has no samples.", nameof(wave));
    }

    public float[] Embed(string text, CancellationToken token = default) => Embed([text], token)[0];

    public TextReach Reach(string text) => new(Words().Encode(text).Ids.Count, MaximumTokens);

    /// <summary>Several texts, each the same bits as alone.</summary>
    public float[][] Embed(IReadOnlyList<string> texts, CancellationToken token = default)
    {
        Tokenizer words = Words();
        var options = new EncodeOptions { Truncation = new Truncation(MaximumTokens) };
        return Embed([.. texts.Select(text => words.Encode(text, options: options).Ids.Select(id => (long)id).ToArray())], token);
    }

    /// <summary>Texts that are ids already, begin and end marks among them.</summary>
    public float[][] Embed(IReadOnlyList<long[]> texts, CancellationToken token = default)
    {
        float[][] vectors = [];
        workspaces.Borrow(token, w => vectors = Rows(Model.Text.Latents(w, texts)));
        return vectors;
    }

    /// <summary>Upstream's similarity: the product of two vectors.</summary>
    public float Similarity(ReadOnlySpan<float> sound, ReadOnlySpan<float> text)
    {
        if (sound.Length != Dimension || text.Length != Dimension)
        {
            throw new ShapeException(
                $"[muq-mulan] Vectors have {Dimension} numbers: found {sound.Length} of the sound and {text.Length} of the text.");
        }

        return Reductions.Dot(sound, text);
    }

    /// <summary>Similarities as training scaled them (upstream scales them in its loss only).</summary>
    public float[] Logits(ReadOnlySpan<float> sound, IReadOnlyList<float[]> texts)
    {
        var logits = new float[texts.Count];
        for (int i = 0; i < logits.Length; i++)
            logits[i] = (Similarity(sound, texts[i]) * Model.Scale.Scale) + Model.Scale.Bias;
        return logits;
    }

    public float[] Scores(ReadOnlySpan<float> sound, IReadOnlyList<float[]> texts)
    {
        float[] scores = Logits(sound, texts);
        SoftmaxKernel.Row(scores, scores);
        return scores;
    }

    public void Dispose()
    {
        workspaces.Dispose();
        source?.Dispose();
    }

    private Tokenizer Words() =>
        tokenizer?.Value ?? throw new InvalidOperationException($"[muq-mulan] {Name} has no tokenizer: it takes ids, not words.");

    private void Take(MulanClips.Clip clip, List<MulanClips.Clip> waiting, List<EmbeddedWindow> done, CancellationToken token)
    {
        // Clips of one length travel together: only the last can be shorter.
        if (waiting.Count == Together || (waiting.Count > 0 && waiting[0].Samples.Length != clip.Samples.Length))
            Run(waiting, done, token);
        waiting.Add(clip);
    }

    private void Run(List<MulanClips.Clip> waiting, List<EmbeddedWindow> done, CancellationToken token)
    {
        if (waiting.Count == 0)
            return;
        workspaces.Borrow(token, w =>
        {
            Tensor[] features = [.. waiting.Select(clip => Model.FrontEnd.Features(w, Whole(clip.Samples)))];
            float[][] vectors = Rows(Model.Audio.Latents(w, features));
            for (int i = 0; i < vectors.Length; i++)
                done.Add(new EmbeddedWindow((double)waiting[i].Start / SampleRate, (double)waiting[i].Covered / SampleRate, vectors[i]));
        });
        waiting.Clear();
    }

    /// <summary>A clip of less than one mel frame, which upstream cannot hear, is followed by silence.</summary>
    private float[] Whole(float[] clip)
    {
        int least = Model.Config.Audio.HopLength;
        if (clip.Length >= least)
            return clip;
        Array.Resize(ref clip, least);
        return clip;
    }

    private static float[][] Rows(Tensor latents)
    {
        int dimension = latents.Size(1);
        return [.. Enumerable.Range(0, latents.Size(0)).Select(i => latents.Span.Slice(i * dimension, dimension).ToArray())];
    }

    private static float[] Mean(List<EmbeddedWindow> clips)
    {
        var mean = new float[clips[0].Vector.Length];
        foreach (EmbeddedWindow clip in clips)
        {
            for (int i = 0; i < mean.Length; i++)
                mean[i] += clip.Vector[i];
        }

        for (int i = 0; i < mean.Length; i++)
            mean[i] /= clips.Count;
        return mean;
    }

    private static float[] Unit(float[] vector)
    {
        float norm = MathF.Sqrt(Reductions.SumOfSquares(vector));
        return norm > 0 ? [.. vector.Select(value => value / norm)] : vector;
    }
}
