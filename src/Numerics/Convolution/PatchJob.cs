namespace Euterpe.Numerics;

/// <summary>
/// A convolution as y [channels, positions] = weights [channels, k] x patches [k, positions]: a chunk packs the patches of one panel of positions,
/// 512 k at a time, for its block of output channels. No copy of the whole input is made.
/// </summary>
internal unsafe struct PatchJob
{
    private const long ChunkCost = 1 << 20;

    private readonly float* x;
    private readonly float* w;
    private readonly float* bias;
    private readonly float* y;
    private readonly Fused fused;
    private readonly int batch;
    private readonly int groups;
    private readonly int ins;
    private readonly int outs;
    private readonly int k;
    private readonly int positions;
    private readonly int panels;
    private readonly bool shifted;
    private readonly Patches patches;
    private int channelBlock;
    private int channelBlocks;
    private int parts;
    private int partsInChunk;

    public PatchJob(
        ConvolutionShape shape, float* x, int batch, int height, int width, float* w, float* bias, float* y, int outHeight, int outWidth, Fused fused)
    {
        this.x = x;
        this.w = w;
        this.bias = bias;
        this.y = y;
        this.fused = fused;
        this.batch = batch;
        groups = shape.Groups;
        ins = shape.InPerGroup;
        outs = shape.OutPerGroup;
        k = ins * shape.Taps;
        positions = checked(outHeight * outWidth);
        panels = Panels.Count(positions);

        // One channel in one dimension: the panel is the input itself, each row shifted by the dilation.
        shifted = ins == 1 && height == 1 && shape.KernelHeight == 1 && shape.StrideWidth == 1 && k <= Panels.Block;
        patches = new Patches
        {
            Height = height,
            Width = width,
            KernelWidth = shape.KernelWidth,
            StrideHeight = shape.StrideHeight,
            StrideWidth = shape.StrideWidth,
            DilationHeight = shape.DilationHeight,
            DilationWidth = shape.DilationWidth,
            PadTop = shape.PadTop,
            PadLeft = shape.PadLeft,
            OutWidth = outWidth,
            Channels = ins,
        };
    }

    public void Run(CancellationToken token)
    {
        long work = (long)batch * groups * panels;
        int threads = ComputePool.Shared.Threads;
        channelBlock = outs;
        if (work < 4 * threads)
        {
            int pieces = (int)((4 * threads) / work);
            channelBlock = Math.Max(Tiles.Rows, ((outs + pieces - 1) / pieces + Tiles.Rows - 1) / Tiles.Rows * Tiles.Rows);
        }

        channelBlocks = (outs + channelBlock - 1) / channelBlock;
        parts = checked((int)(work * channelBlocks));

        // A panel of a few channels is over in a microsecond: several make a chunk. Packing counts as eight channels.
        long cost = Math.Max(1, (long)(Math.Min(outs, channelBlock) + 8) * k * Panels.Width);
        partsInChunk = (int)Math.Max(1, Math.Min(ChunkCost / cost, parts / (4L * threads)));
        int chunks = (parts + partsInChunk - 1) / partsInChunk;
        fixed (PatchJob* self = &this)
        {
            if (work * outs * k * Panels.Width < MatrixProduct.OneThreadBelow)
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
        PatchJob* job = (PatchJob*)context;
        int first = chunk * job->partsInChunk, last = Math.Min(job->parts, first + job->partsInChunk);
        for (int part = first; part < last; part++)
            job->Part(part);
    }

    private readonly void Part(int part)
    {
        int first = part % channelBlocks * channelBlock, last = Math.Min(outs, first + channelBlock), rest = part / channelBlocks;
        int panel = rest % panels, item = rest / panels, group = item % groups;
        (int start, int width) = Panels.At(panel, positions);
        int valid = Math.Min(width, positions - start);
        float* from = x + ((long)item * ins * patches.Height * patches.Width);
        float* weights = w + ((long)group * outs * k);
        float* to = y + ((long)item * outs * positions) + start;
        float* packed = (float*)ThreadScratch.Get(Panels.Block * Panels.Width * sizeof(float));
        int block = 0;
        do
        {
            int count = Math.Min(Panels.Block, k - block);
            float* b = packed;
            nint stride = width;
            int column = start - patches.PadLeft;
            if (shifted && column >= 0 && column + ((k - 1) * patches.DilationWidth) + width <= patches.Width)
            {
                b = from + column;
                stride = patches.DilationWidth;
            }
            else
            {
                patches.Pack(from, start, valid, width, block, count, packed);
            }

            for (int r = first; r < last; r += Tiles.Rows)
            {
                int rows = Math.Min(Tiles.Rows, last - r);
                float* c = to + ((long)r * positions);
                Tiles.RunEdge(
                    PackedType.F32, rows, width, valid, weights + ((long)r * k) + block, k, (byte*)b, stride, count, c, positions, block == 0);
                if (block + count == k)
                    Epilogue.ApplyRows(c, positions, rows, valid, bias == null ? null : bias + (group * outs) + r, fused);
            }

            block += Panels.Block;
        }
        while (block < k);
    }
}
