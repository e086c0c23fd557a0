namespace Euterpe.Signals.Tests;

public class WindowTests
{
    /// <summary>
    /// Values of torch.hann_window(2048) and torch.hamming_window(400), of which some differ from the rounded window. One in two hundred of torch's lies
    /// on the other side of a tie.
    /// </summary>
    [Theory]
    [InlineData(WindowShape.Hann, 2048, 1, 2.35438347e-06f)]
    [InlineData(WindowShape.Hann, 2048, 44, 0.00454869866f)]
    [InlineData(WindowShape.Hann, 2048, 1000, 0.998645186f)]
    [InlineData(WindowShape.Hann, 2048, 2000, 0.00541171432f)]
    [InlineData(WindowShape.Hann, 2048, 2036, 0.000338822603f)]
    [InlineData(WindowShape.Hann, 2048, 2047, 2.35438347e-06f)]
    [InlineData(WindowShape.Hamming, 400, 0, 0.0800000131f)]
    [InlineData(WindowShape.Hamming, 400, 12, 0.0881478786f)]
    [InlineData(WindowShape.Hamming, 400, 399, 0.0800567567f)]
    public void Single_precision_windows_are_torchs(WindowShape shape, int length, int index, float expected) =>
        Assert.Equal(expected, (float)Windows.Of(new StftOptions { FftSize = length, Window = shape, SinglePrecision = true })[index]);

    [Fact]
    public void Other_windows_are_rounded_from_double_precision()
    {
        Assert.Equal(Windows.Create(WindowShape.Hann, 400), Windows.Of(new StftOptions { FftSize = 400 }));
        Assert.Equal(Windows.Create(WindowShape.Povey, 400), Windows.Of(new StftOptions { FftSize = 400, Window = WindowShape.Povey, SinglePrecision = true }));
    }
}
