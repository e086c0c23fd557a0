using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>x [B, C, T], weight [outputs, C / groups, taps], bias [outputs].</summary>
    public static Tensor Conv1d(Workspace w, Tensor x, Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int dilation = 1,
        int groups = 1)
    {
        CheckRank("conv1d", x, weight, 3);
        CheckConvolution("conv1d", x, weight, false, (1, stride), (0, padding), (1, dilation), groups);
        return Convolve(w, "conv1d", x.Unsqueeze(2), weight.Unsqueeze(2), bias, (1, stride), (0, padding), (1, dilation), groups).Squeeze(2);
    }

    /// <summary>x [B, C, H, W], weight [outputs, C / groups, kernel height, kernel width], bias [outputs].</summary>
    public static Tensor Conv2d(Workspace w, Tensor x, Tensor weight, Tensor? bias = null, (int Height, int Width)? stride = null,
        (int Height, int Width) padding = default, (int Height, int Width)? dilation = null, int groups = 1)
    {
        CheckRank("conv2d", x, weight, 4);
        CheckConvolution("conv2d", x, weight, false, stride ?? (1, 1), padding, dilation ?? (1, 1), groups);
        return Convolve(w, "conv2d", x, weight, bias, stride ?? (1, 1), padding, dilation ?? (1, 1), groups);
    }

    /// <summary>x [B, C, T], weight [C, outputs / groups, taps]: every element spreads its taps, which add up.</summary>
    public static Tensor ConvTranspose1d(Workspace w, Tensor x, Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0,
        int outputPadding = 0,
        int groups = 1, int dilation = 1)
    {
        CheckRank("conv_transpose1d", x, weight, 3);
        CheckConvolution("conv_transpose1d", x, weight, true, (1, stride), (0, padding), (1, dilation), groups);
        return ConvolveTransposed(w, "conv_transpose1d", x.Unsqueeze(2), weight.Unsqueeze(2), bias, (1, stride), (0, padding), (0, outputPadding),
            (1, dilation), groups)
            .Squeeze(2);
    }

    /// <summary>x [B, C, H, W], weight [C, outputs / groups, kernel height, kernel width].</summary>
    public static Tensor ConvTranspose2d(Workspace w, Tensor x, Tensor weight, Tensor? bias = null, (int Height, int Width)? stride = null,
        (int Height, int Width) padding = default, (int Height, int Width) outputPadding = default, int groups = 1,
        (int Height, int Width)? dilation = null)
    {
        CheckRank("conv_transpose2d", x, weight, 4);
        CheckConvolution("conv_transpose2d", x, weight, true, stride ?? (1, 1), padding, dilation ?? (1, 1), groups);
        return ConvolveTransposed(w, "conv_transpose2d", x, weight, bias, stride ?? (1, 1), padding, outputPadding, dilation ?? (1, 1), groups);
    }

    private static void CheckRank(string operation, Tensor x, Tensor weight, int rank)
    {
        CheckFloats(operation, x);
        CheckFloats(operation, weight, "weight");
        if (x.Rank != rank || weight.Rank != rank)
        {
            throw new ShapeException($"[{operation}] x and weight of {rank} dimensions are expected: x is {x.Shape}, weight is {weight.Shape}."
                + (x.Rank == rank - 1 ? " Hint: x.Unsqueeze(0) for a batch of one?" : ""));
        }
    }

    private static void CheckConvolution(string operation, Tensor x, Tensor weight, bool transposed, (int, int) stride, (int, int) padding,
        (int, int) dilation, int groups)
    {
        int channels = x.Size(1);
        bool fits = groups > 0 && channels % groups == 0 && (transposed ? weight.Size(0) == channels : weight.Size(0) % groups == 0
            && weight.Size(1) * groups == channels);
        if (!fits)
        {
            throw new ShapeException(
                $"[{operation}] {(transposed ? "weight [C, outputs / groups, ..]" : "weight [outputs, C / groups, ..]")} must fit x [B, C, ..]: x "
                    + $"is {x.Shape}, weight is {weight.Shape}, groups {groups}.");
        }
        if (stride.Item1 < 1 || stride.Item2 < 1 || dilation.Item1 < 1 || dilation.Item2 < 1 || padding.Item1 < 0 || padding.Item2 < 0)
        {
            throw new ShapeException($"[{operation}] Stride and dilation must be positive, padding not negative: stride {stride}, padding "
                + $"{padding}, dilation {dilation}.");
        }
    }

    /// <summary>
    /// A convolution (or a transposed one) with packed weights, as inference has them, and the function after the bias: x [B, C, T] or [B, C, H, W].
    /// The bits are those of the plain forms.
    /// </summary>
    public static Tensor Convolve(Workspace w, Tensor x, PackedConvolution weight, Tensor? bias = null, Fused fused = Fused.None)
    {
        CheckFloats("convolve", x);
        ConvolutionShape shape = weight.Shape;
        if (x.Rank is not (3 or 4) || x.Size(1) != shape.InChannels || (x.Rank == 3 && shape.KernelHeight != 1))
        {
            throw new ShapeException($"[convolve] x [B, {shape.InChannels}, {(shape.KernelHeight == 1 ? "T" : "H, W")}] is expected: it is "
                + $"{x.Shape}.");
        }
        return x.Rank == 4 ? Convolve(w, "convolve", x, weight, bias, fused) : Convolve(w, "convolve", x.Unsqueeze(2), weight, bias,
            fused).Squeeze(2);
    }

    private static Tensor Convolve(Workspace w, string operation, Tensor x, PackedConvolution weight, Tensor? bias, Fused fused)
    {
        ConvolutionShape shape = weight.Shape;
        CheckRow(operation, "bias", bias, shape.OutChannels, x);
        int rows = shape.OutHeight(x.Size(2)), columns = shape.OutWidth(x.Size(3));
        if (rows < 1 || columns < 1)
        {
            throw new ShapeException($"[{operation}] The kernel of {shape.KernelHeight} x {shape.KernelWidth} reaches over the padded input: x is "
                + $"{x.Shape}.");
        }
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Size(0), shape.OutChannels, rows, columns);
        if (y.Count > 0)
        {
            Convolution.Apply(source.Span, x.Size(0), x.Size(2), x.Size(3), weight, Row(bias), y.Span, fused, w.Token);
        }
        GC.KeepAlive(source);
        GC.KeepAlive(bias);
        return y;
    }

    private static Tensor Convolve(Workspace w, string operation, Tensor x, Tensor weight, Tensor? bias, (int H, int W) stride,
        (int H, int W) padding,
        (int H, int W) dilation, int groups)
    {
        var shape = new ConvolutionShape
        {
            InChannels = x.Size(1),
            OutChannels = weight.Size(0),
            KernelHeight = weight.Size(2),
            KernelWidth = weight.Size(3),
            Groups = groups,
            StrideHeight = stride.H,
            StrideWidth = stride.W,
            DilationHeight = dilation.H,
            DilationWidth = dilation.W,
            PadTop = padding.H,
            PadBottom = padding.H,
            PadLeft = padding.W,
            PadRight = padding.W,
        };
        return Convolve(w, operation, x, weight, bias, shape);
    }

    private static Tensor ConvolveTransposed(Workspace w, string operation, Tensor x, Tensor weight, Tensor? bias, (int H, int W) stride,
        (int H, int W) padding,
        (int H, int W) outputPadding, (int H, int W) dilation, int groups)
    {
        if (outputPadding.H < 0 || outputPadding.W < 0 || outputPadding.H >= Math.Max(stride.H, dilation.H) || outputPadding.W >= Math.Max(stride.W,
            dilation.W))
        {
            throw new ShapeException($"[{operation}] The output padding must be smaller than stride or dilation: output padding {outputPadding}, "
                + $"stride {stride}, dilation {dilation}.");
        }
        var shape = new ConvolutionShape
        {
            InChannels = x.Size(1),
            OutChannels = weight.Size(1) * groups,
            KernelHeight = weight.Size(2),
            KernelWidth = weight.Size(3),
            Groups = groups,
            Transposed = true,
            StrideHeight = stride.H,
            StrideWidth = stride.W,
            DilationHeight = dilation.H,
            DilationWidth = dilation.W,
            PadTop = padding.H,
            PadBottom = padding.H,
            PadLeft = padding.W,
            PadRight = padding.W,
            ExtraHeight = outputPadding.H,
            ExtraWidth = outputPadding.W,
        };
        return Convolve(w, operation, x, weight, bias, shape);
    }

    private static Tensor Convolve(Workspace w, string operation, Tensor x, Tensor weight, Tensor? bias, ConvolutionShape shape)
    {
        Tensor plain = Contiguous(w, weight);
        using var packed = PackedConvolution.Pack(plain.Span, shape);
        GC.KeepAlive(plain);
        return Convolve(w, operation, x, packed, bias, Fused.None);
    }
}
