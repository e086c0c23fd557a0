using Euterpe.Numerics;
using static Euterpe.Tensors.Operations;

namespace Euterpe.Tensors.Tests;

/// <summary>An error names the operation, what was found, and where it can be said a way out.</summary>
public class ErrorTests
{
    private static readonly Workspace W = new();

    private static string Message(Action<Workspace> action) => Assert.Throws<ShapeException>(() => action(W)).Message;

    [Fact]
    public void Matmul_hints_at_the_transposed_operand() => Assert.Equal(
        "[matmul] The last size of a must equal the last-but-one size of b: a is [2, 7, 64], b is [2, 32, 64]. Hint: b.Transpose(-1, -2)?",
        Message(w => MatMul(w, Tensor.Zeros(2, 7, 64), Tensor.Zeros(2, 32, 64))));

    [Fact]
    public void Broadcast_shows_both_shapes() => Assert.Equal(
        "[add] Sizes aligned at the end must be equal or 1: a is [3, 4], b is [3]. Hint: Unsqueeze or Reshape one of them?",
        Message(w => Add(w, Tensor.Zeros(3, 4), Tensor.Zeros(3))));

    [Fact]
    public void Errors_name_operation_and_shapes()
    {
        (string Operation, string[] Parts, Action<Workspace> Run)[] cases =
        [
            ("linear", ["[2, 5]", "[7, 6]"], w => Linear(w, Tensor.Zeros(2, 5), Tensor.Zeros(7, 6))),
            ("linear", ["Hint: weight.Transpose(0, 1)"], w => Linear(w, Tensor.Zeros(2, 7), Tensor.Zeros(7, 6))),
            ("conv1d", ["Hint: x.Unsqueeze(0)"], w => Conv1d(w, Tensor.Zeros(2, 5), Tensor.Zeros(7, 6, 3))),
            ("conv1d", ["[1, 5, 9]", "[7, 6, 3]", "groups 1"], w => Conv1d(w, Tensor.Zeros(1, 5, 9), Tensor.Zeros(7, 6, 3))),
            ("conv2d", ["kernel", "[1, 1, 2, 2]"], w => Conv2d(w, Tensor.Zeros(1, 1, 2, 2), Tensor.Zeros(1, 1, 3, 3))),
            ("conv_transpose1d", ["output padding"], w => ConvTranspose1d(w, Tensor.Zeros(1, 2, 9), Tensor.Zeros(2, 3, 3), outputPadding: 2)),
            ("layer_norm", ["weight", "row of 5", "[2, 5]"], w => LayerNorm(w, Tensor.Zeros(2, 5), Tensor.Zeros(4), null)),
            ("group_norm", ["3 groups", "[2, 5]"], w => GroupNorm(w, Tensor.Zeros(2, 5), 3, null, null)),
            ("softmax", ["Dimension 2", "[2, 5]"], w => Softmax(w, Tensor.Zeros(2, 5), 2)),
            ("gelu", ["F32", "Hint: ToType"], w => Gelu(w, Tensor.From([1L], 1))),
            ("pad", ["Reflect", "(3, 0)", "at most 2"], w => Pad(w, Tensor.Zeros(3), [3, 0], PadMode.Reflect)),
            ("interpolate", ["Nearest", "aligned"], w => Interpolate(w, Tensor.Zeros(1, 3, 3), [4, 4], InterpolateMode.Nearest, true)),
            ("cat", ["part 1", "[3, 2]"], w => Cat(w, 0, Tensor.Zeros(2, 3), Tensor.Zeros(3, 2))),
            ("stack", ["part 1", "[3]"], w => Stack(w, 0, Tensor.Zeros(2), Tensor.Zeros(3))),
            ("cross_entropy", ["[2, 3]", "[3]"], w => CrossEntropy(w, Tensor.Zeros(2, 3), Tensor.From([0L, 1L, 2L], 3))),
            ("cross_entropy", ["Index 3", "0..2"], w => CrossEntropy(w, Tensor.Zeros(1, 3), Tensor.From([3L], 1))),
            ("embedding", ["Index -1"], w => Embedding(w, Tensor.From([-1L], 1), Tensor.Zeros(3, 2))),
            ("mse_loss", ["[2]", "[3]"], w => MseLoss(w, Tensor.Zeros(2), Tensor.Zeros(3))),
            ("topk", ["k is 4", "[3]"], w => TopK(w, Tensor.Zeros(3), 4)),
            ("lstm", ["[2, 3]"], w => Lstm(w, Tensor.Zeros(2, 3), new LstmWeights(Tensor.Zeros(4, 3), Tensor.Zeros(4, 1)))),
            ("max_pool1d", ["kernel", "[1, 2]"], w => MaxPool1d(w, Tensor.Zeros(1, 2), 3)),
            ("sum", ["twice"], w => Sum(w, Tensor.Zeros(2, 3), [0, -2])),
            ("reshape", ["6 elements", "[4]"], _ => Tensor.Zeros(2, 3).Reshape(4)),
            ("permute", ["[0, 0]"], _ => Tensor.Zeros(2, 3).Permute(0, 0)),
            ("expand", ["[2, 3]", "[2, 4]"], _ => Tensor.Zeros(2, 3).Expand(2, 4)),
            ("narrow", ["dimension 1", "[2, 3]"], _ => Tensor.Zeros(2, 3).Narrow(1, 2, 2)),
            ("tensor", ["strides [1, 3]", "Contiguous"], _ => Tensor.Zeros(2, 3).Transpose(0, 1).Span.Clear()),
        ];
        foreach ((string operation, string[] parts, Action<Workspace> run) in cases)
        {
            string message = Message(run);
            Assert.StartsWith($"[{operation}] ", message);
            Assert.All(parts, part => Assert.Contains(part, message));
        }
    }

    [Fact]
    public void Sums_of_sizes_that_no_memory_holds_are_refused()
    {
        Assert.Contains("elements", Message(w => w.Allocate(1 << 30, 1 << 30, 1 << 30)));
        Assert.Contains("elements", Message(_ => Tensor.Zeros(1).Expand(1 << 30, 1 << 30, 1 << 30)));
    }
}
