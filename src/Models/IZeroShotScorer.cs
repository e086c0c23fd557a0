namespace Euterpe.Models;

/// <summary>Which of some words fit a sound best, without training on those words.</summary>
public interface IZeroShotScorer
{
    /// <summary>Scaled similarities of one sound to each text: a row of upstream's <c>logits_per_audio</c>.</summary>
    /// <param name="sound">A vector of this model's <see cref="IAudioEmbedder"/>.</param>
    /// <param name="texts">Vectors of this model's <see cref="ITextEmbedder"/>.</param>
    float[] Logits(ReadOnlySpan<float> sound, IReadOnlyList<float[]> texts);

    /// <summary>Softmax of <see cref="Logits"/>: they add up to 1.</summary>
    float[] Scores(ReadOnlySpan<float> sound, IReadOnlyList<float[]> texts);
}
