using System.Runtime.CompilerServices;

namespace Euterpe.Numerics;

/// <summary>
/// A batched product of plain matrices. A chunk packs the panels of B that it needs into its thread's scratch and runs the same micro-kernels
/// as packed weights do.
/// </summary>
internal unsafe struct PlainProduct
{
    private const int RowBlock = 384;

    public float* A;
    public Strides AStrides;
    public float* B;
    public Strides BStrides;
    public float* C;
    public Strides CStrides;
    public int Outer;
    public int Inner;
    public int M;
    public int N;
    public int K;

    private int panels;
    private int panelsInChunk;
    private int panelChunks;
    private int rowBlock;
    private int rowChunks;
    private int itemsInChunk;

    public void Run(CancellationToken token)
    {
        int items = checked(Outer * Inner), threads = ComputePool.Shared.Threads;
        long macs = (long)M * N * Math.Max(K, 1);
        panels = Panels.Count(N);
        rowBlock = M;
        panelsInChunk = panels;
        itemsInChunk = (int)Math.Clamp(OneThreadBelow / macs, 1, items);
        if (items < 4 * threads && macs > OneThreadBelow)
        {
            rowBlock = Math.Min(M, RowBlock);
            int rowBlocks = (M + rowBlock - 1) / rowBlock;
            panelsInChunk = (int)Math.Clamp((long)items * rowBlocks * panels / (4L * threads), 1, panels);
        }

        rowChunks = (M + rowBlock - 1) / rowBlock;
        panelChunks = (panels + panelsInChunk - 1) / panelsInChunk;
        int chunks = checked((items + itemsInChunk - 1) / itemsInChunk * rowChunks * panelChunks);
        fixed (PlainProduct* self = &this)
        {
            if (items * macs < OneThreadBelow)
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

    private static long OneThreadBelow => MatrixProduct.OneThreadBelow;

    private static void RunChunk(void* context, int chunk)
    {
        PlainProduct* job = (PlainProduct*)context;
        int panel = chunk % job->panelChunks * job->panelsInChunk, rest = chunk / job->panelChunks;
        int row = rest % job->rowChunks * job->rowBlock, item = rest / job->rowChunks * job->itemsInChunk;
        int lastPanel = Math.Min(job->panels, panel + job->panelsInChunk), lastRow = Math.Min(job->M, row + job->rowBlock);
        int lastItem = Math.Min(job->Outer * job->Inner, item + job->itemsInChunk);
        for (; item < lastItem; item++)
        {
            int o = item / job->Inner, i = item % job->Inner;
            float* a = job->A + (o * job->AStrides.Outer) + (i * job->AStrides.Inner);
            float* b = job->B + (o * job->BStrides.Outer) + (i * job->BStrides.Inner);
            float* c = job->C + (o * job->CStrides.Outer) + (i * job->CStrides.Inner);
            job->Part(a, b, c, row, lastRow, panel, lastPanel);
        }
    }

    private readonly void Part(float* a, float* b, float* c, int firstRow, int lastRow, int firstPanel, int lastPanel)
    {
        // Behind the panel: room for what prefetches touch is not needed, they may ask for any address.
        float* panel = (float*)ThreadScratch.Get(((Panels.Block * Panels.Width) + (Tiles.Rows * Panels.Block)) * sizeof(float));
        float* tileA = panel + (Panels.Block * Panels.Width);
        bool direct = AStrides.Column == 1 || K == 1;
        for (int p = firstPanel; p < lastPanel; p++)
        {
            (int start, int width) = Panels.At(p, N);
            int valid = Math.Min(width, N - start), block = 0;
            do
            {
                int k = Math.Min(Panels.Block, K - block);
                PanelPacking.Pack(b + (block * BStrides.Row) + (start * BStrides.Column), BStrides.Row, BStrides.Column, k, valid, width, panel);
                for (int r = firstRow; r < lastRow; r += Tiles.Rows)
                {
                    int rows = Math.Min(Tiles.Rows, lastRow - r);
                    float* from = a + (r * AStrides.Row) + (block * AStrides.Column);
                    nint stride = (nint)AStrides.Row;
                    if (!direct)
                    {
                        PackRows(from, AStrides.Row, AStrides.Column, rows, k, tileA);
                        from = tileA;
                        stride = Panels.Block;
                    }

                    Tiles.RunEdge(
                        PackedType.F32, rows, width, valid, from, stride, (byte*)panel, width, k,
                        c + (r * CStrides.Row) + start, (nint)CStrides.Row, block == 0);
                }

                block += Panels.Block;
            }
            while (block < K);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackRows(float* from, long rowStride, long columnStride, int rows, int k, float* to)
    {
        for (int i = 0; i < k; i++)
        {
            for (int r = 0; r < rows; r++)
                to[(r * Panels.Block) + i] = from[(r * rowStride) + (i * columnStride)];
        }
    }
}
