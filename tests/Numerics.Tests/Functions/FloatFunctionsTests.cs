namespace Euterpe.Numerics.Tests;

/// <summary>Float functions against the double ones, in units of the last place of the exact result.</summary>
public class FloatFunctionsTests
{
    public static TheoryData<string> Names => new("exp", "expm1", "log", "log10", "tanh", "erf", "sin", "cos", "gelu", "sigmoid", "softplus");

    [Theory]
    [MemberData(nameof(Names))]
    public void Float_functions_are_within_their_bounds_at_every_1009th_value(string name)
    {
        Worst worst = FloatErrors.Measure(name, 1009);
        Assert.True(worst.Ok, worst.ToString());
    }

    // Every float there is: some minutes for each function.
    [Theory]
    [Trait("Category", "Long")]
    [MemberData(nameof(Names))]
    public void Float_functions_are_within_their_bounds_at_every_value(string name)
    {
        Worst worst = FloatErrors.Measure(name, 1, system: true);
        Assert.True(worst.Ok, worst.ToString());
    }
}
