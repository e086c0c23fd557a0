namespace Euterpe.Numerics;

/// <summary>
/// A query in 16 bits beside rows of 8 bits, with what it takes to bound the exact product from above:
/// <c>q . x &lt;= dot * Scale * row.Scale + OfError * row.Error + OfNorm * row.Norm + Least</c>, where q . x is what <see cref="DotRows"/> gives.
/// </summary>
/// <remarks>
/// With q = q' + d and x = x' + e (primes: the rounded ones): q . x = q' . x' + q . e + d . x', and |q . e| &lt;= |q| |e|, |d . x'| &lt;= |d| (|x|
/// + |e|)
/// (Cauchy and Schwarz). What DotRows rounds off is at most (n / 16 + 6) 2^-24 |q| |x|; what the bound itself rounds off lies below 2^-20 of its
/// terms.
/// </remarks>
[Experimental("EUTERPE001")]
public readonly struct WordQuery
{
    // 127 times the sum of all magnitudes stays below 2^31.
    private const double MostSum = 16_000_000;

    /// <param name="query">Finite, at most <see cref="ByteRows.Largest"/>.</param>
    /// <param name="words">Gets the query in <see cref="ByteRows.Stride"/> words; zeros behind its end.</param>
    public WordQuery(ReadOnlySpan<float> query, Span<short> words)
    {
        double most = 0, sum = 0, square = 0, lost = 0;
        foreach (float x in query)
        {
            most = Math.Max(most, Math.Abs((double)x));
            sum += Math.Abs((double)x);
            square += (double)x * x;
        }

        float scale = (float)Math.Max(most / 32_000, sum / MostSum);
        // Below the normal floats a scale has few bits: such a query counts as zero, and all of it as lost.
        if (scale < 1e-37f)
            scale = 0;
        words.Clear();
        int total = 0;
        for (int k = 0; k < query.Length && scale > 0; k++)
        {
            int w = (int)Math.Round(query[k] / (double)scale);
            words[k] = (short)w;
            total += w;
            double d = query[k] - ((double)scale * w);
            lost += d * d;
        }

        if (scale == 0)
            lost = square;
        double length = Math.Sqrt(square) * (1 + 1e-9), rest = Math.Sqrt(lost) * (1 + 1e-9), both = length + rest;
        const double Slack = 1.0 / (1 << 20), Unit = 1.0 / (1 << 24);
        Scale = scale;
        Correction = 128 * total;
        Length = (float)(length * (1 + 1e-6));
        OfError = (float)((both * (1 + Slack)) * (1 + 1e-6));
        OfNorm = (float)((rest + (both * Slack) + (((query.Length / 16) + 6) * Unit * 1.01 * length)) * (1 + 1e-6));
    }

    public float Scale { get; }

    /// <summary>128 times the sum of the words: rows are kept with 128 added.</summary>
    public int Correction { get; }

    /// <summary>Not less than the length of the query.</summary>
    public float Length { get; }

    public float OfError { get; }

    public float OfNorm { get; }

    /// <summary>For what underflows.</summary>
    public static float Least => 1e-30f;

    /// <summary>The bound of one row.</summary>
    public float Bound(int dot, float scale, float error, float norm) =>
        ((float)dot * (Scale * scale)) + ((OfError * error) + ((OfNorm * norm) + Least));
}
