using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Euterpe.Testing;

namespace Euterpe.Signals.Tests.Parity;

/// <summary>The calls that a case names for its tensors, read for their options: <c>key=value</c>, <c>'key': value</c>, or by place.</summary>
internal sealed class Call
{
    private readonly string _text;

    private Call(string text) => _text = text;

    public static Call Of(Fixture fixture, string tensor) => new(fixture.Case.GetProperty("calls").GetProperty(tensor).GetString()!);

    public string Text => _text;

    public string? Value(string key)
    {
        Match match = Regex.Match(_text, $@"(?<![\w]){Regex.Escape(key)}'?\s*[=:]\s*('[^']*'|[^,)}}\s]+)");
        return match.Success ? match.Groups[1].Value.Trim('\'') : null;
    }

    public double? Number(string key) => Value(key) is string value && value != "None" ? double.Parse(value, CultureInfo.InvariantCulture) : null;

    public int? Whole(string key) => Number(key) is double value ? checked((int)value) : null;

    public bool Flag(string key, bool otherwise) => Value(key) switch { "True" => true, "False" => false, _ => otherwise };

    /// <summary>The arguments between the first bracket after a function's name and its partner, split at the commas of this level.</summary>
    public string[] Arguments(string function)
    {
        int at = _text.IndexOf(function + "(", StringComparison.Ordinal) + function.Length + 1, depth = 0, start = at;
        var parts = new List<string>();
        for (int i = at; i < _text.Length; i++)
        {
            char c = _text[i];
            depth += c is '(' or '{' or '[' ? 1 : c is ')' or '}' or ']' ? -1 : 0;
            if (depth < 0 || (depth == 0 && c == ','))
            {
                parts.Add(_text[start..i].Trim());
                start = i + 1;
                if (depth < 0)
                {
                    break;
                }
            }
        }
        return [.. parts];
    }

    public int At(string function, int place) => int.Parse(Arguments(function)[place], CultureInfo.InvariantCulture);
}

internal static class Parity
{
    public const string Fft = "1e-5 of the largest element: float32 FFT, summed in another order; compare with float64_deviation";
    public const string Db = "1e-4 dB where the power is above 1e-6 of the largest, 0.05 dB below: the logarithm magnifies float32 noise "
        + "near the floor";

    /// <summary>[rows, columns] from NAME.index and NAME.value, its shape from the case.</summary>
    public static float[] Bank(Fixture fixture, string name, out int rows, out int columns)
    {
        JsonElement shape = fixture.Case.GetProperty("shapes").GetProperty(name);
        (rows, columns) = (shape[0].GetInt32(), shape[1].GetInt32());
        float[] dense = new float[rows * columns];
        int[] index = fixture.Ints(name + ".index");
        double[] value = fixture.Doubles(name + ".value");
        for (int i = 0; i < value.Length; i++)
        {
            dense[(index[2 * i] * columns) + index[(2 * i) + 1]] = (float)value[i];
        }
        return dense;
    }

    /// <summary>Logarithms whose unit is so many decibels: 1e-4 dB where the power is within 60 dB of the largest, 0.05 dB below.</summary>
    public static void CheckDecibels(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double decibelsPerUnit, string what)
    {
        double largest = double.MinValue;
        foreach (float value in expected)
        {
            largest = Math.Max(largest, value);
        }
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            double limit = ((largest - expected[i]) * decibelsPerUnit < 60 ? 1e-4 : 0.05) / decibelsPerUnit;
            if (!(Math.Abs(expected[i] - actual[i]) <= limit + (Math.Abs(expected[i]) * 6e-8)))
            {
                Assert.Fail($"{what}[{i}]: expected {expected[i]:R}, found {actual[i]:R}, off by more than {limit} (largest {largest}).");
            }
        }
    }

    /// <summary>Every how many rows are stored ("[::8]" or "every 8th bin"), 1 where nothing is said.</summary>
    public static int Stride(string call)
    {
        Match match = Regex.Match(call, @"::(\d+)\]|every (\d+)(?:st|nd|rd|th)");
        return match.Success ? int.Parse(match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value, CultureInfo.InvariantCulture) : 1;
    }

    public static float[] EveryRow(FeatureMap map, int stride) =>
        [.. Enumerable.Range(0, map.Rows).Where(row => row % stride == 0).SelectMany(row => map.Row(row).ToArray())];

    public static float[] EveryColumn(FeatureMap map, int stride) =>
        [.. Enumerable.Range(0, map.Rows).SelectMany(row => map.Row(row).ToArray().Where((_, t) => t % stride == 0))];

    /// <summary>Fails for a tensor that no branch of a test has taken.</summary>
    public static void Unclaimed(Fixture fixture, string tensor) => Assert.Fail($"{fixture.Name}: no test claims the tensor {tensor}.");
}
