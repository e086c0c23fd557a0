namespace Euterpe.Numerics.Tests;

public class NormTests
{
    [Fact]
    public void Softmax_gives_the_bits_of_the_reference_at_every_width_and_length()
    {
        for (int length = 1; length <= 257; length += length < 70 ? 1 : 17)
        {
            float[] x = ReductionTests.Normals(length, length);
            if (length > 1 && length % 5 == 1)
            {
                x[length / 2] = float.NegativeInfinity;
            }

            float[] expected = new float[length];
            float[] found = new float[length];
            SoftmaxKernel.Reference(x, expected);
            SoftmaxKernel.Row(x, found);
            Same(expected, found, $"softmax of {length}");
            SoftmaxKernel.RowAt<V16>(x, found, false);
            Same(expected, found, $"softmax of {length}, 16 lanes");
            SoftmaxKernel.RowAt<Pair<V8>>(x, found, false);
            Same(expected, found, $"softmax of {length}, 2 x 8 lanes");
            Assert.Equal(1.0, Reductions.SumToDouble(found), 1e-5);
            SoftmaxKernel.LogReference(x, expected);
            SoftmaxKernel.RowAt<V16>(x, found, true);
            Same(expected, found, $"log-softmax of {length}, 16 lanes");
            SoftmaxKernel.RowAt<Pair<V8>>(x, found, true);
            Same(expected, found, $"log-softmax of {length}, 2 x 8 lanes");
        }
    }

    [Fact]
    public void Softmax_takes_huge_logits_and_rows_of_nothing_as_torch_does()
    {
        float[] y = new float[3];
        SoftmaxKernel.Row([3e38f, -3e38f, 3e38f], y);
        Assert.Equal([0.5f, 0f, 0.5f], y);
        SoftmaxKernel.Row([float.NegativeInfinity, 1f, float.NegativeInfinity], y);
        Assert.Equal([0f, 1f, 0f], y);
        SoftmaxKernel.Row([float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity], y);
        Assert.All(y, v => Assert.True(float.IsNaN(v)));
        SoftmaxKernel.Row([1f, float.NaN, 2f], y);
        Assert.All(y, v => Assert.True(float.IsNaN(v)));
        float[] in_place = [0f, 0f];
        SoftmaxKernel.Rows(in_place, in_place, 1, 2);
        Assert.Equal([0.5f, 0.5f], in_place);
        Assert.Throws<ShapeException>(() => SoftmaxKernel.Rows(new float[5], new float[5], 2, 3));
    }

    [Fact]
    public void Rows_are_normalised_with_the_bits_of_the_reference_at_every_width_and_length()
    {
        for (int length = 1; length <= 257; length += length < 70 ? 1 : 17)
        {
            float[] x = ReductionTests.Normals(length, length);
            float[] weight = ReductionTests.Normals(length, 1000);
            float[] bias = ReductionTests.Normals(length, 1001);
            float[] expected = new float[length];
            float[] found = new float[length];
            for (int kind = 0; kind < 8; kind++)
            {
                bool centre = (kind & 1) != 0;
                ReadOnlySpan<float> w = (kind & 2) != 0 ? weight : default;
                ReadOnlySpan<float> b = (kind & 4) != 0 ? bias : default;
                NormKernels.Reference(x, expected, centre, w, b, 1e-5f);
                NormKernels.RowAt<V16>(x, found, centre, w, b, 1e-5f);
                Same(expected, found, $"norm {kind} of {length}, 16 lanes");
                NormKernels.RowAt<Pair<V8>>(x, found, centre, w, b, 1e-5f);
                Same(expected, found, $"norm {kind} of {length}, 2 x 8 lanes");
            }
        }
    }

    [Fact]
    public void Layer_norm_is_the_formula()
    {
        float[] x = ReductionTests.Normals(3 * 129, 1);
        float[] y = new float[x.Length];
        NormKernels.Layer(x, y, 3, 129, default, default, 1e-5f);
        for (int row = 0; row < 3; row++)
        {
            double[] r = Array.ConvertAll(x[(row * 129)..((row + 1) * 129)], v => (double)v);
            double mean = r.Average();
            double variance = r.Select(v => (v - mean) * (v - mean)).Average();
            for (int i = 0; i < 129; i++)
            {
                Assert.Equal((r[i] - mean) / Math.Sqrt(variance + 1e-5), y[(row * 129) + i], 2e-6);
            }
        }
    }

    [Fact]
    public void Group_norm_of_one_group_is_a_layer_norm_and_batch_statistics_give_a_batch_norm()
    {
        const int Batch = 3;
        const int Channels = 4;
        const int Length = 37;
        float[] x = ReductionTests.Normals(Batch * Channels * Length, 2);
        float[] group = new float[x.Length];
        float[] layer = new float[x.Length];
        NormKernels.Group(x, group, Batch, Channels, Length, 1, default, default, 1e-5f);
        NormKernels.Layer(x, layer, Batch, Channels * Length, default, default, 1e-5f);
        Same(layer, group, "one group");

        float[] mean = new float[Channels];
        float[] variance = new float[Channels];
        NormKernels.BatchStatistics(x, Batch, Channels, Length, mean, variance);
        NormKernels.Batch(x, layer, Batch, Channels, Length, mean, variance, [2f, 2f, 2f, 2f], [1f, 1f, 1f, 1f], 0f);
        for (int c = 0; c < Channels; c++)
        {
            float[] channel = [.. Enumerable.Range(0, Batch).SelectMany(b => layer.AsSpan(((b * Channels) + c) * Length, Length).ToArray())];
            Assert.Equal(1, Reductions.Mean(channel), 1e-5);
            Assert.Equal(4, Reductions.Variance(channel), 1e-4);
        }

        Assert.Throws<ShapeException>(() => NormKernels.Group(x, group, Batch, Channels, Length, 3, default, default, 1e-5f));
        Assert.Throws<ShapeException>(() => NormKernels.Layer(x, group, Batch, Channels * Length, new float[3], default, 1e-5f));
    }

    [Fact]
    public void Rows_get_unit_length()
    {
        float[] x = ReductionTests.Normals(2 * 77, 3);
        x.AsSpan(77).Clear();
        NormKernels.L2(x, x, 2, 77);
        Assert.Equal(1, Reductions.SumOfSquares(x.AsSpan(0, 77)), 1e-6);
        Assert.All(x[77..], v => Assert.Equal(0f, v));
    }

    private static void Same(float[] expected, float[] found, string what)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            WidthTests.AssertSame(expected[i], found[i], $"{what} at {i}");
        }
    }
}
