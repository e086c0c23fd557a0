namespace Euterpe.Numerics.Tests;

public sealed class FrameConvolutionTests
{
    [Theory]
    [InlineData(100, 5, 7, 3, 1, 1, 1, 1)]
    [InlineData(100, 5, 7, 3, 2, 1, 0, 0)]
    [InlineData(61, 4, 20, 10, 5, 1, 9, 3)]
    [InlineData(300, 3, 65, 7, 1, 3, 9, 9)]
    [InlineData(50, 130, 16, 5, 1, 1, 4, 0)]
    [InlineData(4, 6, 8, 7, 1, 1, 3, 3)]
    [InlineData(9, 6, 8, 2, 4, 1, 12, 30)]
    [InlineData(700, 2, 3, 1, 1, 1, 0, 0)]
    public void Frames_equal_the_reference_with_channels_first(
        int frames, int ins, int outs, int kernel, int stride, int dilation, int left, int right)
    {
        ConvolutionShape shape = new()
        {
            InChannels = ins,
            OutChannels = outs,
            KernelWidth = kernel,
            StrideWidth = stride,
            DilationWidth = dilation,
            PadLeft = left,
            PadRight = right,
        };
        int outFrames = shape.OutWidth(frames);
        float[] x = Noise.Make(ins * frames, 1), w = Noise.Make((int)shape.WeightLength, 2), bias = Noise.Make(outs, 3);
        float[] expected = new float[outs * outFrames], found = new float[outs * outFrames];
        Convolution.Reference(x, 1, 1, frames, w, shape, bias, expected, Fused.Relu);
        using PackedMatrix packed = Convolution.PackFrames(w, shape);
        Convolution.Frames(Turn(x, ins, frames), frames, packed, shape, bias, found, Fused.Relu);
        Noise.AssertSameBits(expected, Turn(found, outFrames, outs), shape.ToString());
    }

    [Fact]
    public void What_frames_cannot_do_is_refused()
    {
        ConvolutionShape shape = new() { InChannels = 4, OutChannels = 4, KernelWidth = 3, Groups = 2 };
        Assert.Throws<OptionsException>(() => Convolution.PackFrames(new float[24], shape));
    }

    private static float[] Turn(float[] x, int rows, int columns)
    {
        float[] y = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
            y[(i % columns * rows) + (i / columns)] = x[i];
        return y;
    }
}
