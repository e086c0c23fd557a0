namespace Euterpe.Numerics.Tests;

/// <summary>The first layer of a network of samples: the bits of convolution, norm and function one after the other.</summary>
public sealed class WaveConvolutionTests
{
    [Theory]
    [InlineData(1, 10, 5, 1, true)]
    [InlineData(16, 10, 5, 17, false)]
    [InlineData(40, 3, 2, 95, true)]
    [InlineData(48, 10, 5, 96, false)]
    [InlineData(100, 10, 5, 97, true)]
    [InlineData(130, 1, 1, 333, false)]
    [InlineData(512, 10, 5, 700, false)]
    [InlineData(33, 512, 7, 50, true)]
    public void Bits_are_those_of_the_plain_steps(int channels, int kernel, int stride, int frames, bool biased)
    {
        float[] x = Numbers(1, ((frames - 1) * stride) + kernel + 3), w = Numbers(2, channels * kernel), weight = Numbers(3, channels), shift = Numbers(4, channels);
        float[] bias = biased ? Numbers(5, channels) : [];
        var shape = new ConvolutionShape { InChannels = 1, OutChannels = channels, KernelWidth = kernel, StrideWidth = stride };
        int samples = ((frames - 1) * stride) + kernel;
        var plain = new float[channels * frames];
        Convolution.Reference(x.AsSpan(0, samples), 1, 1, samples, w, shape, bias, plain);
        NormKernels.Group(plain.ToArray(), plain, 1, channels, frames, channels, weight, shift, 1e-5f);
        Functions.Gelu(plain, plain);

        using PackedMatrix packed = PackedMatrix.Pack(w, channels, kernel);
        float[] mean = new float[channels], scale = new float[channels];
        WaveConvolution.Statistics(x, frames, stride, packed, bias, 1e-5f, mean, scale);

        // In two parts, which must not show.
        var found = new float[frames * channels];
        int cut = frames / 3;
        if (cut > 0)
            WaveConvolution.Normalised(x, cut, stride, packed, bias, mean, scale, weight, shift, Fused.Gelu, found.AsSpan(0, cut * channels));
        WaveConvolution.Normalised(x.AsSpan(cut * stride), frames - cut, stride, packed, bias, mean, scale, weight, shift, Fused.Gelu, found.AsSpan(cut * channels));
        for (int t = 0; t < frames; t++)
        {
            for (int c = 0; c < channels; c++)
                Assert.Equal(BitConverter.SingleToInt32Bits(plain[(c * frames) + t]), BitConverter.SingleToInt32Bits(found[(t * channels) + c]));
        }
    }

    [Fact]
    public void Wrong_sizes_are_refused()
    {
        using PackedMatrix w = PackedMatrix.Pack(new float[40], 4, 10), wide = PackedMatrix.Pack(new float[600], 1, 600);
        float[] four = new float[4], y = new float[8];
        Assert.Throws<ShapeException>(() => WaveConvolution.Statistics(new float[14], 2, 5, w, [], 0, four, four));
        Assert.Throws<ShapeException>(() => WaveConvolution.Statistics(new float[15], 2, 5, w, [], 0, new float[3], four));
        Assert.Throws<ShapeException>(() => WaveConvolution.Statistics(new float[15], 0, 5, w, [], 0, four, four));
        Assert.Throws<ShapeException>(() => WaveConvolution.Statistics(new float[700], 1, 5, wide, [], 0, new float[1], new float[1]));
        Assert.Throws<ShapeException>(() => WaveConvolution.Normalised(new float[15], 2, 5, w, [], four, four, four, new float[5], Fused.None, y));
        Assert.Throws<ShapeException>(() => WaveConvolution.Normalised(new float[15], 2, 5, w, new float[1], four, four, four, four, Fused.None, y));
    }

    private static float[] Numbers(int purpose, int count)
    {
        var values = new float[count];
        new Philox(440, "wave").FillNormal(purpose, 0, values);
        return values;
    }
}
