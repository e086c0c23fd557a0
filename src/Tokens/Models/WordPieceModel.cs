using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Models;

/// <summary>
/// WordPiece (Schuster and Nakajima 2012) as BERT uses it: from the left the longest piece of the vocabulary, those inside of a word with a
/// prefix ("##"); a word that cannot be cut so, or is too long, is the unknown token as a whole. The pieces inside are looked for from the
/// right with reversed pieces, so that a word costs one pass however long the pieces are.
/// </summary>
internal sealed class WordPieceModel : IModel
{
    private readonly PieceAutomaton _first = new();
    private readonly PieceAutomaton _inside = new();
    private readonly int _unknown;
    private readonly int _longestWord;
    private readonly WordCache _cache = new();

    public WordPieceModel(Vocabulary vocabulary, string unknown, string prefix, int longestWord, string where)
    {
        Vocabulary = vocabulary;
        _longestWord = longestWord;
        _unknown = vocabulary.Id(unknown) ?? throw new InvalidDataException($"{where}: the unknown token \"{unknown}\" is not in the vocabulary.");
        foreach ((string token, int id) in vocabulary.Tokens)
        {
            _first.Add(Runes.Of(token), id);
            if (token.StartsWith(prefix, StringComparison.Ordinal))
            {
                int[] piece = Runes.Of(token.AsSpan(prefix.Length));
                Array.Reverse(piece);
                _inside.Add(piece, id);
            }
        }
        _first.Complete();
        _inside.Complete();
    }

    public Vocabulary Vocabulary { get; }

    public void Encode(Text text, int start, int end, List<ModelToken> to)
    {
        ReadOnlySpan<int> word = text.Runes[start..end];
        if (word.Length > _longestWord)
        {
            to.Add(new ModelToken(_unknown, start, end));
            return;
        }
        int slot = -1;
        ModelToken[]? tokens = word.Length <= WordCache.LongestWord ? _cache.Find(word, out slot) : null;
        if (tokens is null)
        {
            tokens = Word(word);
            if (slot >= 0)
            {
                _cache.Keep(slot, word, tokens);
            }
        }
        foreach (ModelToken token in tokens)
        {
            to.Add(new ModelToken(token.Id, start + token.Start, start + token.End));
        }
    }

    private ModelToken[] Word(ReadOnlySpan<int> word)
    {
        int node = _first.LongestAtStart(word);
        if (node == 0)
        {
            return [new ModelToken(_unknown, 0, word.Length)];
        }
        int at = _first.Length(node);
        var tokens = new List<ModelToken> { new(_first.Piece(node), 0, at) };
        // longest[i]: the longest inside piece that begins at i, as a node; read from the right.
        var longest = new int[at < word.Length ? word.Length : 0];
        for (int i = longest.Length - 1, state = 0; i >= at; i--)
        {
            state = _inside.Step(state, word[i]);
            longest[i] = _inside.Longest(state);
        }
        while (at < word.Length)
        {
            node = longest[at];
            if (node == 0)
            {
                return [new ModelToken(_unknown, 0, word.Length)];
            }
            int end = at + _inside.Length(node);
            tokens.Add(new ModelToken(_inside.Piece(node), at, end));
            at = end;
        }
        return [.. tokens];
    }
}

/// <summary>A token for each whole piece of text.</summary>
internal sealed class WordLevelModel : IModel
{
    private readonly int _unknown;

    public WordLevelModel(Vocabulary vocabulary, string unknown, string where)
    {
        Vocabulary = vocabulary;
        _unknown = vocabulary.Id(unknown) ?? throw new InvalidDataException($"{where}: the unknown token \"{unknown}\" is not in the vocabulary.");
    }

    public Vocabulary Vocabulary { get; }

    public void Encode(Text text, int start, int end, List<ModelToken> to) =>
        to.Add(new ModelToken(Vocabulary.Id(text.Slice(start, end)) ?? _unknown, start, end));
}
