using Euterpe.Numerics;

namespace Euterpe.Tensors;

// Two tensors that stretch to one shape, or a tensor and a number.
public static unsafe partial class Operations
{
    public static Tensor Add(Workspace w, Tensor a, Tensor b) => Zip(w, "add", a, b, default(Binary.Add));

    public static Tensor Sub(Workspace w, Tensor a, Tensor b) => Zip(w, "sub", a, b, default(Binary.Subtract));

    public static Tensor Mul(Workspace w, Tensor a, Tensor b) => Zip(w, "mul", a, b, default(Binary.Multiply));

    public static Tensor Div(Workspace w, Tensor a, Tensor b) => Zip(w, "div", a, b, default(Binary.Divide));

    /// <summary>The larger of two; a NaN in either stays.</summary>
    public static Tensor Maximum(Workspace w, Tensor a, Tensor b) => Zip(w, "maximum", a, b, default(Binary.Maximum));

    /// <summary>The smaller of two; a NaN in either stays.</summary>
    public static Tensor Minimum(Workspace w, Tensor a, Tensor b) => Zip(w, "minimum", a, b, default(Binary.Minimum));

    public static Tensor Add(Workspace w, Tensor a, float b) => Map(w, "add", a, new WithNumber<Binary.Add>(b));

    public static Tensor Sub(Workspace w, Tensor a, float b) => Map(w, "sub", a, new WithNumber<Binary.Subtract>(b));

    public static Tensor Mul(Workspace w, Tensor a, float b) => Map(w, "mul", a, new WithNumber<Binary.Multiply>(b));

    public static Tensor Div(Workspace w, Tensor a, float b) => Map(w, "div", a, new WithNumber<Binary.Divide>(b));

    /// <summary>All products of two rows: [M] and [N] give [M, N].</summary>
    public static Tensor Outer(Workspace w, Tensor a, Tensor b)
    {
        if (a.Rank != 1 || b.Rank != 1)
        {
            throw new ShapeException($"[outer] Two rows are expected: a is {a.Shape}, b is {b.Shape}. Hint: Flatten()?");
        }
        return Mul(w, a.Unsqueeze(1), b.Unsqueeze(0));
    }

    /// <summary>
    /// Adds x to the target where it lies, without a new tensor: for residuals in inference. The target must be contiguous and no parameter.
    /// </summary>
    public static Tensor AddInPlace(Workspace w, Tensor target, Tensor x)
    {
        CheckFloats("add", x);
        if (!target.IsContiguous || !x.Shape.StretchesTo(target.Shape))
        {
            throw new ShapeException($"[add] The target must be contiguous and not smaller than x: the target is {target}, x is {x.Shape}.");
        }
        CheckFloats("add", target, "target");
        w.Token.ThrowIfCancellationRequested();
        Zip(w, target, x.Expand(target.Shape), target, default(Binary.Add));
        return target;
    }
}
