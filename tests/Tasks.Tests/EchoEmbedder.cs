using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Signals;

namespace Euterpe.Tasks.Tests;

/// <summary>A small embedder for tests of tasks: the autocorrelation of the first channel at 24 lags. Counts its calls; may be told to wait or to fail.</summary>
internal sealed class EchoEmbedder : IAudioEmbedder, ITextEmbedder
{
    public const int Lags = 24;
    private int _calls;

    public int Calls => _calls;

    public string Name => "echo";

    public int Dimension => Lags;

    public int SampleRate => 44100;

    public string CompatibilityKey { get; init; } = "echo-1";

    public string Revision => "1";

    /// <summary>Called before each sound, with the number of sounds begun before.</summary>
    public Action<int>? Before { get; init; }

    public float[] Embed(IFrameSource source, CancellationToken token = default)
    {
        int begun = Interlocked.Increment(ref _calls) - 1;
        Before?.Invoke(begun);
        Waveform all = Waveform.ReadAll(source, token: token);
        if (all.Length == 0)
            throw new ArgumentException("no frames");
        ReadOnlySpan<float> x = all.Channel(0);
        float[] vector = new float[Lags];
        for (int lag = 0; lag < Lags; lag++)
        {
            double sum = 1e-6;
            for (int i = 0; i + lag < x.Length; i++)
                sum += x[i] * x[i + lag];
            vector[lag] = (float)sum;
        }

        return Unit(vector);
    }

    public TextReach Reach(string text) => new(text.Split(' ').Length, 8);

    public float[] Embed(string text, CancellationToken token = default)
    {
        float[] vector = new float[Lags];
        vector[text.Length % Lags] = 1;
        return vector;
    }

    public bool Disposed { get; private set; }

    public void Dispose() => Disposed = true;

    private static float[] Unit(float[] vector)
    {
        double square = vector.Sum(v => (double)v * v);
        return [.. vector.Select(v => (float)(v / Math.Sqrt(square)))];
    }
}

internal sealed class EchoShelf(EchoEmbedder embedder, bool words = false) : IModelShelf
{
    public string DefaultEmbedder => "echo";

    public string UnderstandingWords => "wordy";

    public OpenModel Open(ModelChoice choice, CancellationToken token = default) => choice.Name switch
    {
        null or "echo" => new OpenModel("echo", "f32", embedder, words ? embedder : null),
        "other" => new OpenModel("other", choice.Precision ?? "f32", new EchoEmbedder { CompatibilityKey = "echo-2" }, null),
        _ => throw new ModelFileException($"[model] {choice.Name}?"),
    };
}
