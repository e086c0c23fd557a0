using System.Globalization;
using System.Text;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Models;

/// <summary>What a byte pair model does besides merging; the names are those of tokenizer.json.</summary>
internal sealed record BytePairOptions(
    string? UnknownToken = null, string ContinuingPrefix = "", string EndSuffix = "", bool FuseUnknown = false, bool ByteFallback = false,
        bool IgnoreMerges = false);

/// <summary>
/// Byte pair encoding (Sennrich et al. 2016), as the crate tokenizers does it: of all neighbours the pair of the lowest rank is joined
/// first, the leftmost among equals. A heap over a linked list: n log n for one long piece. Words seen are remembered.
/// </summary>
internal sealed class BytePairModel : IModel
{
    private readonly Dictionary<long, (int Rank, int Id)> _merges;
    private readonly BytePairOptions _options;
    private readonly Dictionary<int, int> _single = [];
    private readonly int[] _byteTokens = new int[256];
    private readonly int _unknown = -1;
    private readonly int[] _prefix;
    private readonly int[] _suffix;
    private readonly WordCache _cache = new();

    public BytePairModel(Vocabulary vocabulary, IReadOnlyList<(string First, string Second)> merges, BytePairOptions options, string where)
    {
        Vocabulary = vocabulary;
        _options = options;
        (_prefix, _suffix) = (Runes.Of(options.ContinuingPrefix), Runes.Of(options.EndSuffix));
        _merges = new Dictionary<long, (int, int)>(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string first, string second) = merges[rank];
            if (options.ContinuingPrefix.Length > second.Length)
            {
                throw new InvalidDataException($"{where}: merge {rank}: \"{second}\" is shorter than the prefix \"{options.ContinuingPrefix}\".");
            }
            int Known(string token) => vocabulary.Id(token)
                ?? throw new InvalidDataException($"{where}: merge {rank} (\"{first}\" + \"{second}\"): \"{token}\" is not in the vocabulary.");
            // A pair that comes twice has the later rank, as in a map that is filled in order.
            _merges[Pair(Known(first), Known(second))] = (rank, Known(first + second[options.ContinuingPrefix.Length..]));
        }
        foreach ((string token, int id) in vocabulary.Tokens)
        {
            if (token.Length is 1 or 2 && Runes.Of(token) is [int rune] && (token.Length == 2 || !char.IsSurrogate(token[0])))
            {
                _single[rune] = id;
            }
        }
        for (int b = 0; b < 256; b++)
        {
            _byteTokens[b] = vocabulary.Id(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>")) ?? -1;
        }
        if (options.UnknownToken is string unknown)
        {
            _unknown = vocabulary.Id(unknown)
                ?? throw new InvalidDataException($"{where}: the unknown token \"{unknown}\" is not in the vocabulary.");
        }
    }

    public Vocabulary Vocabulary { get; }

    public BytePairOptions Options => _options;

    public void Encode(Text text, int start, int end, List<ModelToken> to)
    {
        ReadOnlySpan<int> word = text.Runes[start..end];
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
        if (_options.IgnoreMerges && Vocabulary.Id(Runes.Text(word)) is int whole)
        {
            return [new ModelToken(whole, 0, word.Length)];
        }
        return new Merging(_merges, Symbols(word)).Run();
    }

    private List<ModelToken> Symbols(ReadOnlySpan<int> word)
    {
        var symbols = new List<ModelToken>(word.Length);
        ModelToken? unknown = null;
        for (int i = 0; i < word.Length; i++)
        {
            int id = Symbol(word, i);
            if (id >= 0)
            {
                if (unknown is ModelToken before)
                {
                    symbols.Add(before);
                    unknown = null;
                }
                symbols.Add(new ModelToken(id, i, i + 1));
            }
            else if (_options.ByteFallback && AllBytes(word, i, symbols))
            {
                // Upstream leaves an unknown token that waits where it is: it comes after these bytes.
            }
            else if (_unknown >= 0)
            {
                if (unknown is ModelToken pending && !_options.FuseUnknown)
                {
                    symbols.Add(pending);
                    unknown = null;
                }
                unknown = new ModelToken(_unknown, unknown?.Start ?? i, i + 1);
            }
        }
        if (unknown is ModelToken last)
        {
            symbols.Add(last);
        }
        return symbols;
    }

    /// <summary>Adds the tokens of a symbol's bytes, those of its prefix and suffix among them, if the vocabulary has all of them.</summary>
    private bool AllBytes(ReadOnlySpan<int> word, int i, List<ModelToken> symbols)
    {
        int first = symbols.Count;
        Span<byte> bytes = stackalloc byte[4];
        foreach (int rune in (ReadOnlySpan<int>)[.. i > 0 ? _prefix : [], word[i], .. i == word.Length - 1 ? _suffix : []])
        {
            foreach (byte each in bytes[..Runes.Utf8(rune, bytes)])
            {
                if (_byteTokens[each] < 0)
                {
                    symbols.RemoveRange(first, symbols.Count - first);
                    return false;
                }
                symbols.Add(new ModelToken(_byteTokens[each], i, i + 1));
            }
        }
        return true;
    }

    private int Symbol(ReadOnlySpan<int> word, int i)
    {
        string prefix = i > 0 ? _options.ContinuingPrefix : "", suffix = i == word.Length - 1 ? _options.EndSuffix : "";
        if (prefix.Length == 0 && suffix.Length == 0)
        {
            return _single.GetValueOrDefault(word[i], -1);
        }
        var symbol = new StringBuilder(prefix);
        Runes.Append(symbol, word[i]);
        return Vocabulary.Id(symbol.Append(suffix).ToString()) ?? -1;
    }

    private static long Pair(int first, int second) => ((long)first << 32) | (uint)second;

    /// <summary>The symbols of one word as a linked list, and a heap of the pairs that may be joined.</summary>
    private sealed class Merging
    {
        private readonly Dictionary<long, (int Rank, int Id)> _merges;
        private readonly ModelToken[] _symbols;
        private readonly int[] _next;
        private readonly int[] _previous;
        private readonly PriorityQueue<(int Position, int Id), long> _heap = new();

        public Merging(Dictionary<long, (int Rank, int Id)> merges, List<ModelToken> symbols)
        {
            _merges = merges;
            _symbols = [.. symbols];
            _next = new int[_symbols.Length];
            _previous = new int[_symbols.Length];
            for (int i = 0; i < _symbols.Length; i++)
            {
                (_previous[i], _next[i]) = (i - 1, i + 1 < _symbols.Length ? i + 1 : -1);
            }
        }

        public ModelToken[] Run()
        {
            for (int i = 0; i + 1 < _symbols.Length; i++)
            {
                Offer(i);
            }
            var gone = new bool[_symbols.Length];
            int left = _symbols.Length;
            while (_heap.TryDequeue(out var best, out _))
            {
                int at = best.Position, next = gone[at] ? -1 : _next[at];
                if (next < 0 || !_merges.TryGetValue(Pair(_symbols[at].Id, _symbols[next].Id), out var merge) || merge.Id != best.Id)
                {
                    continue;
                }
                _symbols[at] = new ModelToken(best.Id, _symbols[at].Start, _symbols[next].End);
                gone[next] = true;
                left--;
                _next[at] = _next[next];
                if (_next[at] >= 0)
                {
                    _previous[_next[at]] = at;
                    Offer(at);
                }
                if (_previous[at] >= 0)
                {
                    Offer(_previous[at]);
                }
            }
            var tokens = new ModelToken[left];
            for (int i = 0, to = 0; to < left; i = _next[i])
            {
                tokens[to++] = _symbols[i];
            }
            return tokens;
        }

        private void Offer(int at)
        {
            if (_merges.TryGetValue(Pair(_symbols[at].Id, _symbols[_next[at]].Id), out var merge))
            {
                _heap.Enqueue((at, merge.Id), ((long)merge.Rank << 32) | (uint)at);
            }
        }
    }
}
