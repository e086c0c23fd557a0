using Euterpe.Layers;
using Euterpe.Models.Windows;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Tensors;
using Euterpe.Tokens;

namespace Euterpe.Models.Clap;

/// <summary>A CLAP as capabilities in plain values. Callers may come at once; each borrows a workspace of its own.</summary>
internal sealed class ClapEmbedder : IWindowedEmbedder, ITextEmbedder, IZeroShotScorer
{
    /// <summary>Hand-kept: each changes when the bits of its stage do.</summary>
    public const int FrontEndRevision = 1, NetworkRevision = 1;

    /// <summary>Windows that go through the network together: enough to use each weight several times while it is in the cache.</summary>
    private const int Together = 4;

    private readonly Workspaces workspaces = new();
    private readonly WindowBatcher<ClapWindows.Window, float[]> batcher;
    private readonly Lazy<Tokenizer>? tokenizer;
    private readonly Lazy<EmbeddingKey> key;
    private readonly IDisposable? source;

    /// <param name="name">What a person calls it.</param>
    /// <param name="model">The network.</param>
    /// <param name="frontEnd">From samples to features.</param>
    /// <param name="tokenizer">Read when the first words come; null for a model that takes no words but ids.</param>
    /// <param name="weightsHash">SHA-256 of the weights; asked for once, when the key is.</param>
    /// <param name="source">Disposed with the embedder.</param>
    public ClapEmbedder(string name, ClapModel model, ClapFrontEnd frontEnd, Func<Tokenizer>? tokenizer, Func<string> weightsHash,
        IDisposable? source = null)
    {
        (Name, Model, FrontEnd, this.source) = (name, model, frontEnd, source);
        this.tokenizer = tokenizer is null ? null : new Lazy<Tokenizer>(tokenizer);
        batcher = new(Together, Vectors, _ => 0);
        ClapPreprocessor config = frontEnd.Config;
        WindowRule = ClapWindows.Rule(config.WindowSamples, config.SamplingRate, config.Padding);
        key = new(() => new EmbeddingKey(
            "clap", weightsHash(), model.Packing == Packing.BF16 ? "bf16" : "f32", WindowRule, FrontEndRevision, Stages.Numerics, NetworkRevision));
    }

    public ClapModel Model { get; }

    public ClapFrontEnd FrontEnd { get; }

    public string Name { get; }

    public int SampleRate => FrontEnd.Config.SamplingRate;

    public int Dimension => Model.Config.Audio.ProjectionDim;

    public int CallersPerThread => 2;

    public string WindowRule { get; }

    public string CompatibilityKey => key.Value.Text;

    public string Revision => $"front-end={FrontEndRevision} numerics={Stages.Numerics} network={NetworkRevision}";

    /// <summary>Tokens that are read of a text, begin and end marks among them.</summary>
    public int MaximumTokens => (int)Math.Min(tokenizer?.Value.Settings.ModelMaxLength ?? long.MaxValue, Model.Config.Text.Longest);

    public float[] Embed(IFrameSource source, CancellationToken token = default) => EmbedWindows(source, token).Vector;

    public EmbeddedSound EmbedWindows(IFrameSource source, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var mono = new MonoReader(source, SampleRate);
        var windows = new ClapWindows(FrontEnd.Config.WindowSamples);
        var waiting = new List<ClapWindows.Window>(Together);
        var done = new List<EmbeddedWindow>();
        var buffer = new float[1 << 14];
        for (int got; (got = mono.Read(buffer, token)) > 0;)
        {
            for (int at = 0; at < got;)
            {
                at += windows.Add(buffer.AsSpan(at, got - at), out ClapWindows.Window? full);
                if (full is not null)
                    Take(full.Value, waiting, done, token);
            }
        }

        if (windows.Finish() is { } last)
            Take(last, waiting, done, token);
        Run(waiting, done, token);
        if (done.Count == 0)
            throw new ArgumentException("[clap] The sound has no samples.", nameof(source));
        return new EmbeddedSound(Mean(done), done);
    }

    public float[][] Embed(IReadOnlyList<ReadOnlyMemory<float>> waves, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(waves);
        var waiting = new List<ClapWindows.Window>(Together);
        var done = new List<EmbeddedWindow>();
        var ends = new int[waves.Count];
        for (int i = 0; i < waves.Count; i++)
        {
            var windows = new ClapWindows(FrontEnd.Config.WindowSamples);
            for (ReadOnlySpan<float> rest = waves[i].Span; rest.Length > 0;)
            {
                rest = rest[windows.Add(rest, out ClapWindows.Window? full)..];
                if (full is not null)
                    Take(full.Value, waiting, done, token);
            }

            if (windows.Finish() is { } last)
                Take(last, waiting, done, token);
            ends[i] = done.Count + waiting.Count;
            if (ends[i] == (i == 0 ? 0 : ends[i - 1]))
                throw new ArgumentException($"[clap] Sound {i} has no samples.", nameof(waves));
        }

        Run(waiting, done, token);
        return [.. ends.Select((end, i) => Mean(done[(i == 0 ? 0 : ends[i - 1])..end]))];
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
        var vectors = new float[texts.Count][];
        workspaces.Borrow(token, w =>
        {
            Tensor embedded = Model.Text.Embed(w, texts);
            for (int i = 0; i < vectors.Length; i++)
                vectors[i] = embedded.Span.Slice(i * Dimension, Dimension).ToArray();
        });
        return vectors;
    }

    public float[] Logits(ReadOnlySpan<float> sound, IReadOnlyList<float[]> texts)
    {
        var logits = new float[texts.Count];
        for (int i = 0; i < logits.Length; i++)
        {
            if (sound.Length != Dimension || texts[i].Length != Dimension)
                throw new ShapeException(
                    $"[clap] Vectors have {Dimension} numbers: found {sound.Length} of the sound and {texts[i].Length} of text {i}.");
            logits[i] = Reductions.Dot(sound, texts[i]) * Model.Scales.Audio;
        }

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
        tokenizer?.Value ?? throw new InvalidOperationException($"[clap] {Name} has no tokenizer: it takes ids, not words.");

    private void Take(ClapWindows.Window window, List<ClapWindows.Window> waiting, List<EmbeddedWindow> done, CancellationToken token)
    {
        waiting.Add(window);
        if (waiting.Count == Together)
            Run(waiting, done, token);
    }

    private void Run(List<ClapWindows.Window> waiting, List<EmbeddedWindow> done, CancellationToken token)
    {
        if (waiting.Count == 0)
            return;
        float[][] vectors = batcher.Run(waiting, token);
        for (int i = 0; i < waiting.Count; i++)
            done.Add(new EmbeddedWindow((double)waiting[i].Start / SampleRate, (double)waiting[i].Samples.Length / SampleRate, vectors[i]));
        waiting.Clear();
    }

    /// <summary>Windows of whichever sounds, each the same bits as alone.</summary>
    private float[][] Vectors(IReadOnlyList<ClapWindows.Window> windows, CancellationToken token)
    {
        float[][] vectors = [];
        workspaces.Borrow(token, w =>
        {
            Tensor features = FrontEnd.Features(w, [.. windows.Select(window => window.Samples)]);
            // Each sound counts as a batch of one, in which upstream calls one sound longer.
            bool[] longer = [.. windows.Select(_ => true)];
            Tensor embedded = Model.Audio.Embed(w, features, longer);
            vectors = [.. windows.Select((_, i) => embedded.Span.Slice(i * Dimension, Dimension).ToArray())];
        });
        return vectors;
    }

    private static float[] Mean(List<EmbeddedWindow> windows)
    {
        if (windows.Count == 1)
            return (float[])windows[0].Vector.Clone();
        var mean = new float[windows[0].Vector.Length];
        foreach (EmbeddedWindow window in windows)
        {
            for (int i = 0; i < mean.Length; i++)
                mean[i] += window.Vector[i];
        }

        float norm = MathF.Sqrt(Reductions.SumOfSquares(mean));
        for (int i = 0; i < mean.Length && norm > 0; i++)
            mean[i] /= norm;
        return mean;
    }
}
