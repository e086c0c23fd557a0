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
        Products.Multiply(w, source.Floats, inputs == 0 ? 0 : source.Count / inputs, inputs, weight.Floats, weight.Stride(1), weight.Stride(0), y.Floats, outputs, outputs, inputs);
        GC.KeepAlive(source);
        GC.KeepAlive(weight);
        return bias is null ? y : AddInPlace(w, y, bias);
    }
}
