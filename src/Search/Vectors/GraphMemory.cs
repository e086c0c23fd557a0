using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>The links of a graph while it is made. Which levels a row has is a function of seed and row alone, so all places are known from the
/// start.</summary>
internal sealed unsafe class GraphMemory : IDisposable
{
    private const int MostLevels = 12;

    private readonly NativeBuffer _ground;
    private readonly NativeBuffer _starts;
    private readonly NativeBuffer _upper;

    public GraphMemory(int rows, GraphOptions options)
    {
        Options = options;
        Capacity = rows;
        var levels = new Levels(options);
        _starts = new NativeBuffer(rows * (long)sizeof(int));
        int* starts = (int*)_starts.Pointer;
        int lists = 0;
        for (int row = 0; row < rows; row++)
        {
            int level = levels.Of(row);
            starts[row] = level > 0 ? lists : -1;
            lists = checked(lists + level);
        }

        _ground = Empty((long)rows * 2 * options.Links);
        _upper = Empty((long)lists * options.Links);
        View = new GraphView
        {
            Ground = (int*)_ground.Pointer,
            Starts = starts,
            Upper = (int*)_upper.Pointer,
            Links = options.Links,
            Lists = lists,
            Top = -1,
        };
        LevelsOf = levels;
    }

    public GraphOptions Options { get; }

    public int Capacity { get; }

    public Levels LevelsOf { get; }

    // Count, Entry and Top change as rows are taken in.
    public GraphView View;

    public void Dispose()
    {
        _ground.Dispose();
        _starts.Dispose();
        _upper.Dispose();
    }

    private static NativeBuffer Empty(long places)
    {
        var buffer = new NativeBuffer(places * sizeof(int));
        for (long done = 0; done < places;)
        {
            int part = (int)Math.Min(places - done, 1 << 20);
            buffer.Span<int>(done, part).Fill(-1);
            done += part;
        }

        return buffer;
    }

    /// <summary>A row has level l or more in one of M^l cases.</summary>
    internal readonly struct Levels(GraphOptions options)
    {
        private readonly Philox _random = new(options.Seed, "hnsw/levels");

        public int Of(int row)
        {
            uint bits = _random.Bits(row, 0, 0);
            int level = 0;
            for (ulong limit = (1UL << 32) / (uint)options.Links; bits < limit && level < MostLevels; limit /= (uint)options.Links)
                level++;
            return level;
        }
    }
}
