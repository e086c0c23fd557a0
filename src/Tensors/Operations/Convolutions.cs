using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>x [B, C, T], weight [outputs, C / groups, taps], bias [outputs].</summary>
    public static Tensor Conv1d(Workspace w, Tensor x, Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int dilation = 1, int groups = 1)
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
    public static Tensor ConvTranspose1d(Workspace w, Tensor x, Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int outputPadding = 0,
        int groups = 1, int dilation = 1)
    {
        CheckRank("conv_transpose1d", x, weight, 3);
        CheckConvolution("conv_transpose1d", x, weight, true, (1, stride), (0, padding), (1, dilation), groups);
        return ConvolveTransposed(w, "conv_transpose1d", x.Unsqueeze(2), weight.Unsqueeze(2), bias, (1, stride), (0, padding), (0, outputPadding), (1, dilation), groups)
            .Squeeze(2);
    }

    /// <summary>x [B, C, H, W], weight [C, outputs / groups, kernel height, kernel width].</summary>
    public static Tensor ConvTranspose2d(Workspace w, Tensor x, Tensor weight, Tensor? bias = null, (int Height, int Width)? stride = null,
        (int Height, int Width) padding = default, (int Height, int Width) outputPadding = default, int groups = 1, (int Height, int Width)? dilation = null)
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

    private static void CheckConvolution(string operation, Tensor x, Tensor weight, bool transposed, (int, int) stride, (int, int) padding, (int, int) dilation, int groups)
    {
        int channels = x.Size(1);
        bool fits = groups > 0 && channels % groups == 0 && (transposed ? weight.Size(0) == channels : weight.Size(0) % groups == 0 && weight.Size(1) * groups == channels);
        if (!fits)
        {
            throw new ShapeException(
                $"[{operation}] {(transposed ? "weight [C, outputs / groups, ..]" : "weight [outputs, C / groups, ..]")} must fit x [B, C, ..]: x is {x.Shape}, weight is {weight.Shape}, groups {groups}.");
        }
        if (stride.Item1 < 1 || stride.Item2 < 1 || dilation.Item1 < 1 || dilation.Item2 < 1 || padding.Item1 < 0 || padding.Item2 < 0)
        {
            throw new ShapeException($"[{operation}] Stride and dilation must be positive, padding not negative: stride {stride}, padding {padding}, dilation {dilation}.");
        }
    }

    private static Tensor Convolve(Workspace w, string operation, Tensor x, Tensor weight, Tensor? bias, (int H, int W) stride, (int H, int W) padding, (int H, int W) dilation, int groups)
    {
        int batch = x.Size(0), channels = x.Size(1) / groups, height = x.Size(2), width = x.Size(3);
        int outputs = weight.Size(0), kernelHeight = weight.Size(2), kernelWidth = weight.Size(3);
        CheckRow(operation, "bias", bias, outputs, x);
        long rows = ((long)height + 2L * padding.H - (long)dilation.H * (kernelHeight - 1) - 1) / stride.H + 1;
        long columns = ((long)width + 2L * padding.W - (long)dilation.W * (kernelWidth - 1) - 1) / stride.W + 1;
        if (height + 2L * padding.H <= (long)dilation.H * (kernelHeight - 1) || width + 2L * padding.W <= (long)dilation.W * (kernelWidth - 1))
        {
            throw new ShapeException($"[{operation}] The kernel reaches over the padded input: x is {x.Shape}, weight is {weight.Shape}, padding {padding}, dilation {dilation}.");
        }
        // The matrix product with k over taps, then channels: rows of patches times rows of weights.
        int depth = checked(channels * kernelHeight * kernelWidth), perGroup = outputs / groups, places = checked((int)(rows * columns));
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(batch, outputs, (int)rows, (int)columns);
        using Workspace.Scope scope = w.Begin();
        Tensor kernels = Contiguous(w, weight.Permute(0, 2, 3, 1));
        Tensor patches = w.Allocate(places, depth);
        for (int b = 0; b < batch; b++)
        {
            for (int g = 0; g < groups; g++)
            {
                float* from = source.Floats + ((long)b * groups + g) * channels * height * width;
                float* to = patches.Floats;
                for (int row = 0; row < rows; row++)
                {
                    for (int column = 0; column < columns; column++)
                    {
                        for (int i = 0; i < kernelHeight; i++)
                        {
                            int r = row * stride.H - padding.H + i * dilation.H;
                            for (int j = 0; j < kernelWidth; j++)
                            {
                                int c = column * stride.W - padding.W + j * dilation.W;
                                bool inside = (uint)r < (uint)height && (uint)c < (uint)width;
                                for (int channel = 0; channel < channels; channel++)
                                {
                                    *to++ = inside ? from[((long)channel * height + r) * width + c] : 0;
                                }
                            }
                        }
                    }
                }
                Products.Multiply(w, kernels.Floats + (long)g * perGroup * depth, perGroup, depth, patches.Floats, 1, depth,
                    y.Floats + ((long)b * outputs + (long)g * perGroup) * places, places, places, depth);
            }
        }
        GC.KeepAlive(source);
        return bias is null ? y : AddInPlace(w, y, bias.Reshape(-1, 1, 1));
    }

    private static Tensor ConvolveTransposed(Workspace w, string operation, Tensor x, Tensor weight, Tensor? bias, (int H, int W) stride, (int H, int W) padding,
        (int H, int W) outputPadding, (int H, int W) dilation, int groups)
    {
        int batch = x.Size(0), channels = x.Size(1) / groups, height = x.Size(2), width = x.Size(3);
        int perGroup = weight.Size(1), outputs = perGroup * groups, kernelHeight = weight.Size(2), kernelWidth = weight.Size(3);
        CheckRow(operation, "bias", bias, outputs, x);
        long rows = (height - 1L) * stride.H - 2L * padding.H + (long)dilation.H * (kernelHeight - 1) + outputPadding.H + 1;
        long columns = (width - 1L) * stride.W - 2L * padding.W + (long)dilation.W * (kernelWidth - 1) + outputPadding.W + 1;
        if (rows < 1 || columns < 1 || outputPadding.H < 0 || outputPadding.W < 0
            || outputPadding.H >= Math.Max(stride.H, dilation.H) || outputPadding.W >= Math.Max(stride.W, dilation.W))
        {
            throw new ShapeException($"[{operation}] Nothing is left, or the output padding is not below stride or dilation: x is {x.Shape}, weight is {weight.Shape}, "
                + $"stride {stride}, padding {padding}, output padding {outputPadding}, dilation {dilation}.");
        }
        Tensor y = w.Zeros(batch, outputs, (int)rows, (int)columns);
        using Workspace.Scope scope = w.Begin();
        int taps = kernelHeight * kernelWidth, places = height * width;
        // One matrix product [places, channels] x [channels, taps and outputs]; then taps add up in ascending order.
        Tensor frames = Contiguous(w, Reshape(w, x, batch, groups, channels, places).Transpose(2, 3));
        Tensor kernels = Contiguous(w, Reshape(w, weight, groups, channels, perGroup, taps).Permute(0, 1, 3, 2));
        Tensor spread = w.Allocate(places, taps * perGroup);
        for (int b = 0; b < batch; b++)
        {
            for (int g = 0; g < groups; g++)
            {
                Products.Multiply(w, frames.Floats + ((long)b * groups + g) * places * channels, places, channels, kernels.Floats + (long)g * channels * taps * perGroup,
                    taps * perGroup, 1, spread.Floats, taps * perGroup, taps * perGroup, channels);
                for (int tap = 0; tap < taps; tap++)
                {
                    for (int place = 0; place < places; place++)
                    {
                        long r = (long)(place / width) * stride.H - padding.H + (long)(tap / kernelWidth) * dilation.H;
                        long c = (long)(place % width) * stride.W - padding.W + (long)(tap % kernelWidth) * dilation.W;
                        if ((ulong)r < (ulong)rows && (ulong)c < (ulong)columns)
                        {
                            float* from = spread.Floats + ((long)place * taps + tap) * perGroup;
                            float* to = y.Floats + (((long)b * outputs + (long)g * perGroup) * rows + r) * columns + c;
                            for (int o = 0; o < perGroup; o++)
                            {
                                to[o * rows * columns] += from[o];
                            }
                        }
                    }
                }
            }
        }
        return bias is null ? y : AddInPlace(w, y, bias.Reshape(-1, 1, 1));
    }
}
