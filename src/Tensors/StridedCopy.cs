namespace Euterpe.Tensors;

/// <summary>Copies a strided tensor's elements in the order of their indices: runs of the innermost dimension at a time.</summary>
internal static unsafe class StridedCopy
{
    /// <summary>Element size decides the type only; the bits are moved as they are.</summary>
    public static void Run(byte* source, Tensor shape, byte* target)
    {
        int size = shape.Type.Size();
        if (shape.Count == 0)
        {
            return;
        }
        if (shape.IsContiguous)
        {
            Buffer.MemoryCopy(source, target, shape.Count * size, shape.Count * size);
            return;
        }
        Span<int> sizes = stackalloc int[Shape.MaximumRank];
        Span<long> steps = stackalloc long[Shape.MaximumRank];
        int rank = Layout.Collapse(shape, sizes, steps);
        switch (size)
        {
            case 1:
                Walk(source, target, sizes[..rank], steps[..rank]);
                break;
            case 2:
                Walk((ushort*)source, (ushort*)target, sizes[..rank], steps[..rank]);
                break;
            case 4:
                Walk((uint*)source, (uint*)target, sizes[..rank], steps[..rank]);
                break;
            default:
                Walk((ulong*)source, (ulong*)target, sizes[..rank], steps[..rank]);
                break;
        }
    }

    private static void Walk<T>(T* source, T* target, ReadOnlySpan<int> sizes, ReadOnlySpan<long> steps) where T : unmanaged
    {
        int last = sizes.Length - 1;
        int length = sizes[last];
        long step = steps[last];
        if (last > 0 && step != 1 && steps[last - 1] == 1)
        {
            Transposed(source, target, sizes, steps);
            return;
        }
        var at = new Odometer(sizes[..last], steps[..last]);
        do
        {
            T* from = source + at.Offset;
            if (step == 1)
            {
                Buffer.MemoryCopy(from, target, (long)length * sizeof(T), (long)length * sizeof(T));
            }
            else if (step == 0)
            {
                new Span<T>(target, length).Fill(*from);
            }
            else
            {
                for (int i = 0; i < length; i++)
                {
                    target[i] = from[i * step];
                }
            }
            target += length;
        }
        while (at.Next());
    }

    /// <summary>The last dimension is far apart and the one before it dense: squares of 16 x 16 keep both sides in the cache.</summary>
    private static void Transposed<T>(T* source, T* target, ReadOnlySpan<int> sizes, ReadOnlySpan<long> steps) where T : unmanaged
    {
        const int Square = 16;
        int columns = sizes[^1], rows = sizes[^2];
        long step = steps[^1];
        var at = new Odometer(sizes[..^2], steps[..^2]);
        do
        {
            T* from = source + at.Offset;
            for (int row = 0; row < rows; row += Square)
            {
                int lastRow = Math.Min(row + Square, rows);
                for (int column = 0; column < columns; column += Square)
                {
                    int lastColumn = Math.Min(column + Square, columns);
                    for (int r = row; r < lastRow; r++)
                    {
                        for (int c = column; c < lastColumn; c++)
                        {
                            target[(long)r * columns + c] = from[r + c * step];
                        }
                    }
                }
            }
            target += (long)rows * columns;
        }
        while (at.Next());
    }
}
