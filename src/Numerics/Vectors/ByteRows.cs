namespace Euterpe.Numerics;

/// <summary>
/// Rows of floats in 8 bits: <c>x = scale * r + e</c> with whole r from -127 to 127, kept as the byte r + 128. Rows are padded with 128 (zero) to
/// <see cref="Stride"/> bytes. What is lost is kept as a number: <c>Error</c> is at least the length of e, so a product with a query can be
/// bounded from above and nothing that the exact product would find is passed over.
/// </summary>
[Experimental("EUTERPE001")]
public static unsafe partial class ByteRows
{
    /// <summary>Components beyond this are refused by whoever stores rows: products, lengths and bounds then stay finite.</summary>
    public const float Largest = 1e15f;

    /// <summary>Bytes of a row: the dimension, rounded up to 64.</summary>
    public static int Stride(int dimension) => checked(dimension + 63) & ~63;

    /// <summary>Rounds a row (finite, at most <see cref="Largest"/>) to <paramref name="bytes"/> of <see cref="Stride"/>.</summary>
    public static ByteRow Quantize(ReadOnlySpan<float> row, Span<byte> bytes)
    {
        float most = 0;
        foreach (float x in row)
            most = MathF.Max(most, MathF.Abs(x));
        float scale = most / 127f, inverse = most > 0 ? 127f / most : 0;
        // So small that its inverse is none: the row counts as zero, and all of it as error.
        if (!float.IsFinite(inverse))
            scale = inverse = 0;
        double error = 0, square = 0;
        int sum = 0;
        bytes[row.Length..].Fill(128);
        for (int k = 0; k < row.Length; k++)
        {
            float x = row[k];
            int r = Math.Clamp((int)MathF.Round(x * inverse), -127, 127);
            bytes[k] = (byte)(r + 128);
            sum += r;
            double lost = x - ((double)scale * r);
            error += lost * lost;
            square += (double)x * x;
        }

        return new ByteRow(scale, Upward(error), Upward(square), sum);
    }

    // The root of a sum of squares, as a float that is not smaller.
    internal static float Upward(double squares) => squares > 0 ? MathF.BitIncrement((float)(Math.Sqrt(squares) * (1 + 1e-9))) : 0;
}

/// <summary>What belongs to a row of bytes.</summary>
/// <param name="Scale">What one step is worth.</param>
/// <param name="Error">Not less than the length of (row - scale * steps).</param>
/// <param name="Norm">Not less than the length of the row.</param>
/// <param name="Sum">The sum of its steps.</param>
[Experimental("EUTERPE001")]
public readonly record struct ByteRow(float Scale, float Error, float Norm, int Sum);
