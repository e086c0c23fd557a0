namespace Euterpe.Numerics;

[Experimental("EUTERPE001")]
public static unsafe partial class MatrixProduct
{
    /// <summary>
    /// The definition of <c>Multiply</c>, in plain loops, slow on purpose: w row-major [outputs, inputs]; bias and residual may be empty.
    /// </summary>
    public static void Reference(
        ReadOnlySpan<float> a, int rows, int aStride, ReadOnlySpan<float> w, int outputs, int inputs, Span<float> c, int cStride,
        ReadOnlySpan<float> bias, Fused fused = Fused.None, ReadOnlySpan<float> residual = default, int residualStride = 0)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int n = 0; n < outputs; n++)
            {
                float sum = Sum(a, (long)r * aStride, 1, w, (long)n * inputs, 1, inputs);
                if (!bias.IsEmpty)
                    sum += bias[n];
                Epilogue.Function(fused, new Span<float>(ref sum));
                if (!residual.IsEmpty)
                    sum += residual[(r * residualStride) + n];
                c[(r * cStride) + n] = sum;
            }
        }
    }

    /// <summary>The definition of the product of plain matrices.</summary>
    public static void Reference(
        ReadOnlySpan<float> a, in Strides aStrides, ReadOnlySpan<float> b, in Strides bStrides, Span<float> c, in Strides cStrides,
        int outer, int inner, int m, int n, int k)
    {
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < inner; i++)
            {
                for (int r = 0; r < m; r++)
                {
                    for (int j = 0; j < n; j++)
                    {
                        long row = (o * aStrides.Outer) + (i * aStrides.Inner) + (r * aStrides.Row);
                        long column = (o * bStrides.Outer) + (i * bStrides.Inner) + (j * bStrides.Column);
                        long at = (o * cStrides.Outer) + (i * cStrides.Inner) + (r * cStrides.Row) + (j * cStrides.Column);
                        c[(int)at] = Sum(a, row, aStrides.Column, b, column, bStrides.Row, k);
                    }
                }
            }
        }
    }

    // The text itself.
    internal static float Sum(ReadOnlySpan<float> a, long aStart, long aStride, ReadOnlySpan<float> b, long bStart, long bStride, int k)
    {
        float c = 0;
        for (int block = 0; block < k; block += Panels.Block)
        {
            float s = 0;
            int end = Math.Min(k, block + Panels.Block);
            for (int i = block; i < end; i++)
                s = MathF.FusedMultiplyAdd(a[(int)(aStart + (i * aStride))], b[(int)(bStart + (i * bStride))], s);
            c = block == 0 ? s : c + s;
        }

        return c;
    }
}
