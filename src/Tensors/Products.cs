using Euterpe.Numerics;

namespace Euterpe.Tensors;

/// <summary>
/// c = a b for operands that lie anywhere in native memory: the door to the matrix product of Numerics, whose spans are checked there.
/// </summary>
internal static unsafe class Products
{
    /// <summary>One product: a [rows, depth], b [depth, columns], c [rows, columns] with dense columns.</summary>
    public static void Multiply(Workspace w, float* a, long rows, long aRow, float* b, long bRow, long bColumn, float* c, long cRow, int columns,
        int depth) =>
        Multiply(w, a, new Strides(0, 0, aRow, 1), b, new Strides(0, 0, bRow, bColumn), c, new Strides(0, 0, cRow, 1), 1, 1, checked((int)rows),
            columns, depth);

    /// <summary>outer x inner products.</summary>
    public static void Multiply(Workspace w, float* a, Strides aSteps, float* b, Strides bSteps, float* c, Strides cSteps, int outer, int inner,
        int rows, int columns, int depth) =>
        MatrixProduct.Multiply(
            new ReadOnlySpan<float>(a, Length(aSteps, outer, inner, rows, depth)), aSteps, new ReadOnlySpan<float>(b, Length(bSteps, outer, inner,
                depth, columns)), bSteps,
            new Span<float>(c, Length(cSteps, outer, inner, rows, columns)), cSteps, outer, inner, rows, columns, depth, w.Token);

    private static int Length(Strides steps, int outer, int inner, int rows, int columns) => outer == 0 || inner == 0 || rows == 0 || columns == 0
        ? 0
        : checked((int)((outer - 1) * steps.Outer + (inner - 1) * steps.Inner + (rows - 1) * steps.Row + (columns - 1) * steps.Column + 1));
}
