using System.Buffers;
using System.Runtime.InteropServices;
using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>
/// Many queries beside all rows: the matrix product of rows and packed queries says which pairs come into question, and these get their exact score.
/// The product sums in another order than <see cref="DotRows"/>; both lie within (n + 600) 2^-24 |q| |x| of the true product, and the threshold is
/// lowered by so much twice.
/// </summary>
internal sealed unsafe class FlatBatch
{
    /// <summary>Fewer queries go one by one.</summary>
    public const int Least = 8;

    /// <summary>More queries go in parts.</summary>
    public const int Most = 256;

    private const int PartRows = 256;

    private readonly Rows _rows;
    private readonly float[] _queries;
    private readonly PackedMatrix _packed;
    private readonly TopHits[] _tops;
    private readonly float[] _margins;
    private readonly Func<long, bool>? _wanted;

    private FlatBatch(Rows rows, ReadOnlySpan<float> queries, PackedMatrix packed, TopHits[] tops, Func<long, bool>? wanted)
    {
        _rows = rows;
        _queries = queries.ToArray();
        _packed = packed;
        _tops = tops;
        _wanted = wanted;
        _margins = new float[tops.Length];
        int d = rows.Dimension;
        for (int q = 0; q < tops.Length; q++)
        {
            double square = 0;
            foreach (float x in queries.Slice(q * d, d))
                square += (double)x * x;
            _margins[q] = (float)(Math.Sqrt(square) * 2 * (d + 600.0) / (1 << 24) * (1 + 1e-6));
        }
    }

    public static void Run(Rows rows, ReadOnlySpan<float> queries, TopHits[] tops, Func<long, bool>? wanted, CancellationToken token)
    {
        if (rows.Count == 0 || tops.All(top => float.IsPositiveInfinity(top.Least)))
            return;
        using PackedMatrix packed = PackedMatrix.Pack(queries, tops.Length, rows.Dimension);
        GCHandle handle = GCHandle.Alloc(new FlatBatch(rows, queries, packed, tops, wanted));
        try
        {
            ComputePool.Shared.Run(rows.Blocks.Length, &RunBlock, (void*)GCHandle.ToIntPtr(handle), token);
        }
        finally
        {
            handle.Free();
        }
    }

    private static void RunBlock(void* context, int block)
    {
        var job = (FlatBatch)GCHandle.FromIntPtr((nint)context).Target!;
        float[] products = ArrayPool<float>.Shared.Rent(PartRows * job._tops.Length);
        try
        {
            int start = block * VectorLayout.BlockRows, end = Math.Min(job._rows.Count, start + VectorLayout.BlockRows);
            for (int from = start; from < end; from += PartRows)
                job.Part(from, Math.Min(PartRows, end - from), products);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(products);
        }
    }

    private void Part(int from, int count, float[] products)
    {
        int n = _tops.Length, d = _rows.Dimension;
        MatrixProduct.Multiply(new ReadOnlySpan<float>(_rows.Floats(from), count * d), count, d, _packed, products, n, default);
        float longest = 0;
        for (int r = 0; r < count; r++)
            longest = MathF.Max(longest, _rows.Norm(from + r));
        float* thresholds = stackalloc float[n];
        int* found = stackalloc int[n];
        for (int q = 0; q < n; q++)
            thresholds[q] = Threshold(q, longest);
        fixed (float* values = products)
        {
            for (int r = 0; r < count; r++)
            {
                int hits = ByteRows.Reaching(values + ((long)r * n), thresholds, n, found);
                for (int i = 0; i < hits; i++)
                {
                    int q = found[i];
                    if (values[((long)r * n) + q] >= thresholds[q])
                        Exact(q, from + r, longest, thresholds);
                }
            }
        }
    }

    private float Threshold(int q, float longest) => _tops[q].Least - ((_margins[q] * longest) + 1e-30f);

    private void Exact(int q, int row, float longest, float* thresholds)
    {
        long id = _rows.Id(row);
        if (_wanted is not null && !_wanted(id))
            return;
        float score = 0;
        DotRows.Multiply(_queries.AsSpan(q * _rows.Dimension, _rows.Dimension), _rows.FloatRow(row), new Span<float>(ref score));
        lock (_tops[q])
            _tops[q].Add(new Hit(id, score));
        thresholds[q] = Threshold(q, longest);
    }
}
