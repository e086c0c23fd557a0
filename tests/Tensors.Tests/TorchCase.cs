using System.Globalization;
using System.Text.RegularExpressions;
using Euterpe.Testing;

namespace Euterpe.Tensors.Tests;

/// <summary>One stored call of torch: what was called with which options stands in the case's "call".</summary>
internal sealed class TorchCase(Fixture fixture)
{
    public string Call { get; } = fixture.Case.GetProperty("call").GetString()!;

    public bool Has(string input) => fixture.Has("in." + input);

    public Tensor In(string name) => Tensor.From(fixture.Floats("in." + name), new Shape(fixture.Shape("in." + name)));

    /// <summary>The only input, whatever its name.</summary>
    public Tensor Only => In(fixture.Io.Names.Single(name => name.StartsWith("in.", StringComparison.Ordinal))["in.".Length..]);

    public int[] OutShape => fixture.Shape("out");

    /// <summary>An option in any spelling that the calls use: "stride 2", "'stride': 2", "stride=2".</summary>
    public int Int(string option, int otherwise) => Pair(option, (otherwise, otherwise)).Item1;

    /// <summary>The same where it may be two numbers: "'stride': (2, 1)".</summary>
    public (int, int) Pair(string option, (int, int) otherwise)
    {
        Match match = Regex.Match(Call, $@"\b{option}\b'?\s*[:=]?\s*(?:(\d+)|\(\s*(\d+)\s*,\s*(\d+)\s*\))");
        return !match.Success ? otherwise
            : match.Groups[1].Success ? (Parse(match.Groups[1]), Parse(match.Groups[1]))
            : (Parse(match.Groups[2]), Parse(match.Groups[3]));
    }

    public float Float(string option)
    {
        Match match = Regex.Match(Call, $@"\b{option}\s*[:=]?\s*([-+.\deE]+)");
        Assert.True(match.Success, $"\"{Call}\" states no {option}.");
        return float.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>All whole numbers of a part of the call.</summary>
    public int[] Numbers(string pattern)
    {
        Match match = Regex.Match(Call, pattern);
        Assert.True(match.Success, $"\"{Call}\" has no {pattern}.");
        return [.. Regex.Matches(match.Value, @"-?\d+").Select(number => int.Parse(number.Value, CultureInfo.InvariantCulture))];
    }

    /// <summary>torch.linspace(a, b, n) after a name.</summary>
    public Tensor Linspace(string name)
    {
        Match match = Regex.Match(Call, $@"{name} linspace\(([-.\d]+),\s*([-.\d]+),\s*(\d+)\)");
        Assert.True(match.Success, $"\"{Call}\" has no linspace for {name}.");
        float start = float.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), end = float.Parse(match.Groups[2].Value,
            CultureInfo.InvariantCulture);
        int count = Parse(match.Groups[3]);
        float step = (end - start) / (count - 1);
        return Tensor.From([.. Enumerable.Range(0, count).Select(i => i < count / 2 ? start + (step * i) : end - (step * (count - 1 - i)))], count);
    }

    private static int Parse(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);
}
