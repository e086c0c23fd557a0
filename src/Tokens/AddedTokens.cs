using Euterpe.Tokens.Models;
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
    private readonly Finder _raw = new();
    private readonly Finder _normalized = new();
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
                _normalized.Add(normalizer is null ? runes : normalizer.Apply(Text.Of(runes)).Runes, token);
            }
            else
            {
                _raw.Add(runes, token);
            }
        }
        _raw.Complete();
        _normalized.Complete();
    }

    public IEnumerable<AddedToken> All => _byId.Values;

    public int? Id(string content) => _ids.TryGetValue(content, out int id) ? id : null;

    public AddedToken? Token(int id) => _byId.GetValueOrDefault(id);

    /// <summary>Cuts a text at its added tokens and normalizes the rest.</summary>
    public Pieces Extract(int[] runes)
    {
        Text source = Text.Of(runes);
        var items = new List<Piece>();
        if (!_raw.MayFind(runes))
        {
            Text normal = _normalizer?.Apply(source) ?? source;
            _normalized.Cut(normal, items);
            return new Pieces(normal, items);
        }
        var text = new Text(runes.Length);
        var raw = new List<Piece>();
        var each = new List<Piece>();
        _raw.Cut(source, raw);
        foreach (Piece piece in raw)
        {
            if (piece.Token >= 0)
            {
                items.Add(piece with { Start = text.Count, End = text.Count + piece.Length });
                text.Add(source, piece.Start, piece.End);
                continue;
            }
            var section = new Text(piece.Length);
            section.Add(source, piece.Start, piece.End);
            Text normal = _normalizer?.Apply(section) ?? section;
            each.Clear();
            _normalized.Cut(normal, each);
            foreach (Piece part in each)
            {
                items.Add(part with { Start = text.Count + part.Start, End = text.Count + part.End });
            }
            text.Add(normal, 0, normal.Count);
            text.Limited(source);
        }
        return new Pieces(text, items);
    }

    /// <summary>
    /// Finds tokens, leftmost and longest. Their code points are stored reversed and the text is read once from its end: that gives the
    /// longest token that begins at each place, however long the tokens are.
    /// </summary>
    private sealed class Finder
    {
        private readonly PieceAutomaton _reversed = new();
        private readonly List<AddedToken> _tokens = [];
        private readonly HashSet<int> _firsts = [];
        private int[] _first = [];

        public void Add(ReadOnlySpan<int> runes, AddedToken token)
        {
            if (runes.Length == 0)
            {
                return;
            }
            int[] reversed = runes.ToArray();
            Array.Reverse(reversed);
            if (_reversed.Add(reversed, _tokens.Count, replace: false))
            {
                _tokens.Add(token);
                _firsts.Add(runes[0]);
            }
        }

        public void Complete()
        {
            _reversed.Complete();
            _first = [.. _firsts];
        }

        /// <summary>False where no token's first code point stands in the text (looked for only where there are few).</summary>
        public bool MayFind(ReadOnlySpan<int> runes) => _first.Length > 0 && (_first.Length > 5 || runes.ContainsAny(_first));

        /// <summary>Cuts a text into tokens and what stands between them; no piece is empty.</summary>
        public void Cut(Text text, List<Piece> to)
        {
            ReadOnlySpan<int> runes = text.Runes;
            int last = 0;
            if (MayFind(runes))
            {
                last = Cut(text, Longest(runes), to);
            }
            if (last < runes.Length)
            {
                to.Add(new Piece(last, runes.Length));
            }
        }

        private int[] Longest(ReadOnlySpan<int> runes)
        {
            var longest = new int[runes.Length];
            for (int i = runes.Length - 1, state = 0; i >= 0; i--)
            {
                state = _reversed.Step(state, runes[i]);
                longest[i] = _reversed.Longest(state);
            }
            return longest;
        }

        private int Cut(Text text, int[] longest, List<Piece> to)
        {
            ReadOnlySpan<int> runes = text.Runes;
            int last = 0;
            for (int at = 0; at < runes.Length;)
            {
                int node = longest[at];
                if (node == 0)
                {
                    at++;
                    continue;
                }
                AddedToken token = _tokens[_reversed.Piece(node)];
                int place = at, start = at, stop = at + _reversed.Length(node);
                at = stop;
                if (token.SingleWord && ((start > 0 && Runes.IsWord(runes[start - 1])) || (stop < runes.Length && Runes.IsWord(runes[stop]))))
                {
                    continue;
                }
                if (start < last)
                {
                    // It stands in the white space that the token before has taken with it. Upstream lets the two overlap, and drops one that
                    // takes white space on its left; here it is empty, since so many could be as long as the text.
                    if (token.LeftStrip && stop <= last)
                    {
                        continue;
                    }
                    (start, stop) = (last, Math.Max(stop, last));
                }
                while (token.LeftStrip && start > last && Runes.IsWhiteSpace(runes[start - 1]))
                {
                    start--;
                }
                while (token.RightStrip && stop < runes.Length && Runes.IsWhiteSpace(runes[stop]))
                {
                    stop++;
                }
                if (last < start)
                {
                    to.Add(new Piece(last, start));
                }
                to.Add(new Piece(start, stop, token.Id, text.From(place), text.To(Math.Max(place, stop - 1))));
                last = stop;
            }
            return last;
        }
    }
}
