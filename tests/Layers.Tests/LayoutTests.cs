using System.Runtime.InteropServices;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors;
using Euterpe.Testing;

namespace Euterpe.Layers.Tests;

public sealed class LayoutTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static Layout Whole { get; } = new("whole", entry => entry.Name switch
    {
        "plain" => Placement.As("a"),
        "qkv" => Placement.Rows("q", "k", "v"),
        "turned" => Placement.Transposed("t"),
        "low" => Placement.Into("tall", 1, 2),
        "high" => Placement.Into("tall", 0, 2),
        "counter" => Placement.Left("counts steps"),
        _ => null,
    });

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_placement_gives_the_right_values()
    {
        using CheckpointWeights weights = CheckpointWeights.Open(Made(), Whole);
        Assert.Equal(["a", "q", "k", "v", "t", "tall"], weights.Tensors.Select(tensor => tensor.Name).OrderBy(name => "aqkvt".IndexOf(name[0]) + name.Length));
        Same("a", [1], 7);
        Same("q", [1, 2], 0, 1);
        Same("k", [1, 2], 2, 3);
        Same("v", [1, 2], 4, 5);
        Same("t", [3, 2], 0, 3, 1, 4, 2, 5);
        Same("tall", [3, 2], 8, 9, 0, 1, 2, 3);
        Assert.Equal([new("counter", "counts steps")], weights.Left);
        Assert.Empty(weights.Unknown);
        Assert.False(weights.Has("counter"));

        void Same(string name, int[] shape, params float[] values)
        {
            Assert.True(weights.TryGetShape(name, new Shape(shape), out Shape found));
            Assert.Equal(new Shape(shape), found);
            Assert.Equal(values, weights.Load(name, found, Initial.Fan).ToArray());
            Assert.Equal(MemoryMarshal.AsBytes<float>(values).ToArray(), Written(weights.Tensor(name), null));
            Assert.Equal(values, MemoryMarshal.Cast<byte, Half>(Written(weights.Tensor(name), StoredType.F16)).ToArray().Select(half => (float)half));
            Assert.Equal(values, MemoryMarshal.Cast<byte, ushort>(Written(weights.Tensor(name), StoredType.BF16)).ToArray().Select(Bf16.ToFloat));
        }
    }

    [Fact]
    public void Unknown_names_are_reported_and_not_passed_over()
    {
        string file = Made(("stray", [1, 2], [3, 2]));
        using CheckpointWeights weights = CheckpointWeights.Open(file, Whole);
        Assert.Equal(["stray"], weights.Unknown);
        Weights listing = Weights.Listing(weights, file);
        foreach (DerivedTensor tensor in weights.Tensors)
            listing.Take(tensor.Name, Initial.Fan, tensor.TensorShape().Span);
        Assert.Contains("1 unexpected: stray", Assert.Throws<ModelFileException>(listing.Finish).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_placed_is_refused()
    {
        string file = Made();
        Refused(entry => Placement.As("same"), "must be one tensor");
        Refused(entry => Placement.Rows("a", "b", "c", "d"), "a first size that 4 divides");
        Refused(entry => entry.Name == "plain" ? Placement.Transposed("t") : Placement.Left(""), "a matrix, to be turned");
        Refused(entry => entry.Name == "low" ? Placement.Into("tall", 0, 2) : Placement.Left(""), "is made of 2 tensors: found 1");
        Refused(entry => entry.Name is "low" or "high" ? Placement.Into("tall", 0, 2) : Placement.Left(""), "one tensor for part 0");
        Refused(entry => entry.Name is "plain" ? Placement.Into("tall", 0, 2) : entry.Name is "high" ? Placement.Into("tall", 1, 2) : Placement.Left(""),
            "the type and the row of");

        void Refused(Func<Tensors.Files.CheckpointEntry, Placement?> place, string says) => Assert.Contains(says,
            Assert.Throws<ModelFileException>(() => CheckpointWeights.Open(file, new Layout("test", place))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weight_norm_has_one_spelling()
    {
        Assert.Equal("conv.parametrizations.weight.original0", Layout.WeightNorm("conv.weight_g"));
        Assert.Equal("conv.parametrizations.weight.original1", Layout.WeightNorm("conv.weight_v"));
        Assert.Equal("conv.weight_gain", Layout.WeightNorm("conv.weight_gain"));
    }

    private static byte[] Written(DerivedTensor tensor, StoredType? type)
    {
        using var stream = new MemoryStream();
        tensor.Write(stream, type);
        return stream.ToArray();
    }

    private string Made(params ReadOnlySpan<(string Name, long[] Shape, float[] Values)> more)
    {
        var writer = new SafetensorsWriter();
        writer.Add("plain", new float[] { 7 }, 1);
        writer.Add("qkv", new float[] { 0, 1, 2, 3, 4, 5 }, 3, 2);
        writer.Add("turned", new float[] { 0, 1, 2, 3, 4, 5 }, 2, 3);
        writer.Add("low", new float[] { 0, 1, 2, 3 }, 2, 2);
        writer.Add("high", new float[] { 8, 9 }, 1, 2);
        writer.Add("counter", new long[] { 3 }, 1);
        foreach ((string name, long[] shape, float[] values) in more)
            writer.Add(name, values, shape);
        string file = folder.File("model.safetensors");
        writer.Save(file);
        return file;
    }
}
