namespace Euterpe.Numerics.Tests;

public sealed unsafe class DepthwiseFramesTests
{
    [Theory]
    [InlineData(1, 1, 1, 0, 0)]
    [InlineData(20, 16, 31, 15, 15)]
    [InlineData(7, 37, 31, 30, 0)]
    [InlineData(50, 9, 4, 0, 3)]
    [InlineData(3, 257, 5, 9, 9)]
    public void Frames_equal_the_reference_and_a_convolution_of_as_many_groups(int frames, int channels, int taps, int left, int right)
    {
        ConvolutionShape shape = new()
        {
            InChannels = channels,
            OutChannels = channels,
            KernelWidth = taps,
            PadLeft = left,
            PadRight = right,
            Groups = channels,
        };
        int result = shape.OutWidth(frames);
        float[] x = Noise.Make(frames * channels, 1), w = Noise.Make(taps * channels, 2), bias = Noise.Make(channels, 3);
        float[] reference = new float[result * channels], found = new float[result * channels], grouped = new float[result * channels];
        DepthwiseFrames.Reference(x, frames, channels, w, taps, left, bias, reference, result);
        fixed (float* px = x, pw = w, pb = bias, py = found)
            DepthwiseFrames.Run(px, frames, channels, pw, taps, left, pb, Fused.None, py, 0, result);
        Noise.AssertSameBits(reference, found, $"{shape}");
        Convolution.Reference(Turn(x, frames, channels), 1, 1, frames, Turn(w, taps, channels), shape, bias, grouped, Fused.None);
        Noise.AssertSameBits(Turn(grouped, channels, result), found, $"{shape}, grouped");
    }

    private static float[] Turn(float[] x, int rows, int columns)
    {
        float[] y = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
            y[(i % columns * rows) + (i / columns)] = x[i];
        return y;
    }
}
