using static Euterpe.Tensors.Operations;

namespace Euterpe.Tensors.Tests;

/// <summary>Every operation on an input whose first dimension is a batch of independent rows, for the properties that all of them share.</summary>
internal static class Samples
{
    public delegate Tensor Run(Workspace w, Tensor x);

    public sealed record Sample(string Name, int[] Row, Run Run)
    {
        /// <summary>Where the batch stands in the result, if not in front.</summary>
        public int BatchDim { get; init; }

        public Tensor Input(int batch) => Draw.Normal(Name, [batch, .. Row]);

        public override string ToString() => Name;
    }

    public static readonly Sample[] All =
    [
        new("exp", [37], Exp),
        new("log", [37], (w, x) => Log(w, Abs(w, x))),
        new("sin", [37], Sin),
        new("cos", [37], Cos),
        new("tanh", [37], Tanh),
        new("erf", [37], Erf),
        new("sigmoid", [37], Sigmoid),
        new("silu", [37], Silu),
        new("gelu", [37], Gelu),
        new("gelu_tanh", [37], GeluTanh),
        new("quick_gelu", [37], QuickGelu),
        new("relu", [37], Relu),
        new("leaky_relu", [37], (w, x) => LeakyRelu(w, x, 0.1f)),
        new("elu", [37], (w, x) => Elu(w, x)),
        new("softplus", [37], Softplus),
        new("sqrt", [37], (w, x) => Sqrt(w, Square(w, x))),
        new("rsqrt", [37], (w, x) => Rsqrt(w, Abs(w, x))),
        new("neg", [37], Neg),
        new("pow", [37], (w, x) => Pow(w, Abs(w, x), 1.7f)),
        new("clamp", [37], (w, x) => Clamp(w, x, -0.5f, 0.5f)),
        new("add", [3, 37], (w, x) => Add(w, x, Draw.Normal("b", 37))),
        new("sub", [3, 37], (w, x) => Sub(w, Draw.Normal("b", 3, 1), x)),
        new("mul", [3, 37], (w, x) => Mul(w, x, x)),
        new("div", [3, 37], (w, x) => Div(w, x, 3)),
        new("maximum", [3, 37], (w, x) => Maximum(w, x, Draw.Normal("b", 3, 37))),
        new("sum", [5, 7, 9], (w, x) => Sum(w, x, [1, 3])),
        new("mean", [5, 70], (w, x) => Mean(w, x, -1)),
        new("max", [5, 70], (w, x) => Max(w, x, 1)),
        new("var", [5, 70], (w, x) => Var(w, x, [1, 2])),
        new("argmax", [5, 70], (w, x) => ToType(w, ArgMax(w, x), DType.F32)),
        new("argsort", [5, 70], (w, x) => ToType(w, ArgSort(w, x, 1), DType.F32)),
        new("topk", [5, 70], (w, x) => TopK(w, x, 5).Values),
        new("cumsum", [5, 70], (w, x) => CumSum(w, x, 1)),
        new("softmax", [5, 70], (w, x) => Softmax(w, x, -1)),
        new("softmax over a middle dimension", [5, 7], (w, x) => Softmax(w, x, 1)),
        new("log_softmax", [5, 70], (w, x) => LogSoftmax(w, x, -1)),
        new("layer_norm", [5, 70], (w, x) => LayerNorm(w, x, Draw.Normal("g", 70), Draw.Normal("b", 70))),
        new("rms_norm", [5, 70], (w, x) => RmsNorm(w, x, Draw.Normal("g", 70))),
        new("group_norm", [6, 35], (w, x) => GroupNorm(w, x, 3, Draw.Normal("g", 6), Draw.Normal("b", 6))),
        new("batch_norm", [6, 35], (w, x) => BatchNorm(w, x, Draw.Normal("m", 6), Square(w, Draw.Normal("v", 6)), Draw.Normal("g", 6),
            Draw.Normal("b", 6))),
        new("normalize", [70], (w, x) => Normalize(w, x)),
        new("cosine_similarity", [5, 70], (w, x) => CosineSimilarity(w, x, Draw.Normal("y", 5, 70), -1)),
        new("weight_norm", [5, 7], (w, x) => WeightNorm(w, x, Tensor.From(new float[x.Size(0)].Select(_ => 1f).ToArray(), x.Size(0), 1, 1))),
        new("linear", [9, 33], (w, x) => Linear(w, x, Draw.Normal("w", 65, 33), Draw.Normal("b", 65))),
        new("linear over blocks", [1100], (w, x) => Linear(w, x, Draw.Normal("w", 20, 1100))),
        new("matmul", [9, 33], (w, x) => MatMul(w, x, Draw.Normal("b", 33, 70))),
        new("matmul batched", [9, 33], (w, x) => MatMul(w, x, x.Transpose(1, 2))),
        new("conv1d", [8, 41], (w, x) => Conv1d(w, x, Draw.Normal("w", 12, 4, 5), Draw.Normal("b", 12), 2, 3, 2, 2)),
        new("conv1d depthwise", [8, 41], (w, x) => Conv1d(w, x, Draw.Normal("w", 8, 1, 5), null, padding: 2, groups: 8)),
        new("conv2d", [4, 11, 13], (w, x) => Conv2d(w, x, Draw.Normal("w", 6, 4, 3, 3), Draw.Normal("b", 6), (2, 1), (1, 1))),
        new("conv2d patches", [1, 16, 16], (w, x) => Conv2d(w, x, Draw.Normal("w", 32, 1, 4, 4), Draw.Normal("b", 32), (4, 4))),
        new("conv_transpose1d", [6, 13], (w, x) => ConvTranspose1d(w, x, Draw.Normal("w", 6, 4, 10), Draw.Normal("b", 8), 5, 2, 1, 2)),
        new("conv_transpose2d", [4, 5, 6], (w, x) => ConvTranspose2d(w, x, Draw.Normal("w", 4, 3, 4, 4), Draw.Normal("b", 3), (2, 2), (1, 1))),
        new("avg_pool2d", [3, 8, 9], (w, x) => AvgPool2d(w, x, (2, 3))),
        new("avg_pool1d", [3, 20], (w, x) => AvgPool1d(w, x, 3, 2, 1)),
        new("adaptive_avg_pool1d", [3, 20], (w, x) => AdaptiveAvgPool1d(w, x, 3)),
        new("max_pool1d", [3, 20], (w, x) => MaxPool1d(w, x, 3, 2)),
        new("max_pool2d", [3, 8, 9], (w, x) => MaxPool2d(w, x, (3, 3), (2, 2), (1, 1))),
        new("bicubic", [2, 61, 8], (w, x) => Interpolate(w, x, [64, 8], InterpolateMode.Bicubic, true)),
        new("bilinear", [2, 6, 8], (w, x) => Interpolate(w, x, [13, 5], InterpolateMode.Bilinear)),
        new("nearest", [2, 6, 8], (w, x) => InterpolateNearest(w, x, 2)),
        new("pad", [3, 12], (w, x) => Pad(w, x, [5, 3], PadMode.Reflect)),
        new("roll", [8, 8, 3], (w, x) => Roll(w, x, [-2, -3], [1, 2])),
        new("cat", [3, 12], (w, x) => Cat(w, 2, x, x.Narrow(2, 1, 5))),
        new("gather", [3, 12], (w, x) => Gather(w, x, 2, ArgSort(w, x, 2))),
        new("masked_fill", [3, 4], (w, x) => MaskedFill(w, x, Tensor.From([true, false, false, true], 4), -1)),
        new("attention", [3, 20, 16], (w, x) => ScaledDotProductAttention(w, x, x, x, Draw.Normal("bias", 3, 20, 20))),
        new("glu", [5, 70], (w, x) => Glu(w, x)),
        new("geglu", [6, 35], (w, x) => GeGlu(w, x, 1)),
        new("scale_add", [5, 70], (w, x) => ScaleAddInPlace(w, Copy(w, x), 0.5f, Draw.Normal("b", 70))),
        new("depthwise_frames", [21, 37], (w, x) => DepthwiseFrames(w, x, Draw.Normal("w", 7, 37), Draw.Normal("b", 37), 3, 3)),
        new("rotary", [21, 72], (w, x) => Rotary(w, x, Draw.Normal("c", 21, 18), Draw.Normal("s", 21, 18))),
        new("relative_bias", [9, 21], (w, x) => RelativeBias(w, x, 5)),
        new("lstm", [11, 6], (w, x) => Lstm(w, x.Transpose(0, 1),
            new LstmWeights(Draw.Normal("i", 28, 6), Draw.Normal("r", 28, 7), Draw.Normal("bi", 28), Draw.Normal("br", 28))).Output) { BatchDim = 1 },
    ];

    public static IEnumerable<object[]> Names => All.Select(sample => new object[] { sample.Name });

    public static Sample Named(string name) => All.Single(sample => sample.Name == name);
}
