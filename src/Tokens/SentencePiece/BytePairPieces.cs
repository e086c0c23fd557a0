namespace Euterpe.Tokens.SentencePiece;

/// <summary>
/// SentencePiece's byte pair encoding (bpe_model.cc): neighbours that are a piece together are joined, the best score first and of equal ones
/// the leftmost; user-defined pieces are never joined; an unused piece falls apart again into the halves that it was last offered with.
/// A heap over a linked list: n log n.
/// </summary>
internal sealed class BytePairPieces(PieceLexicon lexicon) : IPieceEncoder
{
    public void Encode(ReadOnlySpan<int> runes, List<PieceRange> to) => new Joining(lexicon, runes).Run(to);

    private ref struct Joining
    {
        private readonly PieceLexicon _lexicon;
        private readonly ReadOnlySpan<int> _runes;
        private readonly List<Symbol> _symbols;
        private readonly PriorityQueue<(int Left, int Right, int Length), ulong> _offers = new();
        private Dictionary<int, int>? _halves;    // of an unused piece: the length of its left half

        public Joining(PieceLexicon lexicon, ReadOnlySpan<int> runes)
        {
            _lexicon = lexicon;
            _runes = runes;
            _symbols = new List<Symbol>(runes.Length);
            for (int start = 0; start < runes.Length;)
            {
                int fixedLength = lexicon.UserDefinedAt(runes[start..]), length = Math.Max(1, fixedLength);
                _symbols.Add(new Symbol
                {
                    Start = start,
                    Length = length,
                    Node = lexicon.Node(0, runes.Slice(start, length)),
                    IsFixed = fixedLength > 0,
                    Previous = _symbols.Count - 1,
                    Next = start + length < runes.Length ? _symbols.Count + 1 : -1,
                });
                start += length;
            }
        }

        public void Run(List<PieceRange> to)
        {
            Span<Symbol> symbols = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_symbols);
            for (int i = 1; i < symbols.Length; i++)
            {
                Offer(symbols, i - 1, i);
            }
            while (_offers.TryDequeue(out var best, out _))
            {
                ref Symbol left = ref symbols[best.Left], right = ref symbols[best.Right];
                if (left.Length == 0 || right.Length == 0 || left.Length + right.Length != best.Length)
                {
                    continue;
                }
                left.Node = _lexicon.Node(left.Node, _runes.Slice(right.Start, right.Length));
                left.Length = best.Length;
                left.Next = right.Next;
                if (right.Next >= 0)
                {
                    symbols[right.Next].Previous = best.Left;
                }
                right.Length = 0;
                Offer(symbols, left.Previous, best.Left);
                Offer(symbols, best.Left, left.Next);
            }
            for (int i = symbols.Length > 0 ? 0 : -1; i >= 0; i = symbols[i].Next)
            {
                Apart(symbols[i], to);
            }
        }

        private void Offer(Span<Symbol> symbols, int left, int right)
        {
            if (left < 0 || right < 0 || symbols[left].IsFixed || symbols[right].IsFixed || symbols[left].Node == 0)
            {
                return;
            }
            int node = _lexicon.Node(symbols[left].Node, _runes.Slice(symbols[right].Start, symbols[right].Length));
            int id = node == 0 ? -1 : _lexicon.Normal(node);
            if (id < 0)
            {
                return;
            }
            _offers.Enqueue((left, right, symbols[left].Length + symbols[right].Length), Order(_lexicon.Pieces[id].Score, left));
            if (_lexicon.Pieces[id].Kind == PieceKind.Unused)
            {
                (_halves ??= [])[id] = symbols[left].Length;
            }
        }

        private readonly void Apart(Symbol symbol, List<PieceRange> to)
        {
            int id = symbol.Node == 0 ? _lexicon.Unknown : _lexicon.Id(symbol.Node);
            if (_halves is null || _lexicon.Pieces[id].Kind != PieceKind.Unused)
            {
                to.Add(new PieceRange(id, symbol.Start, symbol.Start + symbol.Length));
                return;
            }
            var waiting = new Stack<(int Start, int End)>();
            waiting.Push((symbol.Start, symbol.Start + symbol.Length));
            while (waiting.TryPop(out var part))
            {
                id = _lexicon.Id(_runes[part.Start..part.End]);
                if (_lexicon.Pieces[id].Kind == PieceKind.Unused && _halves.TryGetValue(id, out int half))
                {
                    waiting.Push((part.Start + half, part.End));
                    waiting.Push((part.Start, part.Start + half));
                }
                else
                {
                    to.Add(new PieceRange(id, part.Start, part.End));
                }
            }
        }

        /// <summary>Ascending: a better score first, then what is further left. Both zeros are equal.</summary>
        private static ulong Order(float score, int left)
        {
            uint bits = BitConverter.SingleToUInt32Bits(score + 0f);
            uint ascending = (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
            return ((ulong)~ascending << 32) | (uint)left;
        }
    }

    private struct Symbol
    {
        public int Start;
        public int Length;     // 0: joined to the one before
        public int Node;       // of its text in the automaton, 0: no piece begins like this
        public int Previous;
        public int Next;
        public bool IsFixed;
    }
}
