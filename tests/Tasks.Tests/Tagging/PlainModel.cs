using System.Globalization;
using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Signals;
using Euterpe.Signals.Files;

namespace Euterpe.Tasks.Tests.Tagging;

/// <summary>
/// A model whose vectors a test decides: a text is its vector (<c>1 0 0.5</c>), a sound begins with it. With a scale it has learned one, as CLAP has.
/// </summary>
internal sealed class PlainModel(float? scale = null) : IAudioEmbedder, ITextEmbedder, IZeroShotScorer, IModelShelf
{
    public const int Size = 4;

    private int calls;

    public int Calls => calls;

    public string Name => "plain";

    public int Dimension => Size;

    public int SampleRate => 8000;

    public string CompatibilityKey => "plain-1";

    public string Revision => "1";

    public string DefaultEmbedder => "plain";

    public string UnderstandingWords => "plain ones";

    public bool ReadsWords { get; init; } = true;

    /// <summary>A short sound with this vector.</summary>
    public static string Sound(string path, params float[] vector)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Wav.Write(path, new Waveform(8000, [.. vector, .. new float[800]]), SampleFormat.Float32);
        return path;
    }

    public OpenModel Open(ModelChoice choice, CancellationToken token = default) =>
        new("plain", "f32", this, ReadsWords ? this : null) { Scorer = scale is null ? null : this };

    public float[] Embed(IFrameSource source, CancellationToken token = default)
    {
        Interlocked.Increment(ref calls);
        return Unit([.. Waveform.ReadAll(source, token: token).Channel(0)[..Size]]);
    }

    public float[] Embed(string text, CancellationToken token = default) =>
        [.. text.Split(' ').Take(Size).Select(each => float.Parse(each, CultureInfo.InvariantCulture))];

    public TextReach Reach(string text) => new(text.Split(' ').Length, Size);

    public float[] Logits(ReadOnlySpan<float> sound, IReadOnlyList<float[]> texts)
    {
        float[] copy = sound.ToArray();
        return [.. texts.Select(text => Reductions.Dot(copy, text) * scale!.Value)];
    }

    public float[] Scores(ReadOnlySpan<float> sound, IReadOnlyList<float[]> texts) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private static float[] Unit(float[] vector)
    {
        float norm = MathF.Sqrt(Reductions.SumOfSquares(vector));
        return [.. vector.Select(x => x / norm)];
    }
}
