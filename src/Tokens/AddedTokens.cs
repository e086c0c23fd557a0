using Euterpe.Tokens.Normalizers;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens;

/// <summary>
/// Finds added tokens in a text: first those that stand in the raw text, then, in what is left and normalized, the others
/// (leftmost, longest), as the crate tokenizers does.
/// </summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<int, AddedToken> _byId = [];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Trie _raw = new();
    private readonly Trie _normalized = new();
    private readonly INormalizer? _normalizer;

    public AddedTokens(IEnumerable<AddedToken> tokens, INormalizer? normalizer, string where)
    {
        _normalizer = normalizer;
        foreach (AddedToken token in tokens)
        {
            if (token.Content.Length == 0)
            {
                continue;     // upstream passes over these too
            }
            if (!_byId.TryAdd(token.Id, token) || !_ids.TryAdd(token.Content, token.Id))
            {
                throw new InvalidDataException($"{where}: the added token \"{token.Content}\" (id {token.Id}) has an id or a text that "
                    + $"another one has.");
            }
            int[] runes = Runes.Of(token.Content);
            if (token.Normalized)
            {
                _normalized.Add(normalizer is null ? runes : normalizer.Apply(Text.Of(runes, 0)).Runes, token);
            }
            else
            {
                _raw.Add(runes, token);
            }
        }
    }

    public IEnumerable<AddedToken> All => _byId.Values;

    public int? Id(string content) => _ids.TryGetValue(content, out int id) ? id : null;

    public AddedToken? Token(int id) => _byId.GetValueOrDefault(id);

    /// <summary>Cuts a text at its added tokens and normalizes the rest.</summary>
    public Pieces Extract(int[] runes)
    {
        Text source = Text.Of(runes, 0);
        var text = new Text(runes.Length);
        var items = new List<Piece>();
        foreach (Piece piece in Find(source, _raw))
        {
            if (piece.Token >= 0)
            {
                Copy(source, piece, text, items);
                continue;
            }
            var section = new Text(piece.Length);
            for (int i = piece.Start; i < piece.End; i++)
            {
                section.Add(source, i);
            }
            Text normal = _normalizer?.Apply(section) ?? section;
            foreach (Piece each in Find(normal, _normalized))
            {
                Copy(normal, each, text, items);
            }
        }
        return new Pieces(text, items);
    }

    private static void Copy(Text from, Piece piece, Text to, List<Piece> items)
    {
        int start = to.Count;
        for (int i = piece.Start; i < piece.End; i++)
        {
            to.Add(from, i);
        }
        if (to.Count > start || piece.Token >= 0)
        {
            items.Add(new Piece(start, to.Count, piece.Token));
        }
    }

    private static List<Piece> Find(Text text, Trie trie)
    {
        ReadOnlySpan<int> runes = text.Runes;
        var pieces = new List<Piece>();
        int last = 0;
        for (int at = 0; at < runes.Length && !trie.IsEmpty;)
        {
            (AddedToken? token, int end) = trie.Longest(runes, at);
            if (token is null)
            {
                at++;
                continue;
            }
            int start = at, stop = end;
            at = end;
            if (token.SingleWord && ((start > 0 && Runes.IsWord(runes[start - 1])) || (stop < runes.Length && Runes.IsWord(runes[stop]))))
            {
                continue;
            }
            while (token.LeftStrip && start > last && Runes.IsWhiteSpace(runes[start - 1]))
            {
                start--;
            }
            while (token.RightStrip && stop < runes.Length && Runes.IsWhiteSpace(runes[stop]))
            {
                stop++;
            }
            start = Math.Max(start, last);
            if (last < start)
            {
                pieces.Add(new Piece(last, start));
            }
            pieces.Add(new Piece(start, Math.Max(start, stop), token.Id));
            last = Math.Max(last, stop);
        }
        if (last < runes.Length)
        {
            pieces.Add(new Piece(last, runes.Length));
        }
        return pieces;
    }

    /// <summary>Tokens by their code points.</summary>
    private sealed class Trie
    {
        private readonly Dictionary<(int Node, int Rune), int> _edges = [];
        private readonly List<AddedToken?> _ends = [null];
        private readonly HashSet<int> _first = [];
        private readonly bool[] _firstAscii = new bool[128];

        public bool IsEmpty => _ends.Count == 1;

        public void Add(ReadOnlySpan<int> runes, AddedToken token)
        {
            int node = 0;
            foreach (int rune in runes)
            {
                if (!_edges.TryGetValue((node, rune), out int next))
                {
                    next = _ends.Count;
                    _edges.Add((node, rune), next);
                    _ends.Add(null);
                }
                node = next;
            }
            if (node == 0)
            {
                return;
            }
            _ends[node] ??= token;
            _first.Add(runes[0]);
            if (runes[0] < 128)
            {
                _firstAscii[runes[0]] = true;
            }
        }

        public (AddedToken? Token, int End) Longest(ReadOnlySpan<int> runes, int at)
        {
            int first = runes[at];
            if (first < 128 ? !_firstAscii[first] : !_first.Contains(first))
            {
                return (null, at);
            }
            (AddedToken? Token, int End) best = (null, at);
            int node = 0;
            for (int i = at; i < runes.Length && _edges.TryGetValue((node, runes[i]), out node); i++)
            {
                best = _ends[node] is AddedToken token ? (token, i + 1) : best;
            }
            return best;
        }
    }
}
