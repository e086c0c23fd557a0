using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>
    /// Means of windows of the last two dimensions; x [.., C, H, W]. Padding counts as zeros among the elements, as torch's default.
    /// </summary>
    public static Tensor AvgPool2d(Workspace w, Tensor x, (int Height, int Width) kernel, (int Height, int Width)? stride = null,
        (int Height, int Width) padding = default) => Pool(w, "avg_pool2d", x, kernel, stride ?? kernel, padding, (1, 1), false, x.Shape);

    /// <summary>Means of windows of the last dimension; x [.., C, T].</summary>
    public static Tensor AvgPool1d(Workspace w, Tensor x, int kernel, int? stride = null, int padding = 0) =>
        Pool(w, "avg_pool1d", x.Unsqueeze(-2), (1, kernel), (1, stride ?? kernel), (0, padding), (1, 1), false, x.Shape).Squeeze(-2);

    /// <summary>Largest elements of windows of the last two dimensions; a NaN among them wins. Padding never wins.</summary>
    public static Tensor MaxPool2d(Workspace w, Tensor x, (int Height, int Width) kernel, (int Height, int Width)? stride = null,
        (int Height, int Width) padding = default, (int Height, int Width)? dilation = null) =>
        Pool(w, "max_pool2d", x, kernel, stride ?? kernel, padding, dilation ?? (1, 1), true, x.Shape);

    /// <summary>Largest elements of windows of the last dimension; x [.., C, T].</summary>
    public static Tensor MaxPool1d(Workspace w, Tensor x, int kernel, int? stride = null, int padding = 0, int dilation = 1) =>
        Pool(w, "max_pool1d", x.Unsqueeze(-2), (1, kernel), (1, stride ?? kernel), (0, padding), (1, dilation), true, x.Shape).Squeeze(-2);

    /// <summary>
    /// Means of the windows that divide the last dimension into this many parts: window i is floor(i T / n) .. ceil((i + 1) T / n).
    /// </summary>
    public static Tensor AdaptiveAvgPool1d(Workspace w, Tensor x, int outputs)
    {
        CheckFloats("adaptive_avg_pool1d", x);
        int length = x.Rank == 0 ? 0 : x.Size(-1);
        if (outputs <= 0 || length == 0)
        {
            throw new ShapeException($"[adaptive_avg_pool1d] {outputs} windows do not divide {x.Shape}.");
        }
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Shape.With(-1, outputs));
        float* from = source.Floats, to = y.Floats;
        for (long row = 0; row < x.Count / length; row++, from += length)
        {
            for (int i = 0; i < outputs; i++)
            {
                int start = (int)((long)i * length / outputs), end = (int)(((i + 1L) * length + outputs - 1) / outputs);
                *to++ = Reductions.Sum(new ReadOnlySpan<float>(from + start, end - start)) / (end - start);
            }
        }
        GC.KeepAlive(source);
        return y;
    }

    private static Tensor Pool(Workspace w, string operation, Tensor x, (int H, int W) kernel, (int H, int W) stride, (int H, int W) padding,
        (int H, int W) dilation, bool max, Shape shown)
    {
        CheckFloats(operation, x);
        if (x.Rank < 2 || kernel.H < 1 || kernel.W < 1 || stride.H < 1 || stride.W < 1 || dilation.H < 1 || dilation.W < 1
            || padding.H < 0 || padding.W < 0 || 2 * padding.H > kernel.H || 2 * padding.W > kernel.W)
        {
            throw new ShapeException($"[{operation}] Kernel, stride and dilation must be positive and the padding at most half the kernel: kernel "
                + $"{kernel}, stride {stride}, padding {padding}, dilation {dilation}, x is {shown}.");
        }
        int height = x.Size(-2), width = x.Size(-1);
        int rows = (height + 2 * padding.H - dilation.H * (kernel.H - 1) - 1) / stride.H + 1;
        int columns = (width + 2 * padding.W - dilation.W * (kernel.W - 1) - 1) / stride.W + 1;
        if (height + 2 * padding.H <= dilation.H * (kernel.H - 1) || width + 2 * padding.W <= dilation.W * (kernel.W - 1))
        {
            throw new ShapeException($"[{operation}] The kernel {kernel} is larger than the padded input: x is {shown}, padding {padding}.");
        }
        Tensor source = Contiguous(w, x);
        Tensor y = w.Allocate(x.Shape.With(-2, rows).With(-1, columns));
        var part = new PoolPart
        {
            From = source.Floats,
            To = y.Floats,
            Height = height,
            Width = width,
            Rows = rows,
            Columns = columns,
            Kernel = kernel,
            Stride = stride,
            Padding = padding,
            Dilation = dilation,
            Max = max,
        };
        Parts.Run(w, ref part, x.Count / Math.Max((long)height * width, 1), (long)rows * columns * kernel.H * kernel.W);
        GC.KeepAlive(source);
        return y;
    }

    private struct PoolPart : IPart
    {
        public float* From, To;
        public int Height, Width, Rows, Columns;
        public (int H, int W) Kernel, Stride, Padding, Dilation;
        public bool Max;

        public readonly void Run(long start, long end)
        {
            float share = Kernel.H * Kernel.W;
            for (long plane = start; plane < end; plane++)
            {
                float* from = From + plane * Height * Width, to = To + plane * Rows * Columns;
                for (int row = 0; row < Rows; row++)
                {
                    for (int column = 0; column < Columns; column++)
                    {
                        float value = Max ? float.NegativeInfinity : 0;
                        for (int i = 0; i < Kernel.H; i++)
                        {
                            int r = row * Stride.H - Padding.H + i * Dilation.H;
                            for (int j = 0; j < Kernel.W && (uint)r < (uint)Height; j++)
                            {
                                int c = column * Stride.W - Padding.W + j * Dilation.W;
                                if ((uint)c < (uint)Width)
                                {
                                    float next = from[(long)r * Width + c];
                                    value = !Max ? value + next : next > value || float.IsNaN(next) ? next : value;
                                }
                            }
                        }
                        *to++ = Max ? value : value / share;
                    }
                }
            }
        }
    }
}
