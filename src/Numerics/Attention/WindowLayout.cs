namespace Euterpe.Numerics;

/// <summary>
/// How a picture of tokens is cut into square windows, after a cyclic shift up and to the left (Liu et al., "Swin transformer", 2021). The shift
/// brings parts together that do not belong together: those of the last row and the last column of windows, which may not see each other.
/// </summary>
[Experimental("EUTERPE001")]
public sealed class WindowLayout
{
    /// <summary>What is added between parts that must not see each other: upstream's number, not minus infinity.</summary>
    private const float Apart = -100;

    private readonly int[] tokens;
    private readonly byte[] variants;

    private WindowLayout(int height, int width, int window, int shift)
    {
        (Height, Width, Window, Shift) = (height, width, window, shift);
        Size = window * window;
        Padded = (Size + 15) / 16 * 16;
        Count = height / window * (width / window);
        tokens = new int[Count * Size];
        variants = new byte[Count];
        int at = 0, across = width / window;
        for (int index = 0; index < Count; index++)
        {
            int top = index / across * window, left = index % across * window;
            variants[index] = (byte)(shift == 0 ? 0 : (top + window == height ? 1 : 0) + (left + window == width ? 2 : 0));
            for (int i = 0; i < Size; i++)
                tokens[at++] = ((top + (i / window) + shift) % height * width) + ((left + (i % window) + shift) % width);
        }
    }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Tokens along a side.</summary>
    public int Window { get; }

    public int Shift { get; }

    /// <summary>Tokens in a window.</summary>
    public int Size { get; }

    /// <summary><see cref="Size"/>, rounded up to whole groups of 16: the length of a row of the bias table.</summary>
    public int Padded { get; }

    /// <summary>Windows in a picture.</summary>
    public int Count { get; }

    /// <summary>Kinds of windows: 1, or 4 where there is a shift.</summary>
    public int Variants => Shift == 0 ? 1 : 4;

    public static WindowLayout Of(int height, int width, int window, int shift)
    {
        if (window < 1 || height < window || width < window || height % window != 0 || width % window != 0 || shift < 0 || shift >= window)
        {
            throw new ShapeException(
                $"[window_attention] Windows of {window} must fill a picture of {height} x {width}, with a shift below the window: found a shift of {shift}.");
        }

        return new WindowLayout(height, width, window, shift);
    }

    /// <summary>Which tokens of the picture a window holds, row by row.</summary>
    public ReadOnlySpan<int> Tokens(int window) => tokens.AsSpan(window * Size, Size);

    internal ReadOnlySpan<int> AllTokens => tokens;

    internal ReadOnlySpan<byte> AllVariants => variants;

    /// <summary>Which kind a window is: bit 0 for the last row, bit 1 for the last column of windows.</summary>
    public int Variant(int window) => variants[window];

    /// <summary>
    /// What is added to the scores, by position: [variants, heads, Size (positions), Padded (queries)]. The entry of two tokens is found by their
    /// distance in rows and columns; the padding is of queries that are not there.
    /// </summary>
    /// <param name="table">[(2 * window - 1)^2, heads], distances in rows slowest, each counted from -(window - 1).</param>
    /// <param name="heads">Columns of the table.</param>
    public float[] Bias(ReadOnlySpan<float> table, int heads)
    {
        int span = (2 * Window) - 1;
        if (table.Length != span * span * heads)
            throw new ShapeException($"[window_attention] The table of relative positions has {span * span} rows of {heads} heads: found {table.Length} numbers.");
        var bias = new float[checked(Variants * heads * Size * Padded)];
        int at = 0;
        for (int variant = 0; variant < Variants; variant++)
        {
            for (int head = 0; head < heads; head++)
            {
                for (int j = 0; j < Size; j++, at += Padded - Size)
                {
                    for (int i = 0; i < Size; i++, at++)
                    {
                        int rows = (i / Window) - (j / Window) + Window - 1, columns = (i % Window) - (j % Window) + Window - 1;
                        bias[at] = table[(((rows * span) + columns) * heads) + head] + (Part(i, variant) == Part(j, variant) ? 0 : Apart);
                    }
                }
            }
        }

        return bias;
    }

    private int Part(int token, int variant)
    {
        int row = (variant & 1) != 0 && token / Window >= Window - Shift ? 1 : 0;
        int column = (variant & 2) != 0 && token % Window >= Window - Shift ? 2 : 0;
        return row + column;
    }
}
