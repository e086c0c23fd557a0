using Euterpe.Testing;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Tensors.Tests;

/// <summary>
/// Every stored call of torch under torch/ops; the kind and the options are read from the case, and a call that nobody claims fails.
/// </summary>
public class OperationsParityTests
{
    private delegate Tensor Forward(Workspace w, TorchCase c);

    private static readonly (string Beginning, Forward Run)[] Kinds =
    [
        ("F.linear", (w, c) => Linear(w, c.In("x"), c.In("w"), c.In("b"))),
        ("a @ b", (w, c) => MatMul(w, c.In("a"), c.In("b"))),
        ("F.conv1d", (w, c) => Conv1d(w, c.In("x"), c.In("w"), c.In("b"), c.Int("stride", 1), c.Int("padding", 0), c.Int("dilation", 1),
            c.Int("groups", 1))),
        ("F.conv2d", (w, c) => Conv2d(w, c.In("x"), c.In("w"), c.In("b"),
            c.Pair("stride", (1, 1)), c.Pair("padding", (0, 0)), c.Pair("dilation", (1, 1)), c.Int("groups", 1))),
        ("F.conv_transpose1d", (w, c) => ConvTranspose1d(w, c.In("x"), c.In("w"), c.In("b"),
            c.Int("stride", 1), c.Int("padding", 0), c.Int("output_padding", 0), c.Int("groups", 1), c.Int("dilation", 1))),
        ("F.conv_transpose2d", (w, c) => ConvTranspose2d(w, c.In("x"), c.In("w"), c.In("b"),
            c.Pair("stride", (1, 1)), c.Pair("padding", (0, 0)), c.Pair("output_padding", (0, 0)), c.Int("groups", 1), c.Pair("dilation", (1, 1)))),
        ("F.layer_norm", (w, c) => LayerNorm(w, c.In("x"), c.In("w"), c.In("b"), c.Float("eps"))),
        ("T5 / RMS norm", (w, c) => RmsNorm(w, c.In("x"), c.In("w"), c.Float("eps"))),
        ("F.group_norm, a group a channel", (w, c) => GroupNorm(w, c.In("x"), c.In("x").Size(1), c.In("w"), c.In("b"), 1e-5f)),
        ("F.group_norm", (w, c) => GroupNorm(w, c.In("x"), c.Numbers(@"\d+ groups")[0], c.In("w"), c.In("b"), 1e-5f)),
        ("F.batch_norm eval", (w, c) => BatchNorm(w, c.In("x"), c.Linspace("running_mean"), c.Linspace("running_var"), c.In("w"), c.In("b"), 1e-5f)),
        ("F.batch_norm training", (w, c) => BatchNormTraining(w, c.In("x"), c.In("w"), c.In("b"), 1e-5f)),
        ("weight norm", (w, c) => WeightNorm(w, c.In("v"), c.In("g"), c.Int("dim", 0))),
        ("gelu_tanh", (w, c) => GeluTanh(w, c.Only)),
        ("gelu", (w, c) => Gelu(w, c.Only)),
        ("quick_gelu", (w, c) => QuickGelu(w, c.Only)),
        ("silu", (w, c) => Silu(w, c.Only)),
        ("relu", (w, c) => Relu(w, c.Only)),
        ("leaky_relu", (w, c) => LeakyRelu(w, c.Only, 0.1f)),
        ("elu", (w, c) => Elu(w, c.Only)),
        ("tanh", (w, c) => Tanh(w, c.Only)),
        ("sigmoid", (w, c) => Sigmoid(w, c.Only)),
        ("softplus", (w, c) => Softplus(w, c.Only)),
        ("erf", (w, c) => Erf(w, c.Only)),
        ("exp_small", (w, c) => Exp(w, Mul(w, c.Only, 0.25f))),
        ("sin", (w, c) => Sin(w, c.Only)),
        ("cosine_similarity", (w, c) => CosineSimilarity(w, c.In("x"), c.In("y"), -1)),
        ("cos", (w, c) => Cos(w, c.Only)),
        ("softmax", (w, c) => Softmax(w, c.In("x"), -1)),
        ("log_softmax", (w, c) => LogSoftmax(w, c.In("x"), -1)),
        ("scaled_dot_product_attention causal", (w, c) => ScaledDotProductAttention(w, c.In("q"), c.In("k"), c.In("v"), causal: true)),
        ("attention with an additive bias", (w, c) => ScaledDotProductAttention(w, c.In("q"), c.In("k"), c.In("v"), c.In("bias"))),
        ("nn.LSTM", RunLstm),
        ("F.embedding", RunEmbedding),
        ("cross_entropy label_smoothing", (w, c) => CrossEntropy(w, c.In("x"), Targets(c), labelSmoothing: c.Float("label_smoothing"))),
        ("cross_entropy", (w, c) => CrossEntropy(w, c.In("x"), Targets(c))),
        ("BCE with logits", RunBinary),
        ("mse", (w, c) => MseLoss(w, c.In("x"), c.In("y"))),
        ("F.normalize", (w, c) => Normalize(w, c.In("x"), -1)),
        ("bicubic interpolate", (w, c) => Interpolate(w, c.In("x"), c.Numbers(@"->\[[^\]]*\]"), InterpolateMode.Bicubic,
            c.Call.Contains("align_corners True"))),
        ("nearest x", (w, c) => InterpolateNearest(w, c.In("x"), c.Numbers(@"x\d+")[0])),
        ("avg_pool2d", (w, c) => AvgPool2d(w, c.In("x"), c.Pair("avg_pool2d", default))),
        ("max_pool1d", (w, c) => MaxPool1d(w, c.In("x"), c.Int("max_pool1d", 0), c.Int("stride", 0))),
        ("reflect pad", (w, c) => Pad(w, c.In("x"), c.Numbers(@"\(.*\)"), PadMode.Reflect)),
        ("roll", (w, c) => Roll(w, c.In("x"), c.Numbers(@"\(.*\)"), c.Numbers(@"dims .*"))),
    ];

    [SkippableTheory, Cases("torch/ops"), Trait("Category", "Parity")]
    public void Operation_matches_torch(string name)
    {
        Fixture fixture = Fixture.Open(name);
        double tolerance = fixture.Tolerance("1e-5 relative to the largest element: float32 sums in another order", 1e-5);
        var stored = new TorchCase(fixture);
        Forward run = Kinds.Where(kind => stored.Call.StartsWith(kind.Beginning, StringComparison.Ordinal))
            .OrderByDescending(kind => kind.Beginning.Length).Select(kind => kind.Run).FirstOrDefault()
            ?? throw new Xunit.Sdk.XunitException($"{name}: nobody claims the call \"{stored.Call}\".");
        using var w = new Workspace { Poison = true };
        Tensor y = run(w, stored);
        Assert.Equal(stored.OutShape, y.Shape.ToArray());
        Close.Check(fixture.Floats("out"), y.ToArray(), relativeToLargest: tolerance, what: name);
    }

    private static Tensor RunLstm(Workspace w, TorchCase c)
    {
        var layers = new List<LstmWeights>();
        for (int i = 0; c.Has($"weight_ih_l{i}"); i++)
        {
            layers.Add(new LstmWeights(c.In($"weight_ih_l{i}"), c.In($"weight_hh_l{i}"), c.In($"bias_ih_l{i}"), c.In($"bias_hh_l{i}")));
        }
        Assert.NotEmpty(layers);
        Tensor y = c.In("x");
        foreach (LstmWeights layer in layers)
        {
            y = Lstm(w, y, layer).Output;
        }
        return y;
    }

    private static Tensor RunEmbedding(Workspace w, TorchCase c)
    {
        long[] indices = [.. c.Numbers(@"\[.*\]").Select(index => (long)index)];
        return Embedding(w, Tensor.From(indices, c.OutShape[..^1]), c.In("w"));
    }

    private static Tensor Targets(TorchCase c)
    {
        long[] targets = [.. c.Numbers(@"targets \[.*\]").Select(target => (long)target)];
        return Tensor.From(targets, targets.Length);
    }

    private static Tensor RunBinary(Workspace w, TorchCase c)
    {
        int[] numbers = c.Numbers(@"arange\(\d+\)%\d+==\d+");
        Tensor x = c.In("x");
        Assert.Equal(x.Count, numbers[0]);
        float[] target = [.. Enumerable.Range(0, numbers[0]).Select(i => i % numbers[1] == numbers[2] ? 1f : 0f)];
        return BinaryCrossEntropyWithLogits(w, x, Tensor.From(target, x.Shape));
    }
}
