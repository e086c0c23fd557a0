using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>Rows without a file; their ids are their numbers.</summary>
internal sealed unsafe class RowsInMemory : IDisposable
{
    private readonly NativeBuffer _memory;

    public RowsInMemory(ReadOnlySpan<float> vectors, int dimension)
    {
        var layout = new VectorLayout(dimension);
        int count = vectors.Length / dimension;
        nint[] blocks = new nint[VectorLayout.Blocks(count)];
        _memory = new NativeBuffer(blocks.Length * layout.BlockBytes, zeroed: true);
        for (int r = 0; r < count; r++)
        {
            int block = r / VectorLayout.BlockRows, place = r % VectorLayout.BlockRows;
            byte* at = (byte*)(blocks[block] = (nint)_memory.Pointer + (nint)(block * layout.BlockBytes));
            ReadOnlySpan<float> vector = vectors.Slice(r * dimension, dimension);
            ByteRow row = ByteRows.Quantize(vector, new Span<byte>(at + layout.Bytes + ((long)place * layout.Stride), layout.Stride));
            ((long*)(at + VectorLayout.Ids))[place] = r;
            ((float*)(at + VectorLayout.Scales))[place] = row.Scale;
            ((float*)(at + VectorLayout.Errors))[place] = row.Error;
            ((float*)(at + VectorLayout.Norms))[place] = row.Norm;
            ((int*)(at + VectorLayout.Sums))[place] = row.Sum;
            vector.CopyTo(new Span<float>(at + layout.Floats, VectorLayout.BlockRows * dimension).Slice(place * dimension));
        }

        Rows = new Rows(layout, blocks, count, count - 1, 0);
    }

    public Rows Rows { get; }

    public void Dispose() => _memory.Dispose();
}
