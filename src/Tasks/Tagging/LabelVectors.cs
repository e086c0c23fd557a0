using Euterpe.Models;
using Euterpe.Numerics;

namespace Euterpe.Tasks.Tagging;

/// <summary>The labels of a set as a model hears them: the mean of the unit vectors of a label's texts, made a unit vector again.</summary>
/// <param name="Vectors">One for each label.</param>
/// <param name="Cut">Texts that are longer than the model reads.</param>
internal sealed record LabelVectors(LabelSet Set, IReadOnlyList<float[]> Vectors, IReadOnlyList<string> Cut)
{
    /// <summary>Texts that go through the model at once.</summary>
    private const int Together = 32;

    public static LabelVectors Of(LabelSet set, ITextEmbedder words, IProgress<TaskProgress>? progress, CancellationToken token)
    {
        (string Text, int Label)[] texts = [.. set.Labels.SelectMany((label, i) => set.Texts(label).Select(text => (text, i)))];
        var embedded = set.Labels.Select(_ => new List<float[]>()).ToArray();
        int done = 0;
        foreach ((string Text, int Label)[] some in texts.Chunk(Together))
        {
            progress?.Report(new TaskProgress("reading labels", done, texts.Length, set.Labels[some[0].Label].Name));
            float[][] vectors = words.Embed([.. some.Select(each => each.Text)], token);
            for (int i = 0; i < some.Length; i++)
                embedded[some[i].Label].Add(vectors[i]);
            done += some.Length;
        }

        float[][] means = [.. embedded.Select((each, i) => MeanOfUnits(each) ?? throw new InvalidOperationException(
            $"[tag] The texts of {set.Labels[i].Name} ({set.Name}) cancel each other out, or have no vector. "
            + "Hint: other prompts, or another model."))];
        return new LabelVectors(set, means, [.. texts.Select(each => each.Text).Where(text => !words.Reach(text).IsWhole)]);
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
