using Euterpe.Numerics.Files;

namespace Euterpe.Search.Vectors;

/// <summary>The rows of a mapped file at one moment: addresses of blocks, and how many rows count.</summary>
internal sealed unsafe class Rows(VectorLayout layout, nint[] blocks, int count, long lastId, uint crc)
{
    private const int Shift = 10;
    private const int Mask = VectorLayout.BlockRows - 1;

    // Asked for at every step of a walk.
    private readonly long _bytes = layout.Bytes;
    private readonly long _floats = layout.Floats;
    private readonly long _stride = layout.Stride;
    private readonly long _dimension = layout.Dimension;

    public VectorLayout Layout => layout;

    public nint[] Blocks => blocks;

    public int Count => count;

    public long LastId => lastId;

    public uint Crc => crc;

    public int Dimension => layout.Dimension;

    public int Checked(long row) => (ulong)row < (ulong)count ? (int)row
        : throw new ArgumentOutOfRangeException(nameof(row), $"[vectors] There is no row {row}; the file holds {count}.");

    public long Id(int row) => ((long*)(blocks[row >> Shift] + VectorLayout.Ids))[row & Mask];

    public float* Scales(int block) => (float*)(blocks[block] + VectorLayout.Scales);

    public float* Errors(int block) => (float*)(blocks[block] + VectorLayout.Errors);

    public float* Norms(int block) => (float*)(blocks[block] + VectorLayout.Norms);

    public float Scale(int row) => Scales(row >> Shift)[row & Mask];

    public float Error(int row) => Errors(row >> Shift)[row & Mask];

    public float Norm(int row) => Norms(row >> Shift)[row & Mask];

    public int Sum(int row) => ((int*)(blocks[row >> Shift] + VectorLayout.Sums))[row & Mask];

    public byte* Bytes(int row) => (byte*)blocks[row >> Shift] + _bytes + ((row & Mask) * _stride);

    public float* Floats(int row) => (float*)(blocks[row >> Shift] + _floats) + ((row & Mask) * _dimension);

    public ReadOnlySpan<float> FloatRow(int row) => new(Floats(row), layout.Dimension);

    /// <summary>A checksum of ids and of what belongs to the 8-bit rows, for the first rows: tells whether they are those that a graph was made
    /// of.</summary>
    public uint Identity(int rows)
    {
        uint crc = 0;
        for (int block = 0; block < VectorLayout.Blocks(rows); block++)
        {
            byte* data = (byte*)blocks[block];
            int n = Math.Min(VectorLayout.BlockRows, rows - (block * VectorLayout.BlockRows));
            crc = Crc32.Append(crc, data + VectorLayout.Ids, n * sizeof(long));
            crc = Crc32.Append(crc, data + VectorLayout.Scales, n * sizeof(float));
            crc = Crc32.Append(crc, data + VectorLayout.Errors, n * sizeof(float));
            crc = Crc32.Append(crc, data + VectorLayout.Norms, n * sizeof(float));
            crc = Crc32.Append(crc, data + VectorLayout.Sums, n * sizeof(int));
        }

        return crc;
    }

    /// <summary>The checksum of a row, after that of the rows before it: id, scale, error, norm, sum, bytes, floats.</summary>
    public uint Checksum(uint before, int row)
    {
        byte* block = (byte*)blocks[row >> Shift];
        int r = row & Mask;
        before = Crc32.Append(before, block + VectorLayout.Ids + (r * sizeof(long)), sizeof(long));
        before = Crc32.Append(before, block + VectorLayout.Scales + (r * sizeof(float)), sizeof(float));
        before = Crc32.Append(before, block + VectorLayout.Errors + (r * sizeof(float)), sizeof(float));
        before = Crc32.Append(before, block + VectorLayout.Norms + (r * sizeof(float)), sizeof(float));
        before = Crc32.Append(before, block + VectorLayout.Sums + (r * sizeof(int)), sizeof(int));
        before = Crc32.Append(before, Bytes(row), layout.Stride);
        return Crc32.Append(before, (byte*)Floats(row), layout.Dimension * sizeof(float));
    }
}
