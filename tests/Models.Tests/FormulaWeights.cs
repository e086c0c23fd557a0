using System.Globalization;
using System.Text;
using System.Text.Json;
using Euterpe.Layers;
using Euterpe.Tensors;

namespace Euterpe.Models.Tests;

/// <summary>
/// Weights that nobody has to store: weights.json names every tensor with shape, a and b, and element i is float32(a + float32(b * u)), u in [-1, 1)
/// from a
/// 64-bit hash of name, seed and i (tools of the reference cases: make_real.py).
/// </summary>
internal sealed class FormulaWeights : IWeightSource
{
    private const ulong Gold = 0x9E3779B97F4A7C15;

    private readonly Dictionary<string, (Shape Shape, float A, float B, string Key)> entries = new(StringComparer.Ordinal);
    private readonly ulong seed;

    public FormulaWeights(JsonElement table, ulong seed)
    {
        this.seed = seed;
        foreach (JsonProperty entry in table.EnumerateObject())
        {
            var shape = new Shape([.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())]);
            string key = entry.Name;
            JsonElement values = entry.Value;
            if (values.TryGetProperty("same_as", out JsonElement same))
            {
                key = same.GetString()!;
                values = table.GetProperty(key);
            }

            entries.Add(entry.Name, (shape, (float)values.GetProperty("a").GetDouble(), (float)values.GetProperty("b").GetDouble(), key));
        }
    }

    public IReadOnlyList<string> Names => [.. entries.Keys];

    public bool TryGetShape(string name, Shape expected, out Shape found)
    {
        bool has = entries.TryGetValue(name, out var entry);
        found = entry.Shape;
        return has;
    }

    public Tensor Load(string name, Shape shape, Initial initial)
    {
        var (_, a, b, key) = entries[name];
        Tensor tensor = Tensor.Create(DType.F32, shape);
        Span<float> values = tensor.Span;
        ulong hash = Hash(key, seed);
        for (int i = 0; i < values.Length; i++)
            values[i] = a + (b * Uniform(hash, i));
        return tensor;
    }

    public static float Uniform(string name, ulong seed, int index) => Uniform(Hash(name, seed), index);

    private static float Uniform(ulong hash, int index)
    {
        unchecked
        {
            ulong x = hash + (((ulong)index + 1) * Gold);
            x ^= x >> 30;
            x *= 0xBF58476D1CE4E5B9;
            x ^= x >> 27;
            x *= 0x94D049BB133111EB;
            x ^= x >> 31;
            return ((x >> 40) / 8388608f) - 1;
        }
    }

    private static ulong Hash(string name, ulong seed)
    {
        unchecked
        {
            ulong hash = 0xCBF29CE484222325;
            foreach (byte each in Encoding.UTF8.GetBytes(name))
                hash = (hash ^ each) * 0x100000001B3;
            return hash ^ (seed * Gold);
        }
    }
}

public class FormulaTests
{
    [Theory]
    [InlineData("encoder.layers.0.attention.q_proj.weight", 0, -0.3855319023)]
    [InlineData("encoder.layers.0.attention.q_proj.weight", 1, -0.5915286541)]
    [InlineData("encoder.layers.0.attention.q_proj.weight", 2, -0.4508076906)]
    [InlineData("encoder.layers.0.attention.q_proj.weight", 3, -0.7003998756)]
    [InlineData("x", (1 << 25) - 1, 0.8968666792)]
    public void Formula_gives_the_stated_numbers(string name, int index, double expected) =>
        Assert.Equal(expected.ToString("F10", CultureInfo.InvariantCulture),
            FormulaWeights.Uniform(name, 440, index).ToString("F10", CultureInfo.InvariantCulture));
}
