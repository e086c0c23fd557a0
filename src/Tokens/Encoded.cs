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

    public int Length => _ids.Count;

    public IReadOnlyList<int> Ids => _ids;

    /// <summary>0 for the first text, 1 for the second, as far as the tokenizer tells them apart.</summary>
    public IReadOnlyList<int> TypeIds => _typeIds;

    /// <summary>1 for tokens, 0 for padding.</summary>
    public IReadOnlyList<int> AttentionMask => _attention;

    /// <summary>True for what the post-processor or the padding added.</summary>
    public IReadOnlyList<bool> SpecialMask => _special;

    /// <summary>Where each token stands in its text, in code points; (0, 0) for what was added.</summary>
    public IReadOnlyList<(int Start, int End)> Offsets => _offsets;

    public IReadOnlyList<string> Tokens => _tokens;

    internal void Add(int id, string token, int start, int end, int typeId, bool special = false)
    {
        _ids.Add(id);
        _typeIds.Add(typeId);
        _attention.Add(1);
        _special.Add(special);
        _offsets.Add((start, end));
        _tokens.Add(token);
    }

    internal void Add(Encoded other, int typeId)
    {
        _ids.AddRange(other._ids);
        _typeIds.AddRange(Enumerable.Repeat(typeId, other.Length));
        _attention.AddRange(other._attention);
        _special.AddRange(other._special);
        _offsets.AddRange(other._offsets);
        _tokens.AddRange(other._tokens);
    }

    internal void Move(int index, int start, int end) => _offsets[index] = (start, end);

    /// <summary>Keeps so many tokens: the first ones, or the last.</summary>
    internal void Truncate(int length, Side side)
    {
        int surplus = Length - length;
        if (surplus <= 0)
        {
            return;
        }
        int from = side == Side.Right ? length : 0;
        _ids.RemoveRange(from, surplus);
        _typeIds.RemoveRange(from, surplus);
        _attention.RemoveRange(from, surplus);
        _special.RemoveRange(from, surplus);
        _offsets.RemoveRange(from, surplus);
        _tokens.RemoveRange(from, surplus);
    }

    internal void Pad(int length, Padding padding)
    {
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
