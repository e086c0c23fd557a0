namespace Euterpe.Numerics;

/// <summary>A product with packed weights, cut into chunks: blocks of rows x groups of panels; each output belongs to one chunk.</summary>
internal unsafe struct PackedProduct
{
    private const int RowBlock = 192;
    private const int FewRows = 4;

    public float* A;
    public nint AStride;
    public int Rows;
    public byte* B;
    public PackedType Type;
    public int K;
    public int N;
    public float* C;
    public nint CStride;
    public float* Bias;
    public Fused Fused;
    public float* Residual;
    public nint ResidualStride;

    private int panels;
    private bool joined;
    private int panelsInChunk;
    private int panelChunks;
    private int rowBlock;

    private readonly int ElementSize => Type == PackedType.F32 ? 4 : 2;

    public void Run(CancellationToken token)
    {
        // The last 48 columns are two panels and one step.
        joined = Tiles.Joins && Type == PackedType.F32 && N % Panels.Width == 48;
        panels = Panels.Count(N) - (joined ? 1 : 0);
        // Blocks of about equal height, in whole tiles.
        int rowBlocks = (Rows + RowBlock - 1) / RowBlock, threads = ComputePool.Shared.Threads;
        rowBlock = Rows <= FewRows ? Rows : ((Rows + rowBlocks - 1) / rowBlocks + Tiles.Rows - 1) / Tiles.Rows * Tiles.Rows;
        rowBlocks = (Rows + rowBlock - 1) / rowBlock;
        if (Rows <= FewRows)
        {
            // One stream through memory: chunks of about 128 KiB of weights.
            long bytes = Math.Max(1, (long)Panels.Width * K * ElementSize);
            panelsInChunk = (int)Math.Clamp((128 << 10) / bytes, 1, panels);
        }
        else
        {
            // Many chunks, as the last ones leave threads idle; four panels use a block of rows often enough.
            panelsInChunk = Math.Clamp((int)((long)panels * rowBlocks / (16L * threads)), 1, 4);
        }

        panelChunks = (panels + panelsInChunk - 1) / panelsInChunk;
        panelsInChunk = (panels + panelChunks - 1) / panelChunks;
        int chunks = checked(rowBlocks * panelChunks);
        fixed (PackedProduct* self = &this)
        {
            if ((long)Rows * N * K < MatrixProduct.OneThreadBelow)
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
        PackedProduct* job = (PackedProduct*)context;
        int firstPanel = chunk % job->panelChunks * job->panelsInChunk;
        int lastPanel = Math.Min(job->panels, firstPanel + job->panelsInChunk);
        int firstRow = chunk / job->panelChunks * job->rowBlock;
        int lastRow = Math.Min(job->Rows, firstRow + job->rowBlock);
        job->Part(firstRow, lastRow, firstPanel, lastPanel);
    }

    private readonly void Part(int firstRow, int lastRow, int firstPanel, int lastPanel)
    {
        int block = 0;
        do
        {
            int k = Math.Min(Panels.Block, K - block);
            bool first = block == 0, last = block + k == K;
            for (int p = firstPanel; p < lastPanel; p++)
            {
                (int start, int width) = Panels.At(p, N);
                int valid = Math.Min(width, N - start);
                byte* panel = B + ((((long)start * K) + ((long)block * width)) * ElementSize);
                bool both = joined && p == panels - 1;
                byte* narrow = B + ((((start + 32L) * K) + (block * 16L)) * ElementSize);
                valid = both ? 48 : valid;
                for (int r = firstRow; r < lastRow; r += Tiles.Rows)
                {
                    int rows = Math.Min(Tiles.Rows, lastRow - r);
                    float* c = C + (r * CStride) + start;
                    if (both)
                        Tiles.RunJoined(rows, A + (r * AStride) + block, AStride, (float*)panel, (float*)narrow, k, c, CStride, first);
                    else
                        Tiles.RunEdge(Type, rows, width, valid, A + (r * AStride) + block, AStride, panel, width, k, c, CStride, first);
                    if (last)
                        Finish(c, r, rows, start, valid);
                }
            }

            block += Panels.Block;
        }
        while (block < K);
    }

    private readonly void Finish(float* c, int row, int rows, int start, int columns)
    {
        Epilogue.Apply(
            c, CStride, rows, columns, Bias == null ? null : Bias + start, Fused,
            Residual == null ? null : Residual + (row * ResidualStride) + start, ResidualStride);
    }
}
