using Euterpe.Numerics;

namespace Euterpe.Tasks.Finding;

/// <summary>A vector with its weight.</summary>
internal readonly record struct Term(float[] Vector, double Weight);

/// <summary>
/// Examples and words as one vector: a score is the dot product with it. Examples among themselves, and words among themselves, are the weighted sum of unit vectors, in the order
/// in which they were given, made a unit vector again.
/// </summary>
/// <remarks>
/// Vectors of words lie in another cone than those of sounds (the modality gap): all sounds have about the same, smaller cosine with words, and differ less. So the two are not summed as
/// vectors: their scores are, each standardised by mean and standard deviation s over random tracks of the collection,
/// W_sound (x q_sound - mean) / s_sound + W_words (x q_words - mean) / s_words, W being the sum of the weights' magnitudes.
/// The means change no order; what is left is the dot product with W_sound / s_sound q_sound + W_words / s_words q_words, which is made a unit vector. With too few tracks to tell s it is 1.
/// </remarks>
internal static class QueryVector
{
    public static float[] Of(string task, IReadOnlyList<Term> sounds, IReadOnlyList<Term> words, Func<Calibration> calibration)
    {
        if (words.Count == 0)
            return Sum(task, sounds);
        if (sounds.Count == 0)
            return Sum(task, words);
        float[] sound = Sum(task, sounds), text = Sum(task, words);
        double soundSpread = calibration().Spread(sound).Deviation, textSpread = calibration().Spread(text).Deviation;
        if (soundSpread < 1e-6 || textSpread < 1e-6)
            (soundSpread, textSpread) = (1, 1);
        return Sum(task, [new Term(sound, Weight(sounds) / soundSpread), new Term(text, Weight(words) / textSpread)]);
    }

    private static double Weight(IReadOnlyList<Term> terms) => terms.Sum(term => Math.Abs(term.Weight));

    private static float[] Sum(string task, IReadOnlyList<Term> terms)
    {
        // One vector stays what it is, to the bit.
        if (terms is [{ Weight: > 0 } one])
            return one.Vector;
        var sum = new double[terms[0].Vector.Length];
        double most = 0;
        foreach (Term term in terms)
        {
            double length = Length(term.Vector);
            if (length == 0)
                continue;
            double factor = term.Weight / length;
            most += Math.Abs(term.Weight);
            for (int k = 0; k < sum.Length; k++)
                sum[k] += factor * term.Vector[k];
        }

        double all = Math.Sqrt(Reductions.Dot(sum, sum));
        if (!(all > 1e-6 * most))
            throw new OptionsException($"[{task}] The examples and words cancel each other out: nothing is left to look for. Hint: other weights.");
        return Array.ConvertAll(sum, value => (float)(value / all));
    }

    private static double Length(float[] vector)
    {
        double square = 0;
        foreach (float value in vector)
            square += (double)value * value;
        return Math.Sqrt(square);
    }
}
