namespace Euterpe.Numerics;

[Experimental("EUTERPE001")]
public static unsafe partial class Convolution
{
    private const int GatheredRows = 192;

    /// <summary>
    /// Packs the weights of a one-dimensional convolution without groups for <see cref="Frames"/>: torch's [out, in, 1, width] in the order of the
    /// sum, taps, then channels.
    /// </summary>
    public static PackedMatrix PackFrames(ReadOnlySpan<float> w, ConvolutionShape shape, PackedType type = PackedType.F32)
    {
        ArgumentNullException.ThrowIfNull(shape);
        CheckFrames(shape);
        CheckWeights(w.Length, shape);
        int ins = shape.InChannels, taps = shape.Taps, k = ins * taps;
        using NativeBuffer ordered = new((long)w.Length * sizeof(float));
        fixed (float* from = w)
        {
            OrderJob job = new() { From = from, To = (float*)ordered.Pointer, Ins = ins, Taps = taps };
            ComputePool.Shared.Run(shape.OutChannels, &Order, &job);
        }

        return PackedMatrix.Pack(ordered.Span<float>(), shape.OutChannels, k, type);
    }

    // One output channel: [in, taps] to [taps, in].
    private static void Order(void* context, int channel)
    {
        OrderJob* job = (OrderJob*)context;
        long start = (long)channel * job->Ins * job->Taps;
        PanelPacking.Pack(job->From + start, 1, job->Taps, job->Taps, job->Ins, job->Ins, job->To + start);
    }

    private struct OrderJob
    {
        public float* From, To;
        public int Ins, Taps;
    }

    /// <summary>
    /// A one-dimensional convolution of channel-last frames, the same bits as <see cref="Apply"/>: without dilation a product whose rows are
    /// overlapping views of x, no copy made; only rows that touch the padding, or taps that are apart, are gathered, 192 rows at a time.
    /// </summary>
    /// <param name="x">[frames, InChannels].</param>
    /// <param name="frames">Number of input frames, 1 or more.</param>
    /// <param name="w">Weights from <see cref="PackFrames"/>.</param>
    /// <param name="shape">The same shape.</param>
    /// <param name="bias">One number for each output channel, or empty.</param>
    /// <param name="y">[OutWidth, OutChannels]; must not overlap x.</param>
    /// <param name="fused">Function applied after the bias.</param>
    /// <param name="token">Looked at between chunks.</param>
    public static void Frames(
        ReadOnlySpan<float> x, int frames, PackedMatrix w, ConvolutionShape shape, ReadOnlySpan<float> bias, Span<float> y,
        Fused fused = Fused.None, CancellationToken token = default)
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(shape);
        CheckFrames(shape);
        (_, int outFrames) = Check(x.Length, 1, 1, frames, shape, bias.Length, y.Length);
        int ins = shape.InChannels, outs = shape.OutChannels, k = ins * shape.Taps, stride = shape.StrideWidth;
        if (w.Outputs != outs || w.Inputs != k)
            throw new ShapeException($"[convolution] The packed weights must be [{outs}, {k}]: they are [{w.Outputs}, {w.Inputs}].");

        int first = 0, last = 0;
        if (shape.DilationWidth == 1 && frames >= shape.KernelWidth)
        {
            first = Math.Min(outFrames, (shape.PadLeft + stride - 1) / stride);
            last = Math.Clamp(((frames - shape.KernelWidth + shape.PadLeft) / stride) + 1, first, outFrames);
        }

        Gather(x, frames, w, shape, bias, y, fused, 0, first, token);
        if (last > first)
        {
            ReadOnlySpan<float> from = x[(((first * stride) - shape.PadLeft) * ins)..];
            MatrixProduct.Multiply(from, last - first, stride * ins, w, y[(first * outs)..], outs, bias, fused, token);
        }

        Gather(x, frames, w, shape, bias, y, fused, last, outFrames, token);
    }

    private static void Gather(
        ReadOnlySpan<float> x, int frames, PackedMatrix w, ConvolutionShape shape, ReadOnlySpan<float> bias, Span<float> y, Fused fused,
        int begin, int end, CancellationToken token)
    {
        if (begin >= end)
            return;
        int ins = shape.InChannels, k = w.Inputs, outs = w.Outputs, most = Math.Min(end - begin, GatheredRows);
        using NativeBuffer memory = new((long)most * k * sizeof(float));
        Span<float> rows = memory.Span<float>();
        for (int row = begin; row < end; row += most)
        {
            int count = Math.Min(most, end - row);
            for (int i = 0; i < count; i++)
            {
                for (int tap = 0; tap < shape.KernelWidth; tap++)
                {
                    int at = ((row + i) * shape.StrideWidth) + (tap * shape.DilationWidth) - shape.PadLeft;
                    Span<float> to = rows.Slice((i * k) + (tap * ins), ins);
                    if (at >= 0 && at < frames)
                        x.Slice(at * ins, ins).CopyTo(to);
                    else
                        to.Clear();
                }
            }

            MatrixProduct.Multiply(rows, count, k, w, y[(row * outs)..], outs, bias, fused, token);
        }
    }

    private static void CheckFrames(ConvolutionShape shape)
    {
        shape.Check();
        if (shape.KernelHeight != 1 || shape.PadTop != 0 || shape.PadBottom != 0 || shape.Groups != 1 || shape.Transposed)
        {
            throw new OptionsException("[convolution] Frames are convolved in one dimension, without groups and not transposed. "
                + "Hint: Apply, with channels first, does the rest.");
        }
    }
}
