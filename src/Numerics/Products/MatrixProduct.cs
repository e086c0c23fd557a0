namespace Euterpe.Numerics;

/// <summary>
/// c = function(a x w + bias) + residual. The text of the product, which every path obeys bit for bit:
/// for each output, c = none; for each block of 512 k in order: s = 0; for k in the block: s = fma(a, b, s); c = first block ? s : c + s;
/// then the bias, then the fused function, then the residual. Over no k at all the sum is zero.
/// </summary>
public static unsafe partial class MatrixProduct
{
    // Below this many multiply-adds waking the other threads costs more than they bring.
    internal const long OneThreadBelow = 600_000;

    /// <summary>
    /// c[r, n] = function(sum over k of a[r, k] * w[n, k] + bias[n]) for packed weights.
    /// </summary>
    /// <param name="a">Activations; row r begins at r * <paramref name="aStride"/>. Rows may overlap (frames of a convolution).</param>
    /// <param name="rows">Number of rows, 0 or more.</param>
    /// <param name="aStride">Distance of rows in <paramref name="a"/>, in numbers.</param>
    /// <param name="w">Packed weights [outputs, inputs].</param>
    /// <param name="c">Result; must not overlap a. Row r begins at r * <paramref name="cStride"/>.</param>
    /// <param name="cStride">Distance of rows in <paramref name="c"/>; at least the outputs.</param>
    /// <param name="bias">One number for each output, or empty.</param>
    /// <param name="fused">Function applied after the bias.</param>
    /// <param name="token">Looked at between chunks.</param>
    /// <exception cref="ShapeException">The spans are too short for the sizes.</exception>
    public static void Multiply(
        ReadOnlySpan<float> a, int rows, int aStride, PackedMatrix w, Span<float> c, int cStride, ReadOnlySpan<float> bias,
        Fused fused = Fused.None, CancellationToken token = default)
    {
        Multiply(a, rows, aStride, w, c, cStride, bias, fused, default, 0, token);
    }

    /// <summary>As the shorter form, with <paramref name="residual"/> [rows, outputs] added last (it must not overlap c; empty: none).</summary>
    public static void Multiply(
        ReadOnlySpan<float> a, int rows, int aStride, PackedMatrix w, Span<float> c, int cStride, ReadOnlySpan<float> bias,
        Fused fused, ReadOnlySpan<float> residual, int residualStride, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(w);
        int n = w.Outputs, k = w.Inputs;
        Check("a", a.Length, rows, aStride, k, 0);
        Check("c", c.Length, rows, cStride, n, n);
        if (!bias.IsEmpty && bias.Length != n)
            throw new ShapeException($"[product] The bias must hold {n} numbers, one for each output: it holds {bias.Length}.");
        if (!residual.IsEmpty)
            Check("residual", residual.Length, rows, residualStride, n, n);
        if (rows == 0 || n == 0)
            return;
        token.ThrowIfCancellationRequested();
        fixed (float* pa = a, pc = c, pb = bias, pr = residual)
        {
            PackedProduct job = new()
            {
                A = pa,
                AStride = aStride,
                Rows = rows,
                B = w.Data,
                Type = w.Type,
                K = k,
                N = n,
                C = pc,
                CStride = cStride,
                Bias = pb,
                Fused = fused,
                Residual = pr,
                ResidualStride = residualStride,
            };
            job.Run(token);
        }

        GC.KeepAlive(w);
    }

    /// <summary>
    /// c[o, i] = a[o, i] x b[o, i] for outer x inner pairs of plain matrices [m, k] and [k, n], anywhere in memory: for attention, outer is the
    /// batch and inner the head, and a transposed operand is one with its row and column strides exchanged. A stride of 0 repeats an operand.
    /// </summary>
    /// <remarks>The column stride of c is 1, and its matrices do not overlap.</remarks>
    /// <exception cref="ShapeException">The spans are too short for sizes and strides.</exception>
    public static void Multiply(
        ReadOnlySpan<float> a, in Strides aStrides, ReadOnlySpan<float> b, in Strides bStrides, Span<float> c, in Strides cStrides,
        int outer, int inner, int m, int n, int k, CancellationToken token = default)
    {
        if (outer < 0 || inner < 0 || m < 0 || n < 0 || k < 0)
            throw new ShapeException($"[product] Sizes cannot be negative: {outer} x {inner} products of [{m}, {k}] and [{k}, {n}].");
        aStrides.Check("a", a.Length, outer, inner, m, k);
        bStrides.Check("b", b.Length, outer, inner, k, n);
        cStrides.Check("c", c.Length, outer, inner, m, n);
        if (n > 1 && cStrides.Column != 1)
            throw new ShapeException($"[product] The columns of c must lie side by side: the column stride is {cStrides.Column}.");
        if (outer == 0 || inner == 0 || m == 0 || n == 0)
            return;
        token.ThrowIfCancellationRequested();
        fixed (float* pa = a, pb = b, pc = c)
        {
            PlainProduct job = new()
            {
                A = pa,
                AStrides = aStrides,
                B = pb,
                BStrides = bStrides,
                C = pc,
                CStrides = cStrides,
                Outer = outer,
                Inner = inner,
                M = m,
                N = n,
                K = k,
            };
            job.Run(token);
        }
    }

    /// <summary>c = a x b for one pair of row-major matrices: a [m, k]; b [k, n], or [n, k] where <paramref name="transposed"/>.</summary>
    public static void Multiply(
        ReadOnlySpan<float> a, int aStride, ReadOnlySpan<float> b, int bStride, bool transposed, Span<float> c, int cStride,
        int m, int n, int k, CancellationToken token = default)
    {
        Strides right = transposed ? new Strides(0, 0, 1, bStride) : new Strides(0, 0, bStride, 1);
        Multiply(a, new Strides(0, 0, aStride, 1), b, right, c, new Strides(0, 0, cStride, 1), 1, 1, m, n, k, token);
    }

    private static void Check(string name, int length, int rows, int stride, int columns, int least)
    {
        if (rows < 0 || stride < least)
            throw new ShapeException($"[product] {name} needs rows of 0 or more and a stride of at least {least}: {rows} rows, stride {stride}.");
        if (rows > 0 && columns > 0 && ((long)(rows - 1) * stride) + columns > length)
        {
            throw new ShapeException($"[product] {name} must hold {rows} rows of {columns} numbers at stride {stride}: "
                + $"{((long)(rows - 1) * stride) + columns} numbers, there are {length}.");
        }
    }
}
