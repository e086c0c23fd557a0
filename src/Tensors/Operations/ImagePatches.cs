using Euterpe.Numerics;

namespace Euterpe.Tensors;

public static unsafe partial class Operations
{
    /// <summary>
    /// What a convolution of a channel-last image sums over, as rows for a matrix product: for output row and column the kernel's taps in order, each
    /// with all channels. The image may hold only some rows of a taller one (from firstRow on, of height rows in all); rows of the taller one that
    /// are asked for must be in it, what lies outside of it is zero.
    /// </summary>
    /// <param name="w">Where the result lives.</param>
    /// <param name="image">[rows held, width, C].</param>
    /// <param name="firstRow">Which row of the whole image the first one held is.</param>
    /// <param name="height">Rows of the whole image.</param>
    /// <param name="kernel">Height and width of the kernel.</param>
    /// <param name="stride">Down and to the right.</param>
    /// <param name="padding">Zeros around the whole image: above and below, left and right.</param>
    /// <param name="outRow">First row of the result's image.</param>
    /// <param name="outRows">Number of rows of the result's image.</param>
    /// <returns>[outRows * columns of the result's image, kernel height * kernel width * C].</returns>
    public static Tensor ImagePatches(Workspace w, Tensor image, int firstRow, int height, (int Height, int Width) kernel,
        (int Height, int Width) stride, (int Height, int Width) padding, int outRow, int outRows)
    {
        CheckFloats("image_patches", image, "image");
        if (image.Rank != 3 || !image.IsContiguous)
        {
            throw new ShapeException($"[image_patches] A contiguous image [rows, width, C] is expected: it is {image}.");
        }
        int width = image.Size(1), columns = ((width + (2 * padding.Width) - kernel.Width) / stride.Width) + 1;
        int top = Math.Max(0, (outRow * stride.Height) - padding.Height);
        int bottom = Math.Min(height, ((outRow + outRows - 1) * stride.Height) - padding.Height + kernel.Height);
        if (columns < 1 || outRows < 1 || top < firstRow || bottom > firstRow + image.Size(0))
        {
            throw new ShapeException(
                $"[image_patches] Rows {outRow} to {outRow + outRows - 1} of the result look at rows {top} to {bottom - 1} of {height}: "
                + $"the image {image.Shape} begins with row {firstRow}.");
        }
        Tensor y = w.Allocate(checked(outRows * columns), checked(kernel.Height * kernel.Width * image.Size(2)));
        var part = new ImagePatchPart
        {
            X = image.Floats,
            Y = y.Floats,
            FirstRow = firstRow,
            Height = height,
            Width = width,
            Channels = image.Size(2),
            KernelHeight = kernel.Height,
            KernelWidth = kernel.Width,
            StrideHeight = stride.Height,
            StrideWidth = stride.Width,
            PadTop = padding.Height,
            PadLeft = padding.Width,
            OutRow = outRow,
            Columns = columns,
        };
        Parts.Run(w, ref part, y.Size(0), y.Size(1));
        GC.KeepAlive(image);
        return y;
    }

    private struct ImagePatchPart : IPart
    {
        public float* X, Y;
        public int FirstRow, Height, Width, Channels, KernelHeight, KernelWidth, StrideHeight, StrideWidth, PadTop, PadLeft, OutRow, Columns;

        public readonly void Run(long start, long end)
        {
            int run = KernelWidth * Channels;
            for (long item = start; item < end; item++)
            {
                int top = ((OutRow + (int)(item / Columns)) * StrideHeight) - PadTop, left = ((int)(item % Columns) * StrideWidth) - PadLeft;
                float* to = Y + (item * KernelHeight * run);
                int low = Math.Clamp(-left, 0, KernelWidth), high = Math.Clamp(Width - left, low, KernelWidth);
                for (int i = 0; i < KernelHeight; i++, to += run)
                {
                    int row = top + i;
                    if (row < 0 || row >= Height)
                    {
                        new Span<float>(to, run).Clear();
                        continue;
                    }
                    new Span<float>(to, low * Channels).Clear();
                    float* from = X + ((((long)(row - FirstRow) * Width) + left + low) * Channels);
                    new Span<float>(from, (high - low) * Channels).CopyTo(new Span<float>(to + (low * Channels), (high - low) * Channels));
                    new Span<float>(to + (high * Channels), (KernelWidth - high) * Channels).Clear();
                }
            }
        }
    }
}
