using Euterpe.Models;
using Euterpe.Numerics;

namespace Euterpe.Tasks.Tagging;

/// <summary>A sound's vector to the scores of one set's labels.</summary>
internal sealed class LabelScorer
{
    /// <summary>What CLIP and its kin begin their training with (1 / 0.07), for a model that does not say what it has learned.</summary>
    public const double UsualScale = 1 / 0.07;

    private readonly LabelVectors labels;
    private readonly ReferenceCosines? reference;
    private readonly IZeroShotScorer? learned;

    public LabelScorer(LabelVectors labels, IZeroShotScorer? learned, ReferenceCosines? reference, double? least)
    {
        (this.labels, this.reference) = (labels, reference);
        this.learned = labels.Set.Scale is null ? learned : null;
        Least = least ?? labels.Set.Least;
        if (Set.Calibration == Calibration.Softmax)
            Scale = Set.Scale ?? ScaleOf(learned, labels.Vectors[0].Length) ?? UsualScale;
    }

    public LabelSet Set => labels.Set;

    public double Least { get; }

    /// <summary>What cosines are multiplied by; null where there is no softmax.</summary>
    public double? Scale { get; }

    /// <summary>Best first; equal ones in the order of the set.</summary>
    public IReadOnlyList<TagScore> Scores(float[] sound, int most)
    {
        float[] cosines = [.. labels.Vectors.Select(label => Reductions.Dot(sound, label))];
        float[]? probabilities = Probabilities(sound, cosines);
        var scores = new List<TagScore>(cosines.Length);
        for (int i = 0; i < cosines.Length; i++)
        {
            double? percentile = reference?.Percentile(i, cosines[i]), score = probabilities is null ? percentile : probabilities[i];
            scores.Add(new TagScore(Set.Labels[i].Name, score, score >= Least, cosines[i], percentile, reference?.Deviation(i, cosines[i])));
        }

        return [.. scores.OrderByDescending(each => each.Score ?? 0).ThenByDescending(each => each.Deviation ?? 0)
            .ThenByDescending(each => each.Cosine).Take(most)];
    }

    private float[]? Probabilities(float[] sound, float[] cosines)
    {
        if (Set.Calibration != Calibration.Softmax)
            return null;
        float[] logits = learned?.Logits(sound, labels.Vectors) ?? [.. cosines.Select(cosine => cosine * (float)Scale!.Value)];
        SoftmaxKernel.Row(logits, logits);
        return logits;
    }

    /// <summary>A model's logit of two equal unit vectors is its scale.</summary>
    private static double? ScaleOf(IZeroShotScorer? learned, int dimension)
    {
        if (learned is null)
            return null;
        var one = new float[dimension];
        one[0] = 1;
        return learned.Logits(one, [one])[0];
    }
}
