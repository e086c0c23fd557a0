using Euterpe.Evaluation;
using Euterpe.Models.Signature;
using Euterpe.Numerics;
using Euterpe.Signals;

namespace Euterpe.Recipes.Tests;

public sealed class SignatureFitTests
{
    private const int Classes = 8, Members = 12, Size = 30;

    /// <summary>Eight numbers tell the class; the others, of larger spread, do not. Classes not fitted to must gain too.</summary>
    [Fact]
    public void Fitting_weighs_down_what_differs_within_a_class()
    {
        (double[][] rows, string[] classes) = Made();
        int[] fitted = [.. Enumerable.Range(0, rows.Length).Where(i => i / Members < Classes / 2)];
        SignatureMap map = SignatureFit.Fit([.. fitted.Select(i => rows[i])], [.. fitted.Select(i => classes[i])],
            new SignatureFitOptions { Dimension = 12 });
        Assert.Equal(12, map.Dimension);
        int[] queries = [.. Enumerable.Range(0, rows.Length).Except(fitted)];
        bool[] candidates = [.. rows.Select(_ => true)];
        double before = Retrieval.Precision([.. rows.Select(row => row.Select(value => (float)value).ToArray())], classes, queries, candidates, 10);
        double after = Retrieval.Precision([.. rows.Select(row => map.Apply(row))], classes, queries, candidates, 10);
        Assert.True(after > before + 0.1, $"before {before}, after {after}");
    }

    [Fact]
    public void Fitting_twice_gives_the_same_bits_and_the_source_says_them()
    {
        (double[][] rows, string[] classes) = Made();
        SignatureMap first = SignatureFit.Fit(rows, classes), second = SignatureFit.Fit(rows, classes);
        Assert.Equal(SignatureEmbedder.Hash(first), SignatureEmbedder.Hash(second));
        Assert.Equal(Size, first.Dimension);
        string source = SignatureFit.Source(first, "made here");
        Assert.Contains(SignatureEmbedder.Hash(first), source, StringComparison.Ordinal);
        Assert.Contains("\"made here\"", source, StringComparison.Ordinal);
    }

    /// <summary>From sounds to statistics to a map to vectors: two kinds of sound, told apart after the fit.</summary>
    [Fact]
    public void The_whole_path_from_sounds_is_alive()
    {
        var statistics = new List<double[]>();
        var classes = new List<string>();
        for (int i = 0; i < 12; i++)
        {
            var samples = new float[11_025];
            new Philox(3, "signature fit/tests").FillUniform(i, 0, samples);
            for (int t = 0; t < samples.Length; t++)
            {
                samples[t] = i % 2 == 0 ? samples[t] - 0.5f : (float)DoubleFunctions.Sin(t * (0.05 + (0.01 * i))) * samples[0];
            }
            statistics.Add(SignatureEmbedder.Statistics(new Waveform(22_050, samples).Open()));
            classes.Add(i % 2 == 0 ? "noise" : "tone");
        }
        SignatureMap map = SignatureFit.Fit(statistics, classes, new SignatureFitOptions { Dimension = 8 });
        float[][] vectors = [.. statistics.Select(row => map.Apply(row))];
        Assert.Equal(1, Retrieval.Precision(vectors, classes, [.. Enumerable.Range(0, 12)], [.. classes.Select(_ => true)], 5));
    }

    [Fact]
    public void Malformed_input_is_refused()
    {
        Assert.Throws<ArgumentException>(() => SignatureFit.Fit([], []));
        Assert.Throws<ArgumentException>(() => SignatureFit.Fit([[1, 2], [1]], ["a", "a"]));
        Assert.Throws<ArgumentException>(() => SignatureFit.Fit([[1, 2], [1, 3]], ["a"]));
        Assert.Throws<ArgumentException>(() => SignatureFit.Fit([[1, 2], [1, 3]], ["a", "a"], new SignatureFitOptions { Shrinkage = 0 }));
        Assert.Throws<ArgumentException>(() => SignatureFit.Fit([[1, 2], [1, 3]], ["a", "a"], new SignatureFitOptions { Dimension = 0 }));
    }

    [Fact]
    public void Eigenvectors_give_the_matrix_back()
    {
        const int n = 24;
        var random = new float[n * n];
        new Philox(9, "eigen").FillUniform(0, 0, random);
        double[][] matrix = [.. Enumerable.Range(0, n).Select(i
            => Enumerable.Range(0, n).Select(j => (double)random[(Math.Min(i, j) * n) + Math.Max(i, j)]).ToArray())];
        (double[] values, double[][] vectors) = SymmetricEigen.Of(matrix);
        Assert.Equal(values.OrderByDescending(value => value), values);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double back = 0, inner = 0;
                for (int k = 0; k < n; k++)
                {
                    back += values[k] * vectors[k][i] * vectors[k][j];
                    inner += vectors[i][k] * vectors[j][k];
                }
                Assert.Equal(matrix[i][j], back, 1e-10);
                Assert.Equal(i == j ? 1 : 0, inner, 1e-12);
            }
        }
    }

    private static (double[][] Rows, string[] Classes) Made()
    {
        var random = new float[Classes * Members * Size];
        new Philox(1, "signature fit/made").FillUniform(0, 0, random);
        var rows = new double[Classes * Members][];
        var classes = new string[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            int which = i / Members;
            classes[i] = $"class {which}";
            rows[i] = new double[Size];
            for (int k = 0; k < Size; k++)
            {
                double noise = random[(i * Size) + k] - 0.5;
                rows[i][k] = k < 8 ? random[(which * Members * Size) + k] - 0.5 + (0.2 * noise) : 2 * noise;
            }
        }
        return (rows, classes);
    }
}
