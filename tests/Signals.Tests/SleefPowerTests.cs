namespace Euterpe.Signals.Tests;

public class SleefPowerTests
{
    /// <summary>Where torch (10.0 ** tensor, float32) is one ulp from the nearest float, and two where it is not.</summary>
    [Theory]
    [InlineData(0.040396f, 1.0974784f)]
    [InlineData(0.148868f, 1.4088604f)]
    [InlineData(0.46892f, 2.9438791f)]
    [InlineData(0.710598f, 5.1356807f)]
    [InlineData(0.953468f, 8.983964f)]
    [InlineData(1.274712f, 18.824001f)]
    [InlineData(0.0398f, 1.0959734f)]
    [InlineData(1.5f, 31.622776f)]
    public void Powers_of_ten_match_torch(float y, float expected) => Assert.Equal(expected, SleefPower.OfTen(y));
}
