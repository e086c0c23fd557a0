namespace Euterpe.Tokens;

/// <summary>
/// The tokens of one text, or of a pair. All lists have one length.
/// </summary>
public sealed class Encoded
{
    private readonly List<int> _ids;
    private readonly List<int> _typeIds;
    private readonly List<int> _attention;
    private readonly List<bool> _special;
    private readonly List<(int Start, int End)> _offsets;
    private readonly List<string> _tokens;

    internal Encoded(int capacity = 0)
    {
        _ids = new List<int>(capacity);
        _typeIds = new List<int>(capacity);
        _attention = new List<int>(capacity);
        _special = new List<bool>(capacity);
        _offsets = new List<(int, int)>(capacity);
        _tokens = new List<string>(capacity);
    }

    /// <summary>How many tokens.</summary>
    public int Length => _ids.Count;

    /// <summary>The tokens' numbers: what a model reads.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>0 for the first text, 1 for the second, as far as the tokenizer tells them apart.</summary>
    public IReadOnlyList<int> TypeIds => _typeIds;

    /// <summary>1 for tokens, 0 for padding.</summary>
    public IReadOnlyList<int> AttentionMask => _attention;

    /// <summary>True for what the post-processor or the padding added.</summary>
    public IReadOnlyList<bool> SpecialMask => _special;

    /// <summary>Where each token stands in its text, in code points; (0, 0) for what was added.</summary>
    public IReadOnlyList<(int Start, int End)> Offsets => _offsets;

    /// <summary>As the vocabulary spells them.</summary>
    /// <summary>Each token's string; what a Unigram model does not know has its own text, and an added token the white space it took.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>Further windows of what truncation cut off, where it was asked for; each framed and padded as this one.</summary>
    public IReadOnlyList<Encoded> Overflow { get; internal set; } = [];

    internal void Add(int id, string token, int start, int end, int typeId, bool special = false)
    {
        _ids.Add(id);
        _typeIds.Add(typeId);
        _attention.Add(1);
        _special.Add(special);
        _offsets.Add((start, end));
        _tokens.Add(token);
    }

    internal void Add(Encoded other, int? typeId = null)
    {
        _ids.AddRange(other._ids);
        _typeIds.AddRange(typeId is int type ? Enumerable.Repeat(type, other.Length) : other._typeIds);
        _attention.AddRange(other._attention);
        _special.AddRange(other._special);
        _offsets.AddRange(other._offsets);
        _tokens.AddRange(other._tokens);
    }

    internal void Move(int index, int start, int end) => _offsets[index] = (start, end);

    /// <summary>Keeps so many tokens: the first ones, or the last. The rest becomes windows of the same length, where they are asked for.</summary>
    internal void Truncate(int length, Truncation truncation)
    {
        int surplus = Length - length;
        if (surplus <= 0)
        {
            return;
        }
        if (truncation.KeepOverflow)
        {
            Overflow = Windows(length, truncation);
        }
        int from = truncation.Side == Side.Right ? length : 0;
        _ids.RemoveRange(from, surplus);
        _typeIds.RemoveRange(from, surplus);
        _attention.RemoveRange(from, surplus);
        _special.RemoveRange(from, surplus);
        _offsets.RemoveRange(from, surplus);
        _tokens.RemoveRange(from, surplus);
    }

    private List<Encoded> Windows(int length, Truncation truncation)
    {
        if (length == 0)
        {
            return [Slice(0, Length)];
        }
        int step = length - truncation.Stride;
        if (truncation.Stride < 0 || step <= 0)
        {
            throw new ArgumentException($"[tokenizer] A stride of {truncation.Stride} tokens with room for {length} in a window.");
        }
        var windows = new List<Encoded>();
        for (int skipped = step; skipped - step + length < Length; skipped += step)
        {
            int start = truncation.Side == Side.Right ? skipped : Math.Max(0, Length - skipped - length);
            int end = truncation.Side == Side.Right ? Math.Min(skipped + length, Length) : Length - skipped;
            windows.Add(Slice(start, end));
        }
        return windows;
    }

    internal Encoded Copy() => Slice(0, Length);

    private Encoded Slice(int start, int end)
    {
        var slice = new Encoded(end - start);
        slice._ids.AddRange(_ids[start..end]);
        slice._typeIds.AddRange(_typeIds[start..end]);
        slice._attention.AddRange(_attention[start..end]);
        slice._special.AddRange(_special[start..end]);
        slice._offsets.AddRange(_offsets[start..end]);
        slice._tokens.AddRange(_tokens[start..end]);
        return slice;
    }

    internal void Pad(int length, Padding padding)
    {
        foreach (Encoded window in Overflow)
        {
            window.Pad(length, padding);
        }
        int missing = length - Length;
        if (missing <= 0)
        {
            return;
        }
        int at = padding.Side == Side.Right ? Length : 0;
        _ids.InsertRange(at, Enumerable.Repeat(padding.Id, missing));
        _typeIds.InsertRange(at, Enumerable.Repeat(padding.TypeId, missing));
        _attention.InsertRange(at, Enumerable.Repeat(0, missing));
        _special.InsertRange(at, Enumerable.Repeat(true, missing));
        _offsets.InsertRange(at, Enumerable.Repeat((0, 0), missing));
        _tokens.InsertRange(at, Enumerable.Repeat(padding.Token, missing));
    }
}
