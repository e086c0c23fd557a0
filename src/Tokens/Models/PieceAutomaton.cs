namespace Euterpe.Tokens.Models;

/// <summary>
/// All pieces of a vocabulary as one automaton over code points (Aho and Corasick 1975): a text is read once, and at each position
/// <see cref="Longest"/> and <see cref="Shorter"/> give the pieces that end there, the longest first. A plain trie would walk from every
/// position as deep as its longest piece, which a hostile vocabulary makes as long as the text.
/// </summary>
internal sealed class PieceAutomaton
{
    private const int RuneBits = 21;

    private readonly List<int> _parent = [0];
    private readonly List<int> _rune = [0];
    private readonly List<int> _piece = [-1];
    private readonly List<int> _depth = [0];
    private ulong[] _keys = new ulong[1024];
    private int[] _nodes = new int[1024];
    private int[] _pieces = [];
    private int[] _depths = [];
    private int[] _fail = [];
    private int[] _output = [];

    /// <summary>Adds a piece that is not empty; one that comes twice keeps the later id, or the earlier one, and then it returns false.</summary>
    public bool Add(ReadOnlySpan<int> runes, int id, bool replace = true)
    {
        int node = 0;
        foreach (int rune in runes)
        {
            int next = Next(node, rune);
            if (next == 0)
            {
                next = _parent.Count;
                Insert(Key(node, rune), next);
                _parent.Add(node);
                _rune.Add(rune);
                _piece.Add(-1);
                _depth.Add(_depth[node] + 1);
            }
            node = next;
        }
        if (node == 0 || (_piece[node] >= 0 && !replace))
        {
            return false;
        }
        _piece[node] = id;
        return true;
    }

    /// <summary>Ends the building: links each node to its longest proper suffix, and to the next piece among its suffixes.</summary>
    public void Complete()
    {
        int count = _parent.Count;
        (_pieces, _depths) = ([.. _piece], [.. _depth]);
        _fail = new int[count];
        _output = new int[count];
        foreach (int node in ByDepth())
        {
            int suffix = 0, parent = _parent[node];
            if (parent != 0)
            {
                suffix = _fail[parent];
                int next;
                while ((next = Next(suffix, _rune[node])) == 0 && suffix != 0)
                {
                    suffix = _fail[suffix];
                }
                suffix = next;
            }
            _fail[node] = suffix;
            _output[node] = _pieces[suffix] >= 0 ? suffix : _output[suffix];
        }
        _parent.Clear();
        _rune.Clear();
        _piece.Clear();
        _depth.Clear();
    }

    /// <summary>The state after one more code point; 0 is the beginning.</summary>
    public int Step(int state, int rune)
    {
        int next;
        while ((next = Next(state, rune)) == 0 && state != 0)
        {
            state = _fail[state];
        }
        return next;
    }

    /// <summary>The longest piece that ends at a state, as a node; 0 where there is none.</summary>
    public int Longest(int state) => _pieces[state] >= 0 ? state : _output[state];

    /// <summary>The next shorter piece that ends where <paramref name="node"/>'s does; 0 at the end.</summary>
    public int Shorter(int node) => _output[node];

    public int Piece(int node) => _pieces[node];

    /// <summary>The number of code points of a node's piece.</summary>
    public int Length(int node) => _depths[node];

    /// <summary>The longest piece that a text begins with, as a node; 0 where there is none.</summary>
    public int LongestAtStart(ReadOnlySpan<int> runes)
    {
        int best = 0, node = 0;
        foreach (int rune in runes)
        {
            if ((node = Next(node, rune)) == 0)
            {
                break;
            }
            best = _pieces[node] >= 0 ? node : best;
        }
        return best;
    }

    private static ulong Key(int node, int rune) => (((ulong)node << RuneBits) | (uint)rune) + 1;

    private static int Slot(ulong key, int mask) => (int)((key * 0x9E3779B97F4A7C15UL) >> 32) & mask;

    /// <summary>The node one code point further from a node, without falling back to suffixes; 0 where there is none.</summary>
    public int Next(int node, int rune)
    {
        ulong[] keys = _keys;
        ulong key = Key(node, rune);
        int mask = keys.Length - 1;
        for (int at = Slot(key, mask); ; at = (at + 1) & mask)
        {
            ulong found = keys[at];
            if (found == key)
            {
                return _nodes[at];
            }
            if (found == 0)
            {
                return 0;
            }
        }
    }

    private void Insert(ulong key, int node)
    {
        if (_parent.Count * 2 > _keys.Length)
        {
            (ulong[] keys, int[] nodes) = (_keys, _nodes);
            (_keys, _nodes) = (new ulong[keys.Length * 2], new int[keys.Length * 2]);
            for (int i = 0; i < keys.Length; i++)
            {
                if (keys[i] != 0)
                {
                    Put(keys[i], nodes[i]);
                }
            }
        }
        Put(key, node);
    }

    private void Put(ulong key, int node)
    {
        int mask = _keys.Length - 1, at = Slot(key, mask);
        while (_keys[at] != 0)
        {
            at = (at + 1) & mask;
        }
        (_keys[at], _nodes[at]) = (key, node);
    }

    /// <summary>All nodes but the first, the shallow ones first (sorted by counting).</summary>
    private int[] ByDepth()
    {
        var starts = new int[_depths.Max() + 2];
        foreach (int depth in _depths)
        {
            starts[depth + 1]++;
        }
        for (int i = 1; i < starts.Length; i++)
        {
            starts[i] += starts[i - 1];
        }
        var nodes = new int[_depths.Length];
        for (int node = 0; node < nodes.Length; node++)
        {
            nodes[starts[_depths[node]]++] = node;
        }
        return nodes[1..];
    }
}
