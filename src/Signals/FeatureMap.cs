using Euterpe.Numerics;

namespace Euterpe.Signals;

/// <summary>
/// Numbers over time: one row a band, bin or statistic, one column a frame, in row-major order (librosa's and torch's [bands, frames]).
/// </summary>
public sealed class FeatureMap
{
    /// <summary>Zeros.</summary>
    public FeatureMap(int rows, int frames)
        : this(rows, frames, new float[checked(rows * frames)])
    {
    }

    /// <summary>Over values in row-major order, which are kept, not copied.</summary>
    /// <exception cref="ShapeException">There are not rows x frames values.</exception>
    public FeatureMap(int rows, int frames, float[] values)
    {
        if (rows < 0 || frames < 0 || values.Length != (long)rows * frames)
        {
            throw new ShapeException($"[features] {rows} rows of {frames} frames are expected, found {values.Length} values.");
        }
        (Rows, Frames, Values) = (rows, frames, values);
    }

    /// <summary>Bands, bins or statistics.</summary>
    public int Rows { get; }

    /// <summary>Moments in time.</summary>
    public int Frames { get; }

    /// <summary>[rows, frames] in row-major order; not a copy.</summary>
    public float[] Values { get; }

    /// <summary>One number.</summary>
    public float this[int row, int frame]
    {
        get => Values[(row * Frames) + frame];
        set => Values[(row * Frames) + frame] = value;
    }

    /// <summary>One row's numbers over time; not a copy.</summary>
    public Span<float> Row(int row) => Values.AsSpan(row * Frames, Frames);

    /// <summary>One frame's numbers, copied.</summary>
    public float[] Frame(int frame)
    {
        float[] column = new float[Rows];
        for (int row = 0; row < Rows; row++)
        {
            column[row] = this[row, frame];
        }
        return column;
    }

    /// <summary>[frames, rows]: what transformers' feature extractors hand to a network.</summary>
    public float[] FrameMajor()
    {
        float[] turned = new float[Values.Length];
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<float> line = Row(row);
            for (int t = 0; t < line.Length; t++)
            {
                turned[(t * Rows) + row] = line[t];
            }
        }
        return turned;
    }

    /// <summary>The mean of each row over all frames, by the fixed tree of <see cref="Reductions"/>.</summary>
    public float[] Means() => [.. Enumerable.Range(0, Rows).Select(row => Reductions.Mean(Row(row)))];
}
