namespace Euterpe.Tokens;

/// <summary>Code points, and for each the span [From, To) of the original text (in code points) that it came from.</summary>
internal sealed class Text
{
    // A chain of replacements in a hostile file could grow a text without bound; U+FDFA is 18 code points in NFKC, the most there is.
    private const int LargestGrowth = 18, GrowthAllowance = 1 << 16;

    private int[] _runes;
    private int[] _from;
    private int[] _to;

    public Text(int capacity)
    {
        (_runes, _from, _to) = (new int[capacity], new int[capacity], new int[capacity]);
    }

    public int Count { get; private set; }

    public ReadOnlySpan<int> Runes => _runes.AsSpan(0, Count);

    /// <summary>A text whose first code point is the original's at <paramref name="start"/>.</summary>
    public static Text Of(ReadOnlySpan<int> runes, int start = 0)
    {
        var text = new Text(runes.Length) { Count = runes.Length };
        runes.CopyTo(text._runes);
        for (int i = 0; i < runes.Length; i++)
        {
            text._from[i] = start + i;
            text._to[i] = start + i + 1;
        }
        return text;
    }

    public int From(int index) => _from[index];

    public int To(int index) => _to[index];

    public void Add(int rune, int from, int to)
    {
        if (Count == _runes.Length)
        {
            Grow(Count + 1);
        }
        (_runes[Count], _from[Count], _to[Count]) = (rune, from, to);
        Count++;
    }

    /// <summary>Appends a code point of <paramref name="source"/> with its origin.</summary>
    public void Add(Text source, int index) => Add(source._runes[index], source._from[index], source._to[index]);

    /// <summary>Appends a code point that stands for one of <paramref name="source"/>: same origin.</summary>
    public void Add(int rune, Text source, int index) => Add(rune, source._from[index], source._to[index]);

    /// <summary>Appends [start, end) of <paramref name="source"/> with its origins.</summary>
    public void Add(Text source, int start, int end)
    {
        int count = end - start;
        if (count > _runes.Length - Count)
        {
            Grow(Count + count);
        }
        source._runes.AsSpan(start, count).CopyTo(_runes.AsSpan(Count));
        source._from.AsSpan(start, count).CopyTo(_from.AsSpan(Count));
        source._to.AsSpan(start, count).CopyTo(_to.AsSpan(Count));
        Count += count;
    }

    private void Grow(int least)
    {
        int size = Math.Max(Math.Max(16, least), _runes.Length * 2);
        Array.Resize(ref _runes, size);
        Array.Resize(ref _from, size);
        Array.Resize(ref _to, size);
    }

    /// <summary>
    /// New code points, each with a change: 0 takes the place of the next old one, 1 is inserted and has the origin of the one before,
    /// -n takes the place of one and swallows n more, whose origin is lost: the offsets of the crate tokenizers.
    /// </summary>
    public Text Transform(List<int> runes, List<int> changes)
    {
        var text = new Text(runes.Count);
        int at = 0;
        for (int i = 0; i < runes.Count; i++)
        {
            if (changes[i] > 0)
            {
                text.AddInserted(runes[i], this, at);
            }
            else
            {
                text.Add(runes[i], this, Math.Min(at, Count - 1));
                at += 1 - changes[i];
            }
        }
        return text;
    }

    /// <summary>Appends an inserted code point: it has the origin of the old one before position <paramref name="at"/>.</summary>
    public void AddInserted(int rune, Text source, int at)
    {
        if (at < 1)
        {
            Add(rune, 0, 0);
        }
        else
        {
            Add(rune, source, Math.Min(at, source.Count) - 1);
        }
    }

    /// <summary>Refuses to grow without bound in one step.</summary>
    public Text Limited(Text source) => Limited(source.Count);

    /// <summary>Refuses to grow without bound in many steps: beyond what the original text, as far as this one reaches, allows.</summary>
    public Text Limited()
    {
        if (Count > GrowthAllowance)
        {
            int reach = 0;
            foreach (int to in _to.AsSpan(0, Count))
            {
                reach = Math.Max(reach, to);
            }
            Limited(reach);
        }
        return this;
    }

    private Text Limited(int original) => Count <= GrowthAllowance + ((long)original * LargestGrowth) ? this
        : throw new InvalidDataException($"[tokenizer] {original} code points have become {Count}. Hint: this tokenizer.json is not one of a model.");

    public string Slice(int start, int end) => Unicode.Runes.Text(Runes[start..end]);
}
