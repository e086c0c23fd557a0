namespace Euterpe.Numerics;

/// <summary>Where columns lie in a packed matrix: whole panels of 64, then what is left in panels of 64, 32 and 16.</summary>
internal static class Panels
{
    /// <summary>Length of a block of k: sums are made within blocks, and blocks are added in order. Part of the definition of a product.</summary>
    public const int Block = 512;

    public const int Width = 64;

    public static int Count(int columns)
    {
        int rest = columns % Width;
        return (columns / Width) + (rest == 0 ? 0 : rest is > 32 and <= 48 ? 2 : 1);
    }

    /// <summary>First column and width of a panel.</summary>
    public static (int Start, int Width) At(int panel, int columns)
    {
        int whole = columns / Width, rest = columns % Width, start = whole * Width;
        if (panel < whole)
            return (panel * Width, Width);
        if (rest > 48)
            return (start, 64);
        if (rest > 32)
            return panel == whole ? (start, 32) : (start + 32, 16);
        return (start, rest > 16 ? 32 : 16);
    }

    /// <summary>The panel that holds a column.</summary>
    public static (int Start, int Width) Of(int column, int columns)
    {
        int panel = column / Width;
        (int start, int width) = At(panel, columns);
        return column < start + width ? (start, width) : At(panel + 1, columns);
    }

    public static int PaddedColumns(int columns)
    {
        if (columns == 0)
            return 0;
        (int start, int width) = At(Count(columns) - 1, columns);
        return start + width;
    }

    /// <summary>Place of a bf16 column within its row: j and j + 8 of each 16 side by side.</summary>
    public static int BrainSlot(int column)
    {
        int within = column & 15;
        return (column & ~15) + ((within & 7) << 1) + (within >> 3);
    }
}
