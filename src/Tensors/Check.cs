using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    private static void CheckFloats(string operation, Tensor x, string name = "x")
    {
        if (x.Type != DType.F32)
        {
            throw new ShapeException($"[{operation}] {name} must be F32: it is {x}. Hint: ToType(w, {name}, DType.F32)?");
        }
    }

    /// <summary>A parameter that is a row of a given length, or is missing.</summary>
    private static void CheckRow(string operation, string name, Tensor? row, int length, Tensor x)
    {
        if (row is not null && (row.Type != DType.F32 || row.Rank != 1 || row.Size(0) != length || !row.IsContiguous))
        {
            throw new ShapeException($"[{operation}] {name} must be a contiguous F32 row of {length}: it is {row}; x is {x.Shape}.");
        }
    }

    private static ReadOnlySpan<float> Row(Tensor? row) => row is null ? default : row.Span;

    private static float* Pointer(Tensor? row) => row is null ? null : row.Floats;
}
