using Euterpe.Testing;
using Xunit.Sdk;

namespace Euterpe.Rooms.Tests;

public class TestingTests
{
    [SkippableTheory]
    [Cases("torch/ops")]
    public void Cases_have_readable_tensors(string name)
    {
        Fixture fixture = Fixture.Open(name);
        Assert.NotEmpty(fixture.Io.Names);
        foreach (string tensor in fixture.Io.Names)
        {
            Assert.Equal(fixture.Shape(tensor).Aggregate(1, (size, next) => size * next), fixture.Doubles(tensor).Length);
        }
    }

    [Fact]
    public void Tolerance_quotes_the_case()
    {
        Fixture fixture = Fixture.Open(Fixture.Names("torch/ops")[0]);
        Assert.Equal(1e-5, fixture.Tolerance(fixture.ToleranceText, 1e-5));
        var error = Assert.Throws<XunitException>(() => fixture.Tolerance("1e-2 of something else", 1e-2));
        Assert.Contains(fixture.ToleranceText, error.Message);
        Assert.Contains("1e-2 of something else", error.Message);
    }

    [Fact]
    public void An_oracle_without_a_case_fails() => Assert.Throws<XunitException>(() => Fixture.Names("no/such/oracle"));

    [Fact]
    public void Close_sees_every_element()
    {
        Close.Check([1f, float.NaN, float.PositiveInfinity], [1f, float.NaN, float.PositiveInfinity]);
        Close.Check([1000f, 0f], [1000f, 0.0099f], relativeToLargest: 1e-5);
        var error = Assert.Throws<XunitException>(() => Close.Check([1000f, 0f, 5f], [1000f, 0.0101f, 5f], relativeToLargest: 1e-5));
        Assert.Contains("1 of 3", error.Message);
        Assert.Contains("[1]", error.Message);
        Assert.Throws<XunitException>(() => Close.Check([1f, 2f], [1f, float.NaN], absolute: 10));
        Assert.Throws<XunitException>(() => Close.Check([1f, float.NaN], [1f, 2f], absolute: 10));
        Assert.Throws<XunitException>(() => Close.Check([1f, float.PositiveInfinity], [1f, float.NegativeInfinity], relativeToLargest: 1));
        Assert.Throws<XunitException>(() => Close.Check([1f, 2f], [1f], absolute: 10));
    }

    [SkippableFact]
    public void A_missing_file_skips_or_fails()
    {
        if (Fixture.IsReferenceSet)
        {
            Assert.Throws<XunitException>(() => Fixture.SharedFile("data/no such file"));
        }
        else
        {
            Assert.Throws<NotHereException>(() => Fixture.SharedFile("data/no such file"));
        }
    }
}
