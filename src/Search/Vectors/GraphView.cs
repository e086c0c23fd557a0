using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>
/// The links of a graph in memory, whoever holds it. Ground: 2 M places a row; upper: M places a list, a row's lists for levels 1, 2 ... one
/// behind the
/// other from its start on (-1: the row is on the ground only). Empty places hold -1 and come last. What a list says is never trusted: it may come
/// from a file.
/// </summary>
internal unsafe struct GraphView
{
    public int* Ground;
    public int* Starts;
    public int* Upper;
    public int Links;
    public int Lists;

    /// <summary>Rows that may be reached.</summary>
    public int Count;

    public int Entry;

    /// <summary>The highest level.</summary>
    public int Top;

    public readonly int Places(int level) => level == 0 ? 2 * Links : Links;

    public readonly int* List(int level, int row)
    {
        if (level == 0)
            return Ground + ((long)row * 2 * Links);
        long list = (long)Starts[row] + level - 1;
        return Starts[row] >= 0 && list < Lists ? Upper + (list * Links) : throw Damaged($"row {row} has no list on level {level}");
    }

    public static FileFormatException Damaged(string what) => new($"[graph] The graph is damaged: {what}. Hint: build it again.");
}
