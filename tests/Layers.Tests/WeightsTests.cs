using Euterpe.Numerics;
using Euterpe.Numerics.Files;
using Euterpe.Tensors;
using Euterpe.Testing;

namespace Euterpe.Layers.Tests;

public class WeightsTests
{
    [Fact]
    public void One_constructor_lists_loads_and_counts()
    {
        Pair listed = new(Weights.Listing(new RandomWeights(1), "nowhere"));
        Assert.Equal(
            ["first.weight [3, 4]", "first.bias [3]", "second.a.weight [2, 3]", "second.a.bias [2]", "second.b.weight [2, 3]", "second.b.bias [2]",
                "norm.weight [4]", "norm.bias [4]"],
            listed.Parameters.Select(each => each.ToString()));
        Assert.Equal(["first.weight [3, 4]", "first.bias [3]"], listed.First.Parameters.Select(each => each.ToString()));
        Assert.All(listed.Parameters, each => Assert.False(each.HasValue));
        Assert.Contains("names and shapes only", Assert.Throws<InvalidOperationException>(() => listed.Parameters.First().Value).Message,
            StringComparison.Ordinal);

        Pair loaded = Weights.Build(new RandomWeights(1), "nowhere", Packing.Plain, weights => new Pair(weights));
        Assert.All(loaded.Parameters, each => Assert.True(each.HasValue));
    }

    [Theory]
    [InlineData(Packing.F32)]
    [InlineData(Packing.BF16)]
    public void Packing_gives_the_plain_values_up(Packing packing)
    {
        Pair packed = Weights.Build(new RandomWeights(1), "nowhere", packing, weights => new Pair(weights));
        Parameter weight = packed.Parameters.First();
        Assert.False(weight.HasValue);
        Assert.Contains("given up when the weight was packed", Assert.Throws<InvalidOperationException>(() => weight.Value).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Packed_and_plain_layers_give_the_same_bits()
    {
        Pair plain = Weights.Build(new RandomWeights(2, 0.1f), "nowhere", Packing.Plain, weights => new Pair(weights));
        Pair packed = Weights.Build(new RandomWeights(2, 0.1f), "nowhere", Packing.F32, weights => new Pair(weights));
        using var w = new Workspace();
        Tensor x = w.Allocate(7, 4);
        new Philox(3, "x").FillNormal(0, 0, x.Span);
        foreach (Fused fused in Enum.GetValues<Fused>())
        {
            Tensor residual = plain.First.Forward(w, x);
            Close.Same(plain.First.Forward(w, x, fused, residual).Span, packed.First.Forward(w, x, fused, residual).Span, fused.ToString());
        }

        Tensor y = plain.First.Forward(w, x);
        Close.Same(plain.Second.Forward(w, y).Span, packed.Second.Forward(w, y).Span, "joined");
        Close.Same(plain.Norm.Forward(w, x).Span, packed.Norm.Forward(w, x).Span, "norm");
    }

    [Fact]
    public void Random_values_depend_on_seed_and_name_only()
    {
        var shape = new Shape(5, 8);
        float[] Draw(ulong seed, string name) => new RandomWeights(seed).Load(name, shape, Initial.Fan).ToArray();
        Assert.Equal(Draw(1, "a.weight"), Draw(1, "a.weight"));
        Assert.NotEqual(Draw(1, "a.weight"), Draw(2, "a.weight"));
        Assert.NotEqual(Draw(1, "a.weight"), Draw(1, "b.weight"));
        Assert.All(new RandomWeights(1).Load("n", new Shape(9), Initial.Ones).ToArray(), value => Assert.Equal(1, value));
        Assert.Contains(new RandomWeights(1, 0.1f).Load("n", new Shape(9), Initial.Ones).ToArray(), value => value != 1);
    }

    [Fact]
    public void A_checkpoint_is_read_by_the_names_of_the_model()
    {
        string folder = Directory.CreateTempSubdirectory("euterpe-weights-").FullName;
        try
        {
            string file = Path.Combine(folder, "model.safetensors");
            Pair made = Weights.Build(new RandomWeights(4, 0.1f), "nowhere", Packing.Plain, weights => new Pair(weights));
            var writer = new SafetensorsWriter();
            foreach (Parameter each in made.Parameters)
                writer.Add("module." + each.Name, each.Value.ToArray(), [.. each.Shape.Span.ToArray().Select(size => (long)size)]);
            writer.Add("module.junk", new float[1], 1);
            writer.Save(file);
            static string? Rename(string name) => name == "module.junk" ? null : name["module.".Length..];
            using CheckpointWeights source = CheckpointWeights.Open(file, Rename);
            Pair read = Weights.Build(source, file, Packing.Plain, weights => new Pair(weights));
            foreach ((Parameter expected, Parameter found) in made.Parameters.Zip(read.Parameters))
                Close.Same(expected.Value.Span, found.Value.Span, expected.Name);

            using CheckpointWeights raw = CheckpointWeights.Open(file);
            string error = Assert.Throws<ModelFileException>(() => Weights.Build(raw, file, Packing.Plain, weights => new Pair(weights))).Message;
            Assert.Contains("8 missing: first.weight [3, 4]; first.bias [3]", error, StringComparison.Ordinal);
            Assert.Contains("9 unexpected: ", error, StringComparison.Ordinal);
            Assert.Contains("module.junk", error, StringComparison.Ordinal);
            Assert.Equal(64, raw.Hash().Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_name_is_taken_once()
    {
        Weights weights = Weights.Listing(new RandomWeights(1), "nowhere");
        _ = new LayerNorm(weights.In("norm"), 4);
        Assert.Contains("norm.weight was taken twice", Assert.Throws<InvalidOperationException>(() => new LayerNorm(weights.In("norm"), 4)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_norm_folds_its_statistics()
    {
        var norm = new BatchNorm(Weights.From(new RandomWeights(5, 0.2f), "nowhere", Packing.Plain), 3);
        (float[] scale, float[] shift) = norm.Fold();
        float[][] p = [.. norm.Parameters.Select(each => each.Value.ToArray())];
        for (int c = 0; c < 3; c++)
        {
            double expected = ((0.7 - p[2][c]) / Math.Sqrt(p[3][c] + 1e-5) * p[0][c]) + p[1][c];
            Assert.Equal(expected, (0.7 * scale[c]) + shift[c], 5);
        }
    }

    private sealed class Pair : Module
    {
        public Pair(Weights weights)
            : base(weights)
        {
            First = new Linear(weights.In("first"), 4, 3);
            Second = new JoinedLinear(weights.In("second"), ["a", "b"], 3, 2);
            Norm = new LayerNorm(weights.In("norm"), 4);
        }

        public Linear First { get; }

        public JoinedLinear Second { get; }

        public LayerNorm Norm { get; }
    }
}
