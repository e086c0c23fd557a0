using Euterpe.Models;
using Euterpe.Numerics;

namespace Euterpe.Tasks.Tagging;

/// <summary>The labels of a set as a model hears them: the mean of the unit vectors of a label's texts, made a unit vector again.</summary>
/// <param name="Vectors">One for each label.</param>
/// <param name="Cut">Texts that are longer than the model reads.</param>
internal sealed record LabelVectors(LabelSet Set, IReadOnlyList<float[]> Vectors, IReadOnlyList<string> Cut)
{
    public static LabelVectors Of(LabelSet set, ITextEmbedder words, IProgress<TaskProgress>? progress, CancellationToken token)
    {
        var vectors = new List<float[]>(set.Labels.Count);
        var cut = new List<string>();
        foreach (Label label in set.Labels)
        {
            progress?.Report(new TaskProgress("reading labels", vectors.Count, set.Labels.Count, label.Name));
            var each = new List<float[]>();
            foreach (string text in set.Texts(label))
            {
                token.ThrowIfCancellationRequested();
                if (!words.Reach(text).IsWhole)
                    cut.Add(text);
                each.Add(words.Embed(text, token));
            }

            vectors.Add(MeanOfUnits(each) ?? throw new InvalidOperationException(
                $"[tag] The texts of {label.Name} ({set.Name}) cancel each other out, or have no vector. Hint: euterpe verify tells whether the model is sound."));
        }

        return new LabelVectors(set, vectors, cut);
    }

    /// <summary>Added in the given order; null where nothing is left of them.</summary>
    internal static float[]? MeanOfUnits(IReadOnlyList<float[]> vectors)
    {
        var mean = new float[vectors[0].Length];
        foreach (float[] vector in vectors)
        {
            float[] unit = Unit(vector) ?? [];
            if (unit.Length != mean.Length)
                return null;
            for (int i = 0; i < mean.Length; i++)
                mean[i] += unit[i];
        }

        return Unit(mean);
    }

    private static float[]? Unit(float[] vector)
    {
        float norm = MathF.Sqrt(Reductions.SumOfSquares(vector));
        return norm > 1e-6f && float.IsFinite(norm) ? [.. vector.Select(x => x / norm)] : null;
    }
}
