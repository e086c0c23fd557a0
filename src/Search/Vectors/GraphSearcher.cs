using Euterpe.Numerics;

namespace Euterpe.Search.Vectors;

/// <summary>A row beside a query; nearer ones come first, equal ones in the order of rows.</summary>
internal readonly record struct Near(float Score, int Row) : IComparable<Near>
{
    public int CompareTo(Near other) => Score != other.Score ? other.Score.CompareTo(Score) : Row.CompareTo(other.Row);
}

/// <summary>
/// What one walk through a graph needs: the marks of visited rows, the pool of the best so far and room for the products of one list.
/// For one thread at a time. Scores are <c>(float)dot * (query scale * row scale)</c> over 8-bit rows: exact whole numbers, two roundings.
/// </summary>
internal sealed unsafe class GraphSearcher
{
    private readonly ushort[] _marks;
    private readonly int[] _rows;
    private readonly int[] _dots;
    private readonly float[] _scales;
    private readonly nint[] _addresses;
    private readonly sbyte[] _query;
    private Near[] _pool = new Near[64];
    private bool[] _expanded = new bool[64];
    private ushort _mark;
    private float _scale;
    private float _error;
    private float _norm;
    private int _sum;

    public GraphSearcher(int rows, int links, int stride)
    {
        _marks = new ushort[rows];
        _rows = new int[2 * links];
        _dots = new int[2 * links];
        _scales = new float[2 * links];
        _addresses = new nint[2 * links];
        _query = GC.AllocateArray<sbyte>(stride, pinned: true);
    }

    public int Rows => _marks.Length;

    /// <summary>Sets the query; it is rounded to 8 bits as rows are.</summary>
    public void Ask(ReadOnlySpan<float> query)
    {
        byte[] bytes = new byte[_query.Length];
        ByteRow row = ByteRows.Quantize(query, bytes);
        fixed (byte* from = bytes)
            Ask(from, row.Scale, row.Sum);
        (_error, _norm) = (row.Error, row.Norm);
    }

    /// <summary>
    /// How far a score may be off: a quarter of the bound of Cauchy and Schwarz, some eight standard deviations of what rounding does to it.
    /// </summary>
    public float Doubt(Rows rows, int row)
    {
        float error = rows.Error(row);
        return 0.25f * ((_norm * error) + (_error * (rows.Norm(row) + error)));
    }

    /// <summary>Sets a row as the query.</summary>
    public void Ask(byte* row, float scale, int sum)
    {
        for (int k = 0; k < _query.Length; k++)
            _query[k] = (sbyte)(row[k] ^ 128);
        _scale = scale;
        _sum = sum;
    }

    /// <summary>The score of one row.</summary>
    public Near Score(Rows rows, int row)
    {
        byte* address = rows.Bytes(row);
        int dot;
        fixed (sbyte* query = _query)
            ByteRows.Dots(query, _sum, &address, 1, _query.Length, &dot);
        return new Near(dot * (_scale * rows.Scale(row)), row);
    }

    /// <summary>The scores of rows one behind the other.</summary>
    public void Score(Rows rows, int first, int count, List<Near> to)
    {
        for (int done = 0; done < count;)
        {
            int n = Math.Min(count - done, _rows.Length);
            for (int i = 0; i < n; i++)
            {
                _addresses[i] = (nint)rows.Bytes(first + done + i);
                _scales[i] = rows.Scale(first + done + i);
            }

            Multiply(n);
            for (int i = 0; i < n; i++)
                to.Add(new Near(_dots[i] * (_scale * _scales[i]), first + done + i));
            done += n;
        }
    }

    /// <summary>From the entry down to above <paramref name="level"/>, on each level to the row whose links lead no nearer.</summary>
    public Near Descend(in GraphView graph, Rows rows, int level)
    {
        Near best = Score(rows, graph.Entry);
        for (int l = graph.Top; l > level; l--)
        {
            while (true)
            {
                Near before = best;
                int n = Collect(graph, rows, graph.List(l, best.Row), graph.Places(l), marked: false);
                Multiply(n);
                for (int i = 0; i < n; i++)
                {
                    var found = new Near(_dots[i] * (_scale * _scales[i]), _rows[i]);
                    if (found.CompareTo(best) < 0)
                        best = found;
                }

                if (best == before)
                    break;
            }
        }

        return best;
    }

    /// <summary>The best <paramref name="breadth"/> rows that a level's links lead to from <paramref name="start"/> on, in order. Good until the
    /// next walk.</summary>
    public ReadOnlySpan<Near> Walk(in GraphView graph, Rows rows, int level, Near start, int breadth)
    {
        if (_pool.Length < breadth + 1)
        {
            _pool = new Near[breadth + 1];
            _expanded = new bool[breadth + 1];
        }

        if (_mark == ushort.MaxValue)
        {
            Array.Clear(_marks);
            _mark = 0;
        }

        _mark++;
        _marks[start.Row] = _mark;
        _pool[0] = start;
        _expanded[0] = false;
        int size = 1, next = 0, places = graph.Places(level);
        Near[] pool = _pool;
        while (next < size)
        {
            if (_expanded[next])
            {
                next++;
                continue;
            }

            _expanded[next] = true;
            int n = Collect(graph, rows, graph.List(level, pool[next].Row), places, marked: true);
            Multiply(n);
            int lowest = next + 1;
            for (int i = 0; i < n; i++)
            {
                float score = _dots[i] * (_scale * _scales[i]);
                if (size == breadth && score < pool[size - 1].Score)
                    continue;
                int at = Insert(new Near(score, _rows[i]), ref size, breadth);
                lowest = Math.Min(lowest, at);
            }

            next = lowest;
        }

        return pool.AsSpan(0, size);
    }

    private int Insert(Near item, ref int size, int breadth)
    {
        int low = 0, high = size;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            Near there = _pool[middle];
            if (there.Score > item.Score || (there.Score == item.Score && there.Row < item.Row))
                low = middle + 1;
            else
                high = middle;
        }

        if (low >= breadth)
            return int.MaxValue;
        int moved = Math.Min(size, breadth - 1) - low;
        Array.Copy(_pool, low, _pool, low + 1, moved);
        Array.Copy(_expanded, low, _expanded, low + 1, moved);
        _pool[low] = item;
        _expanded[low] = false;
        size = Math.Min(size + 1, breadth);
        return low;
    }

    // The rows of a list (those not seen yet, when the level is walked), with what their scores need.
    private int Collect(in GraphView graph, Rows rows, int* list, int places, bool marked)
    {
        int n = 0, count = graph.Count;
        for (int i = 0; i < places; i++)
        {
            int row = list[i];
            if ((uint)row >= (uint)count)
            {
                if (row == -1)
                    break;
                throw GraphView.Damaged($"a list names row {row} of {count}");
            }

            if (marked)
            {
                if (_marks[row] == _mark)
                    continue;
                _marks[row] = _mark;
            }

            _rows[n] = row;
            _addresses[n] = (nint)rows.Bytes(row);
            _scales[n++] = rows.Scale(row);
        }

        return n;
    }

    private void Multiply(int count)
    {
        fixed (nint* addresses = _addresses)
        fixed (int* dots = _dots)
        fixed (sbyte* query = _query)
            ByteRows.Dots(query, _sum, (byte**)addresses, count, _query.Length, dots);
    }
}
