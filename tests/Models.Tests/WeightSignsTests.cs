using Euterpe.Models.Pretrained.Acceptance;
using Euterpe.Numerics;
using Euterpe.Testing;

namespace Euterpe.Models.Tests;

/// <summary>
/// The numbers of random models are known for what they are, of every kind and size that is here; those of a network that has learned are not taken
/// for them.
/// </summary>
public sealed class WeightSignsTests
{
    public static TheoryData<string> RandomModels =>
        [.. Directory.GetFiles(Path.Combine(Fixture.Repository, "tests", "Fixtures"), "model.safetensors", SearchOption.AllDirectories)
        .Where(file => new FileInfo(file).Length is > 50_000 and < 50_000_000)
        .Select(file => Path.GetRelativePath(Fixture.Repository, Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(RandomModels))]
    public void Random_checkpoints_look_random(string folder)
    {
        WeightSigns signs = WeightSigns.Of(Path.Combine(Fixture.Repository, folder));
        Assert.True(signs.LookRandom, $"{signs.Structureless} of {signs.Matrices}");
        Assert.False(signs.LookTrained);
        Assert.Empty(signs.NotFinite);
    }

    [Theory]
    [InlineData(16, 16)]
    [InlineData(16, 300)]
    [InlineData(48, 64)]
    [InlineData(384, 384)]
    [InlineData(300, 20)]
    public void Independent_numbers_have_no_structure_whatever_their_distribution(int rows, int columns)
    {
        int normal = 0, uniform = 0, scaled = 0, lowRank = 0, longRows = 0;
        int times = rows * columns > 10_000 ? 2 : 10;
        for (int i = 0; i < times; i++)
        {
            var random = new Philox((ulong)i, $"{rows}x{columns}");
            normal += WeightSigns.IsStructureless(Matrix((r, c) => 0.02 * random.Normal(0, r, c))) ? 1 : 0;
            uniform += WeightSigns.IsStructureless(Matrix((r, c) => random.Uniform(1, r, c) - 0.5)) ? 1 : 0;
            // A table of embeddings with a row of padding, away from zero.
            scaled += WeightSigns.IsStructureless(Matrix((r, c) => r == 1 ? 0 : 0.3 + random.Normal(2, r, c))) ? 1 : 0;
            lowRank += WeightSigns.IsStructureless(Matrix((r, c) => random.Normal(3, r, c)
                + (1.2 * random.Normal(4, r, 0) * random.Normal(5, c, 0)))) ? 1 : 0;
            longRows += WeightSigns.IsStructureless(Matrix((r, c) => random.Normal(6, r, c) * (1 + (r % 4)))) ? 1 : 0;
        }

        Assert.Equal((times, times, times), (normal, uniform, scaled));
        Assert.True(lowRank <= times / 3, $"{lowRank} of {times} of low rank");
        Assert.True(longRows <= (columns < 64 ? times : 0), $"{longRows} of {times} with rows of different length");

        double[][] Matrix(Func<int, int, double> value) =>
            [.. Enumerable.Range(0, rows).Select(r => (double[])[.. Enumerable.Range(0, columns).Select(c => value(r, c))])];
    }

    /// <summary>
    /// Four layers of 48 that learn where a bump goes to: their matrices have no structure before, and all of them after. (From a larger beginning
    /// they can learn it nearly
    /// without moving: then the numbers alone do not tell, and no verdict rests on them alone.)
    /// </summary>
    [Fact]
    public void A_network_that_has_learned_does_not_look_random()
    {
        const int Wide = 48, Layers = 4;
        var random = new Philox(7, "learning");
        double[][][] weights = [.. Enumerable.Range(0, Layers).Select(layer => (double[][])[.. Enumerable.Range(0, Wide).Select(r =>
            (double[])[.. Enumerable.Range(0, Wide).Select(c => random.Normal(layer, r, c) * 0.05)])])];
        Assert.All(weights, matrix => Assert.True(WeightSigns.IsStructureless(Copy(matrix))));
        double loss = 0;
        double[][] x = [.. Enumerable.Range(0, Layers + 1).Select(_ => new double[Wide])];
        for (int step = 0; step < 3000; step++)
        {
            int bump = random.Integer(100, step, 0, Wide);
            for (int i = 0; i < Wide; i++)
                x[0][i] = Bump(i, bump) + (0.3 * random.Normal(101, step, i));
            for (int layer = 0; layer < Layers; layer++)
            {
                for (int r = 0; r < Wide; r++)
                {
                    double sum = 0;
                    for (int c = 0; c < Wide; c++)
                        sum += weights[layer][r][c] * x[layer][c];
                    x[layer + 1][r] = layer < Layers - 1 ? Math.Max(sum, 0) : sum;
                }
            }

            double[] slope = [.. x[Layers].Select((value, i) => value - Bump(i * 5 % Wide, bump))];
            loss = (0.99 * loss) + (0.01 * slope.Sum(each => each * each));
            for (int layer = Layers - 1; layer >= 0; layer--)
            {
                double[] below = new double[Wide];
                for (int r = 0; r < Wide; r++)
                {
                    double s = layer < Layers - 1 && x[layer + 1][r] <= 0 ? 0 : slope[r];
                    for (int c = 0; c < Wide; c++)
                    {
                        below[c] += s * weights[layer][r][c];
                        weights[layer][r][c] -= 0.01 * s * x[layer][c];
                    }
                }

                slope = below;
            }
        }

        Assert.True(loss < 4, $"it has not learned: {loss}, and began at 12");
        Assert.Equal(0, weights.Count(matrix => WeightSigns.IsStructureless(Copy(matrix))));

        static double Bump(int at, int centre) => 2.0 / (1 + ((at - centre) * (at - centre) / 4.0));
    }

    private static double[][] Copy(double[][] matrix) => [.. matrix.Select(row => (double[])row.Clone())];
}
