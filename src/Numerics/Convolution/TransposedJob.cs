using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>
/// A transposed convolution: for a tile of output positions and a block of output channels, one matrix product gives what every tap of every
/// channel sees over the input positions that reach the tile; then taps are added in ascending order. Tiles share no outputs.
/// </summary>
internal unsafe struct TransposedJob
{
    private const int TileInputs = 256;

    private readonly float* x;
    private readonly float* w;
    private readonly float* bias;
    private readonly float* y;
    private readonly Fused fused;
    private readonly int batch;
    private readonly int groups;
    private readonly int ins;
    private readonly int outs;
    private readonly int height;
    private readonly int width;
    private readonly int outHeight;
    private readonly int outWidth;
    private readonly int taps;
    private readonly int kernelWidth;
    private readonly int strideHeight;
    private readonly int strideWidth;
    private readonly int dilationHeight;
    private readonly int dilationWidth;
    private readonly int padTop;
    private readonly int padLeft;
    private readonly int reachHeight;
    private readonly int reachWidth;
    private int channelBlock;
    private int channelBlocks;
    private int tileHeight;
    private int tileWidth;
    private int tilesDown;
    private int tilesAcross;

    public TransposedJob(
        ConvolutionShape shape, float* x, int batch, int height, int width, float* w, float* bias, float* y, int outHeight, int outWidth, Fused fused)
    {
        this.x = x;
        this.w = w;
        this.bias = bias;
        this.y = y;
        this.fused = fused;
        this.batch = batch;
        this.height = height;
        this.width = width;
        this.outHeight = outHeight;
        this.outWidth = outWidth;
        groups = shape.Groups;
        ins = shape.InPerGroup;
        outs = shape.OutPerGroup;
        taps = shape.Taps;
        kernelWidth = shape.KernelWidth;
        (strideHeight, strideWidth) = (shape.StrideHeight, shape.StrideWidth);
        (dilationHeight, dilationWidth) = (shape.DilationHeight, shape.DilationWidth);
        (padTop, padLeft) = (shape.PadTop, shape.PadLeft);
        reachHeight = (shape.KernelHeight - 1) * dilationHeight;
        reachWidth = (kernelWidth - 1) * dilationWidth;
    }

    public void Run(CancellationToken token)
    {
        channelBlock = Math.Clamp((96 + taps - 1) / taps, 1, outs);
        channelBlocks = (outs + channelBlock - 1) / channelBlock;
        int columns = Math.Min(width, TileInputs), rows = Math.Clamp(TileInputs / columns, 1, height);
        tileWidth = (int)Math.Min(outWidth, (long)columns * strideWidth);
        tileHeight = (int)Math.Min(outHeight, (long)rows * strideHeight);
        tilesAcross = (outWidth + tileWidth - 1) / tileWidth;
        tilesDown = (outHeight + tileHeight - 1) / tileHeight;
        int chunks = checked(batch * groups * channelBlocks * tilesDown * tilesAcross);
        fixed (TransposedJob* self = &this)
        {
            if ((long)batch * groups * outs * ins * taps * height * width < MatrixProduct.OneThreadBelow)
            {
                for (int chunk = 0; chunk < chunks; chunk++)
                    RunChunk(self, chunk);
            }
            else
            {
                ComputePool.Shared.Run(chunks, &RunChunk, self, token);
            }
        }
    }

    private static void RunChunk(void* context, int chunk)
    {
        ((TransposedJob*)context)->Part(chunk);
    }

    private readonly void Part(int chunk)
    {
        int across = chunk % tilesAcross * tileWidth, rest = chunk / tilesAcross;
        int down = rest % tilesDown * tileHeight;
        rest /= tilesDown;
        int firstChannel = rest % channelBlocks * channelBlock, item = rest / channelBlocks, group = item % groups;
        int channels = Math.Min(channelBlock, outs - firstChannel);
        int endDown = Math.Min(outHeight, down + tileHeight), endAcross = Math.Min(outWidth, across + tileWidth);

        // Input rows and columns that reach this tile through any tap.
        int firstRow = Math.Max(0, CeilingDivide(down + padTop - reachHeight, strideHeight));
        int lastRow = Math.Min(height - 1, (endDown - 1 + padTop) / strideHeight);
        int firstColumn = Math.Max(0, CeilingDivide(across + padLeft - reachWidth, strideWidth));
        int lastColumn = Math.Min(width - 1, (endAcross - 1 + padLeft) / strideWidth);
        int regionRows = Math.Max(0, lastRow - firstRow + 1), regionColumns = Math.Max(0, lastColumn - firstColumn + 1);
        int positions = regionRows * regionColumns, products = channels * taps, padded = Panels.PaddedColumns(positions);

        float* packed = (float*)ThreadScratch.Get((((long)Panels.Block * Panels.Width) + ((long)products * padded)) * sizeof(float));
        float* sums = packed + (Panels.Block * Panels.Width);
        if (positions > 0)
        {
            float* from = x + ((((long)item * ins * height) + firstRow) * width) + firstColumn;
            Multiply(from, w + (((long)group * outs) + firstChannel) * taps * ins, products, positions, regionColumns, padded, packed, sums);
        }

        float* image = y + (((long)item * outs) + firstChannel) * outHeight * outWidth;
        for (int channel = 0; channel < channels; channel++, image += (long)outHeight * outWidth)
        {
            for (int row = down; row < endDown; row++)
                new Span<float>(image + ((long)row * outWidth) + across, endAcross - across).Clear();
            for (int tap = 0; tap < taps; tap++)
            {
                float* sum = sums + ((((long)channel * taps) + tap) * padded);
                int dropDown = (tap / kernelWidth * dilationHeight) - padTop, dropAcross = (tap % kernelWidth * dilationWidth) - padLeft;
                for (int r = 0; r < regionRows; r++, sum += regionColumns)
                {
                    int row = ((firstRow + r) * strideHeight) + dropDown;
                    if (row < down || row >= endDown)
                        continue;
                    int column = (firstColumn * strideWidth) + dropAcross;
                    int skip = column >= across ? 0 : (across - column + strideWidth - 1) / strideWidth;
                    int end = column >= endAcross ? 0 : Math.Min(regionColumns, ((endAcross - 1 - column) / strideWidth) + 1);
                    Add(sum + skip, image + ((long)row * outWidth) + column + ((long)skip * strideWidth), end - skip, strideWidth);
                }
            }

            for (int row = down; row < endDown; row++)
            {
                float* line = image + ((long)row * outWidth) + across;
                Epilogue.ApplyRows(line, 0, 1, endAcross - across, bias == null ? null : bias + (group * outs) + firstChannel + channel, fused);
            }
        }
    }

    // sums [products, positions] = weights [products, ins] x region [ins, positions].
    private readonly void Multiply(float* from, float* weights, int products, int positions, int regionColumns, int padded, float* packed, float* sums)
    {
        Patches region = new()
        {
            Height = height,
            Width = width,
            KernelWidth = 1,
            StrideHeight = 1,
            StrideWidth = 1,
            DilationHeight = 1,
            DilationWidth = 1,
            OutWidth = regionColumns,
            Channels = ins,
        };
        for (int p = 0; p < Panels.Count(positions); p++)
        {
            (int start, int panelWidth) = Panels.At(p, positions);
            int valid = Math.Min(panelWidth, positions - start);
            for (int block = 0; block < ins; block += Panels.Block)
            {
                int count = Math.Min(Panels.Block, ins - block);
                region.Pack(from, start, valid, panelWidth, block, count, packed);
                for (int r = 0; r < products; r += Tiles.Rows)
                {
                    Tiles.Run(
                        PackedType.F32, Math.Min(Tiles.Rows, products - r), panelWidth, weights + ((long)r * ins) + block, ins, (byte*)packed,
                        panelWidth, count, sums + ((long)r * padded) + start, padded, block == 0);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* sum, float* to, int count, int stride)
    {
        for (int j = 0; j < count; j++, to += stride)
            *to += sum[j];
    }

    private static int CeilingDivide(int a, int b)
    {
        return a > 0 ? (a + b - 1) / b : -(-a / b);
    }
}
