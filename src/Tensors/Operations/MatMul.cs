using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>
    /// The matrix product of the last two dimensions, a [.., M, K] and b [.., K, N]; the dimensions before them stretch to each other. A b that is a
    /// transposed view is read where it lies. The text of the sum is DESIGN's: fma over k in blocks of 512.
    /// </summary>
    public static Tensor MatMul(Workspace w, Tensor a, Tensor b)
    {
        Shape shape = CheckMatMul(a, b);
        int rows = a.Size(-2), depth = a.Size(-1), columns = b.Size(-1);
        Tensor left = a.Stride(-1) == 1 || depth == 1 ? a : Contiguous(w, a);
        Tensor right = b.Stride(-1) == 1 || b.Stride(-2) == 1 || columns == 1 ? b : Contiguous(w, b);
        Tensor y = w.Allocate(shape);
        if (y.Count == 0)
        {
            return y;
        }
        // One b for all: the rows of all batches are one matrix.
        if (right.Count == (long)depth * columns && left.IsContiguous)
        {
            Products.Multiply(w, left.Floats, y.Count / columns, depth, right.Floats, right.Stride(-2), right.Stride(-1), y.Floats, columns, columns,
                depth);
            GC.KeepAlive(left);
            GC.KeepAlive(right);
            return y;
        }
        Span<long> leftSteps = stackalloc long[Shape.MaximumRank], rightSteps = stackalloc long[Shape.MaximumRank];
        int outer = shape.Rank - 2;
        BatchSteps(left, outer, leftSteps);
        BatchSteps(right, outer, rightSteps);
        // The innermost batch dimension goes to the product as a whole; the others are walked.
        int front = Math.Max(outer - 1, 0), inner = outer == 0 ? 1 : shape[outer - 1];
        long matrix = (long)rows * columns;
        var leftWalk = new Odometer(shape.Span[..front], leftSteps[..front]);
        var rightWalk = new Odometer(shape.Span[..front], rightSteps[..front]);
        float* target = y.Floats;
        do
        {
            Products.Multiply(w, left.Floats + leftWalk.Offset, new Strides(0, leftSteps[front], left.Stride(-2), 1),
                right.Floats + rightWalk.Offset, new Strides(0, rightSteps[front], right.Stride(-2), right.Stride(-1)),
                target, new Strides(0, matrix, columns, 1), 1, inner, rows, columns, depth);
            target += matrix * inner;
            rightWalk.Next();
        }
        while (leftWalk.Next());
        GC.KeepAlive(left);
        GC.KeepAlive(right);
        return y;
    }

    private static void BatchSteps(Tensor x, int outer, Span<long> steps)
    {
        int own = x.Rank - 2;
        for (int i = 0; i < outer; i++)
        {
            int dim = i - (outer - own);
            steps[i] = dim < 0 || x.Size(dim) == 1 ? 0 : x.Stride(dim);
        }
    }

    private static Shape CheckMatMul(Tensor a, Tensor b)
    {
        CheckFloats("matmul", a, "a");
        CheckFloats("matmul", b, "b");
        if (a.Rank < 2 || b.Rank < 2)
        {
            throw new ShapeException($"[matmul] a and b need two dimensions at least: a is {a.Shape}, b is {b.Shape}. Hint: Unsqueeze a row or "
                + "column?");
        }
        if (a.Size(-1) != b.Size(-2))
        {
            throw new ShapeException(
                $"[matmul] The last size of a must equal the last-but-one size of b: a is {a.Shape}, b is {b.Shape}."
                + (a.Size(-1) == b.Size(-1) ? " Hint: b.Transpose(-1, -2)?" : a.Size(-2) == b.Size(-2) ? " Hint: a.Transpose(-1, -2)?" : ""));
        }
        Shape outer = Shape.Broadcast("matmul", new Shape(a.Shape.Span[..^2]), new Shape(b.Shape.Span[..^2]));
        Span<int> sizes = stackalloc int[Shape.MaximumRank];
        outer.Span.CopyTo(sizes);
        sizes[outer.Rank] = a.Size(-2);
        sizes[outer.Rank + 1] = b.Size(-1);
        return new Shape(sizes[..(outer.Rank + 2)]);
    }
}
