using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>x [.., inputs] times the transpose of weight [outputs, inputs], plus bias [outputs].</summary>
    public static Tensor Linear(Workspace w, Tensor x, Tensor weight, Tensor? bias = null)
    {
        CheckFloats("linear", x);
        CheckFloats("linear", weight, "weight");
        if (x.Rank == 0 || weight.Rank != 2 || x.Size(-1) != weight.Size(1))
        {
            throw new ShapeException(
                $"[linear] The last size of x must equal the last size of weight [outputs, inputs]: x is {x.Shape}, weight is {weight.Shape}."
                + (x.Rank > 0 && weight.Rank == 2 && x.Size(-1) == weight.Size(0) ? " Hint: weight.Transpose(0, 1)?" : ""));
        }
        int inputs = weight.Size(1), outputs = weight.Size(0);
        CheckRow("linear", "bias", bias, outputs, x);
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Shape.With(-1, outputs));
        Products.Multiply(w, source.Floats, inputs == 0 ? 0 : source.Count / inputs, inputs, weight.Floats, weight.Stride(1), weight.Stride(0),
            y.Floats, outputs, outputs, inputs);
        GC.KeepAlive(source);
        GC.KeepAlive(weight);
        return bias is null ? y : AddInPlace(w, y, bias);
    }

    /// <summary>
    /// The same with packed weights, as inference has them: fused(x times weights + bias) + residual. Rows of x that lie at equal distances are read
    /// there; the residual is [.., outputs]. The bits are those of the plain form followed by the function and the sum.
    /// </summary>
    public static Tensor Linear(Workspace w, Tensor x, PackedMatrix weight, Tensor? bias = null, Fused fused = Fused.None, Tensor? residual = null)
    {
        CheckFloats("linear", x);
        if (x.Rank == 0 || x.Size(-1) != weight.Inputs)
        {
            throw new ShapeException($"[linear] The last size of x must equal the inputs of the packed weights: x is {x.Shape}, the weights are "
                + $"[{weight.Outputs}, {weight.Inputs}].");
        }
        CheckRow("linear", "bias", bias, weight.Outputs, x);
        Shape shape = x.Shape.With(-1, weight.Outputs);
        if (residual is not null && (residual.Shape != shape || residual.Type != DType.F32))
        {
            throw new ShapeException($"[linear] The residual must be {shape} of F32: it is {residual}.");
        }
        Tensor source = EvenRows(w, x, out int stride), added = residual is null ? x : Contiguous(w, residual);
        Tensor y = w.Allocate(shape);
        int rows = weight.Outputs == 0 ? 0 : checked((int)(y.Count / weight.Outputs));
        int length = rows == 0 ? 0 : checked((rows - 1) * stride + weight.Inputs);
        MatrixProduct.Multiply(new ReadOnlySpan<float>(source.Data, length), rows, stride, weight, y.Span, weight.Outputs, Row(bias), fused,
            residual is null ? default : added.Span, residual is null ? 0 : weight.Outputs, w.Token);
        GC.KeepAlive(source);
        GC.KeepAlive(added);
        GC.KeepAlive(bias);
        return y;
    }

    /// <summary>Rows at equal distances: the tensor itself where its dimensions before the last join into one, else a copy.</summary>
    private static Tensor EvenRows(Workspace w, Tensor x, out int stride)
    {
        int rank = x.Rank;
        long step = 0, next = 0;
        bool even = x.Size(-1) <= 1 || x.Stride(-1) == 1;
        for (int i = rank - 2; i >= 0 && even; i--)
        {
            if (x.Size(i) != 1)
            {
                even = next == 0 || x.Stride(i) == next;
                step = step == 0 ? x.Stride(i) : step;
                next = x.Stride(i) * x.Size(i);
            }
        }
        even &= step is >= 0 and <= int.MaxValue;
        stride = even ? step == 0 ? x.Size(-1) : (int)step : x.Size(-1);
        return even ? x : Contiguous(w, x);
    }
}
