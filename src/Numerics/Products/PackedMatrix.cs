namespace Euterpe.Numerics;

/// <summary>
/// Weights of a linear layer, packed once at load: panels [N / 64][K][64] of f32 or bf16, the last panels 32 or 16 wide; missing columns are zeros.
/// One layout serves many rows (each panel's block of 512 k stays in the cache) and few rows (one sequential stream through memory).
/// bf16: in each group of 16 columns, column j and j + 8 share 32 bits (low, high), so that one load gives two vectors without shuffles.
/// </summary>
[Experimental("EUTERPE001")]
public sealed unsafe class PackedMatrix : IDisposable
{
    private const int Tile = 64;

    private readonly NativeBuffer memory;

    private PackedMatrix(int outputs, int inputs, PackedType type)
    {
        if (outputs < 0 || inputs < 0)
        {
            throw new ShapeException($"[pack] The sizes of a matrix cannot be negative: {outputs} outputs, {inputs} inputs.");
        }

        Outputs = outputs;
        Inputs = inputs;
        Type = type;
        ElementSize = type == PackedType.F32 ? 4 : 2;

        // Room behind the end: kernels ask for lines up to 4 KiB ahead.
        memory = new NativeBuffer(checked(((long)Panels.PaddedColumns(outputs) * inputs * ElementSize) + 8192));
    }

    /// <summary>N: columns of the result.</summary>
    public int Outputs { get; }

    /// <summary>K: what is summed over.</summary>
    public int Inputs { get; }

    public PackedType Type { get; }

    /// <summary>Bytes of the packed weights.</summary>
    public long Bytes => memory.Length;

    internal int ElementSize { get; }

    internal byte* Data => (byte*)memory.Pointer;

    /// <summary>Packs <paramref name="w"/>, row-major [outputs, inputs] as torch's Linear stores it.</summary>
    public static PackedMatrix Pack(ReadOnlySpan<float> w, int outputs, int inputs, PackedType type = PackedType.F32)
    {
        Check(w.Length, outputs, inputs);
        fixed (float* source = w)
            return Create(new Source(source, null, null, inputs, 1), outputs, inputs, type);
    }

    /// <summary>Packs bf16 weights, given as their 16 bits, row-major [outputs, inputs].</summary>
    public static PackedMatrix PackBf16(ReadOnlySpan<ushort> w, int outputs, int inputs, PackedType type = PackedType.BF16)
    {
        Check(w.Length, outputs, inputs);
        fixed (ushort* source = w)
            return Create(new Source(null, source, null, inputs, 1), outputs, inputs, type);
    }

    /// <summary>Packs f16 weights, row-major [outputs, inputs]; f32 keeps them exactly.</summary>
    public static PackedMatrix Pack(ReadOnlySpan<Half> w, int outputs, int inputs, PackedType type = PackedType.F32)
    {
        Check(w.Length, outputs, inputs);
        fixed (Half* source = w)
            return Create(new Source(null, null, source, inputs, 1), outputs, inputs, type);
    }

    /// <summary>Packs <paramref name="w"/>, row-major [inputs, outputs].</summary>
    public static PackedMatrix PackTransposed(ReadOnlySpan<float> w, int inputs, int outputs, PackedType type = PackedType.F32)
    {
        Check(w.Length, outputs, inputs);
        fixed (float* source = w)
            return Create(new Source(source, null, null, 1, outputs), outputs, inputs, type);
    }

    /// <summary>Packs weights that lie at <c>w[output * outputStride + input * inputStride]</c>.</summary>
    public static PackedMatrix PackStrided(
        ReadOnlySpan<float> w, int outputs, long outputStride, int inputs, long inputStride, PackedType type = PackedType.F32)
    {
        if (outputs > 0 && inputs > 0
            && (outputStride < 0 || inputStride < 0 || ((outputs - 1) * outputStride) + ((inputs - 1) * inputStride) >= w.Length))
        {
            throw new ShapeException($"[pack] [{outputs}, {inputs}] with strides [{outputStride}, {inputStride}] does not lie in {w.Length} numbers.");
        }

        fixed (float* source = w)
            return Create(new Source(source, null, null, outputStride, inputStride), outputs, inputs, type);
    }

    /// <summary>Weights that are packed part by part, with <see cref="PackRows(int, ReadOnlySpan{float})"/>; until then they are anything.</summary>
    public static PackedMatrix OfParts(int outputs, int inputs, PackedType type = PackedType.F32) => new(outputs, inputs, type);

    /// <summary>Packs row-major rows from output <paramref name="first"/> on, which begin and end at a multiple of 64 or at the last output.</summary>
    public void PackRows(int first, ReadOnlySpan<float> w)
    {
        int rows = CheckRows(first, w.Length);
        fixed (float* source = w)
            Fill(new Source(source, null, null, Inputs, 1), first, rows);
    }

    /// <summary>As <see cref="PackRows(int, ReadOnlySpan{float})"/>, from bf16.</summary>
    public void PackRows(int first, ReadOnlySpan<ushort> w)
    {
        int rows = CheckRows(first, w.Length);
        fixed (ushort* source = w)
            Fill(new Source(null, source, null, Inputs, 1), first, rows);
    }

    /// <summary>As <see cref="PackRows(int, ReadOnlySpan{float})"/>, from f16.</summary>
    public void PackRows(int first, ReadOnlySpan<Half> w)
    {
        int rows = CheckRows(first, w.Length);
        fixed (Half* source = w)
            Fill(new Source(null, null, source, Inputs, 1), first, rows);
    }

    /// <summary>One weight, as the product sees it.</summary>
    public float At(int output, int input)
    {
        if ((uint)output >= (uint)Outputs || (uint)input >= (uint)Inputs)
        {
            throw new ArgumentOutOfRangeException(nameof(output), $"[pack] There is no weight [{output}, {input}] in [{Outputs}, {Inputs}].");
        }

        (int start, int width) = Panels.Of(output, Outputs);
        int column = output - start;
        byte* panel = Data + ((long)start * Inputs * ElementSize);
        return Type == PackedType.F32
            ? ((float*)panel)[((long)input * width) + column]
            : Bf16.ToFloat(((ushort*)panel)[((long)input * width) + Panels.BrainSlot(column)]);
    }

    /// <summary>The weights as they were given (bf16: as rounded), row-major [outputs, inputs].</summary>
    public float[] Unpack()
    {
        float[] w = new float[checked(Outputs * Inputs)];
        for (int n = 0; n < Outputs; n++)
        {
            for (int k = 0; k < Inputs; k++)
            {
                w[(n * Inputs) + k] = At(n, k);
            }
        }

        return w;
    }

    public void Dispose()
    {
        memory.Dispose();
    }

    private static void Check(int length, int outputs, int inputs)
    {
        if (outputs < 0 || inputs < 0 || length != (long)outputs * inputs)
        {
            throw new ShapeException($"[pack] The weights must hold outputs x inputs numbers: [{outputs}, {inputs}] is "
                + $"{(long)outputs * inputs}, there are {length}.");
        }
    }

    private static PackedMatrix Create(Source source, int outputs, int inputs, PackedType type)
    {
        PackedMatrix packed = new(outputs, inputs, type);
        packed.Fill(source, 0, outputs);
        return packed;
    }

    private int CheckRows(int first, int length)
    {
        int rows = Inputs == 0 ? Outputs - first : length / Inputs;
        bool whole = first >= 0 && first % Panels.Width == 0 && rows >= 0 && rows <= Outputs - first && (long)rows * Inputs == length;
        if (!whole || (first + rows != Outputs && rows % Panels.Width != 0))
        {
            throw new ShapeException($"[pack] {length} numbers from output {first} on are not rows of [{Outputs}, {Inputs}] that begin and end at a "
                + $"multiple of {Panels.Width} or at the last one.");
        }

        return rows;
    }

    private void Fill(Source source, int first, int rows)
    {
        int panel = first / Panels.Width, panels = Panels.Count(first + rows) - panel;
        FillJob job = new()
        {
            Source = source,
            Data = Data,
            Outputs = Outputs,
            Inputs = Inputs,
            First = first,
            Panel = panel,
            Brain = Type == PackedType.BF16,
        };
        ComputePool.Shared.Run(panels, &FillPanel, &job);
        GC.KeepAlive(this);
    }

    // Blocks of 64 x 64 pass through the first cache: expanded to f32 if need be, transposed, rounded if need be.
    private static void FillPanel(void* context, int index)
    {
        FillJob* job = (FillJob*)context;
        (int start, int width) = Panels.At(job->Panel + index, job->Outputs);
        int valid = Math.Min(width, job->Outputs - start), inputs = job->Inputs, size = job->Brain ? 2 : 4;
        float* expanded = (float*)ThreadScratch.Get(2 * Tile * Tile * sizeof(float)), turned = expanded + (Tile * Tile);
        byte* panel = job->Data + ((long)start * inputs * size);
        for (int block = 0; block < inputs; block += Tile)
        {
            int k = Math.Min(Tile, inputs - block);
            byte* to = panel + ((long)block * width * size);
            job->Source.Turn(start - job->First, block, valid, width, k, expanded, job->Brain ? turned : (float*)to);
            for (int i = 0; job->Brain && i < k; i++)
                PanelPacking.Compress(turned + (i * width), width, (ushort*)to + (i * width));
        }
    }

    private struct FillJob
    {
        public Source Source;
        public byte* Data;
        public int Outputs;
        public int Inputs;
        public int First;
        public int Panel;
        public bool Brain;
    }

    private readonly struct Source(float* single, ushort* brain, Half* half, long outputStride, long inputStride)
    {
        public void Turn(int output, int input, int valid, int width, int k, float* expanded, float* to)
        {
            long at = (output * outputStride) + (input * inputStride);
            if (single != null)
            {
                PanelPacking.Pack(single + at, inputStride, outputStride, k, valid, width, to);
                return;
            }

            for (int j = 0; j < valid; j++)
            {
                long row = at + (j * outputStride);
                if (brain != null)
                    Bf16.ToFloat(new ReadOnlySpan<ushort>(brain + row, k), new Span<float>(expanded + (j * Tile), k));
                else
                    F16.ToFloat(new ReadOnlySpan<ushort>(half + row, k), new Span<float>(expanded + (j * Tile), k));
            }

            PanelPacking.Pack(expanded, 1, Tile, k, valid, width, to);
        }
    }
}
