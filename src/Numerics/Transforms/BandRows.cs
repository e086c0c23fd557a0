using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Euterpe.Numerics;

/// <summary>
/// A filter bank whose rows are short runs of weights: y[row] = sum over its bins, in ascending order, s = fma(weight, x[bin], s) from zero.
/// It works on the 16-lane rows of a <see cref="FrameTransform"/>.
/// </summary>
[Experimental("EUTERPE001")]
public sealed unsafe class BandRows
{
    private readonly int[] _first;
    private readonly int[] _offset;
    private readonly float[] _weights;
    private readonly int _level;

    /// <param name="dense">[rows, columns] in row-major order; what lies before the first and after the last weight of a row is never read.</param>
    public BandRows(ReadOnlySpan<float> dense, int rows, int columns)
        : this(dense, rows, columns, Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 1)
    {
    }

    internal BandRows(ReadOnlySpan<float> dense, int rows, int columns, int level)
    {
        if (rows < 0 || columns < 1 || dense.Length != (long)rows * columns)
        {
            throw new ShapeException($"[bands] {rows} rows of {columns} weights are expected, found {dense.Length} weights.");
        }
        (Rows, Columns, _level) = (rows, columns, level);
        (_first, _offset) = (new int[rows], new int[rows + 1]);
        var weights = new List<float>();
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> line = dense.Slice(row * columns, columns);
            int first = line.IndexOfAnyExcept(0f), last = line.LastIndexOfAnyExcept(0f);
            _first[row] = Math.Max(0, first);
            if (first >= 0)
            {
                weights.AddRange(line[first..(last + 1)]);
            }
            _offset[row + 1] = weights.Count;
        }
        _weights = [.. weights];
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Columns rows of 16 in, Rows rows of 16 out.</summary>
    public void Run(ReadOnlySpan<float> input, Span<float> output)
    {
        if (input.Length < Columns * FrameGather.Lanes || output.Length < Rows * FrameGather.Lanes)
        {
            throw new ShapeException($"[bands] {Columns} rows in and {Rows} rows out, of 16 lanes each: found {input.Length} and "
                + $"{output.Length} numbers.");
        }
        fixed (float* x = input, y = output)
        {
            switch (_level)
            {
                case 16: Run<Float16>(x, y); break;
                case 8: Run<Float8>(x, y); break;
                default: Run<Float1>(x, y); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run<T>(float* x, float* y)
        where T : unmanaged, ITransformLanes<T, float>
    {
        fixed (float* weights = _weights)
        {
            for (int row = 0; row < Rows; row++)
            {
                float* w = weights + _offset[row], source = x + ((nint)_first[row] * FrameGather.Lanes);
                int count = _offset[row + 1] - _offset[row];
                for (int at = 0; at < FrameGather.Lanes; at += T.Width)
                {
                    T sum = T.Of(0.0);
                    for (int i = 0; i < count; i++)
                    {
                        sum = T.MultiplyAdd(T.Of(w[i]), T.Load(source + (i * FrameGather.Lanes) + at), sum);
                    }
                    T.Store(sum, y + (row * FrameGather.Lanes) + at);
                }
            }
        }
    }
}
