namespace Euterpe.Numerics;

/// <summary>
/// Convolution of channel-first tensors as torch has them: x [batch, channels, height, width]. Its text is that of the matrix product with
/// k = tap * (channels of the group) + channel, taps in row order; padding is zeros that are summed like any others; then bias, then function.
/// A transposed convolution is y = 0, then for each tap in ascending order y = y + (product over the input channels of the group), then bias, then function.
/// </summary>
public static unsafe partial class Convolution
{
    /// <summary>y = convolution of x, or transposed convolution where the shape says so.</summary>
    /// <param name="x">[batch, InChannels, height, width].</param>
    /// <param name="batch">Number of items, 0 or more.</param>
    /// <param name="height">Height of the input; 1 for one dimension.</param>
    /// <param name="width">Width of the input.</param>
    /// <param name="w">Packed weights.</param>
    /// <param name="bias">One number for each output channel, or empty.</param>
    /// <param name="y">[batch, OutChannels, OutHeight, OutWidth]; must not overlap x.</param>
    /// <param name="fused">Function applied after the bias.</param>
    /// <param name="token">Looked at between chunks.</param>
    /// <exception cref="ShapeException">The spans do not have these sizes.</exception>
    public static void Apply(
        ReadOnlySpan<float> x, int batch, int height, int width, PackedConvolution w, ReadOnlySpan<float> bias, Span<float> y,
        Fused fused = Fused.None, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(w);
        ConvolutionShape shape = w.Shape;
        (int outHeight, int outWidth) = Check(x.Length, batch, height, width, shape, bias.Length, y.Length);
        if (y.IsEmpty)
            return;
        token.ThrowIfCancellationRequested();
        fixed (float* px = x, pb = bias, py = y)
        {
            if (shape.Transposed)
            {
                TransposedJob job = new(shape, px, batch, height, width, w.Data, pb, py, outHeight, outWidth, fused);
                job.Run(token);
            }
            else
            {
                PatchJob job = new(shape, px, batch, height, width, w.Data, pb, py, outHeight, outWidth, fused);
                job.Run(token);
            }
        }

        GC.KeepAlive(w);
    }

    /// <summary>The definition, in plain loops, on weights as torch stores them.</summary>
    public static void Reference(
        ReadOnlySpan<float> x, int batch, int height, int width, ReadOnlySpan<float> w, ConvolutionShape shape, ReadOnlySpan<float> bias,
        Span<float> y, Fused fused = Fused.None)
    {
        shape.Check();
        CheckWeights(w.Length, shape);
        (int outHeight, int outWidth) = Check(x.Length, batch, height, width, shape, bias.Length, y.Length);
        int ins = shape.InPerGroup, outs = shape.OutPerGroup, taps = shape.Taps;
        float[] patch = new float[ins * taps], kernel = new float[ins * taps];
        for (int b = 0; b < batch; b++)
        {
            for (int channel = 0; channel < shape.OutChannels; channel++)
            {
                int group = channel / outs;
                for (int at = 0; at < outHeight * outWidth; at++)
                {
                    int oh = at / outWidth, ow = at % outWidth;
                    float result = 0;
                    for (int tap = 0; tap < taps; tap++)
                    {
                        (int ih, int iw) = Source(shape, oh, ow, tap / shape.KernelWidth, tap % shape.KernelWidth, height, width);
                        for (int i = 0; i < ins; i++)
                        {
                            int from = (((b * shape.InChannels) + (group * ins) + i) * height * width) + (ih * width) + iw;
                            patch[(tap * ins) + i] = ih < 0 ? 0 : x[from];
                            int weight = shape.Transposed ? ((((group * ins) + i) * outs) + (channel % outs)) : ((channel * ins) + i);
                            kernel[(tap * ins) + i] = w[(weight * taps) + tap];
                        }

                        if (shape.Transposed && ih >= 0)
                            result += MatrixProduct.Sum(patch, tap * ins, 1, kernel, tap * ins, 1, ins);
                    }

                    if (!shape.Transposed)
                        result = MatrixProduct.Sum(patch, 0, 1, kernel, 0, 1, patch.Length);
                    if (!bias.IsEmpty)
                        result += bias[channel];
                    Epilogue.Function(fused, new Span<float>(ref result));
                    y[(((b * shape.OutChannels) + channel) * outHeight * outWidth) + at] = result;
                }
            }
        }
    }

    internal static void CheckWeights(int length, ConvolutionShape shape)
    {
        if (length != shape.WeightLength)
        {
            string expected = shape.Transposed
                ? $"[{shape.InChannels}, {shape.OutPerGroup}, {shape.KernelHeight}, {shape.KernelWidth}]"
                : $"[{shape.OutChannels}, {shape.InPerGroup}, {shape.KernelHeight}, {shape.KernelWidth}]";
            throw new ShapeException($"[convolution] The weights must be {expected}, {shape.WeightLength} numbers: there are {length}.");
        }
    }

    // Where an output and a tap meet the input; -1 for both where there is nothing.
    private static (int Row, int Column) Source(ConvolutionShape s, int oh, int ow, int th, int tw, int height, int width)
    {
        int row, column;
        if (s.Transposed)
        {
            int u = oh + s.PadTop - (th * s.DilationHeight), v = ow + s.PadLeft - (tw * s.DilationWidth);
            if (u < 0 || v < 0 || u % s.StrideHeight != 0 || v % s.StrideWidth != 0)
                return (-1, -1);
            (row, column) = (u / s.StrideHeight, v / s.StrideWidth);
        }
        else
        {
            row = (oh * s.StrideHeight) + (th * s.DilationHeight) - s.PadTop;
            column = (ow * s.StrideWidth) + (tw * s.DilationWidth) - s.PadLeft;
        }

        return row < 0 || row >= height || column < 0 || column >= width ? (-1, -1) : (row, column);
    }

    private static (int Height, int Width) Check(int xLength, int batch, int height, int width, ConvolutionShape shape, int biasLength, int yLength)
    {
        if (batch < 0 || height < 1 || width < 1)
            throw new ShapeException($"[convolution] The input needs a height and a width of at least 1: [{batch}, .., {height}, {width}].");
        int outHeight = shape.OutHeight(height), outWidth = shape.OutWidth(width);
        if (outHeight < 1 || outWidth < 1)
        {
            throw new ShapeException($"[convolution] An input of {height} x {width} is too small for a kernel of {shape.KernelHeight} x "
                + $"{shape.KernelWidth} with this padding and dilation: the result would be {outHeight} x {outWidth}.");
        }

        List<string> wrong = [];
        Compare(wrong, "x", xLength, (long)batch * shape.InChannels * height * width, $"[{batch}, {shape.InChannels}, {height}, {width}]");
        Compare(wrong, "y", yLength, (long)batch * shape.OutChannels * outHeight * outWidth, $"[{batch}, {shape.OutChannels}, {outHeight}, {outWidth}]");
        if (biasLength != 0)
            Compare(wrong, "bias", biasLength, shape.OutChannels, $"[{shape.OutChannels}]");
        if (wrong.Count > 0)
            throw new ShapeException($"[convolution] {string.Join("; ", wrong)}.");
        return (outHeight, outWidth);
    }

    private static void Compare(List<string> wrong, string name, long found, long expected, string shape)
    {
        if (found != expected)
            wrong.Add($"{name} must be {shape}, {expected} numbers, there are {found}");
    }
}
