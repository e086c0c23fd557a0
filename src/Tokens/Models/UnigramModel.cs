using System.Buffers;
using System.Globalization;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Models;

/// <summary>
/// A unigram language model (Kudo 2018) as the crate tokenizers 0.22 has it: the cut of the largest sum of scores, in doubles, by one pass
/// (Viterbi); of equal sums the one whose last piece is longer. A code point that is no piece of its own costs 10 more than the worst
/// piece and is the unknown token; neighbours of that kind are one token, or their bytes where the model has all of them.
/// </summary>
internal sealed class UnigramModel : IModel
{
    private const double UnknownPenalty = 10.0;
    private const int OnStack = 256;

    private readonly PieceAutomaton _pieces = new();
    private readonly double[] _scores;
    private readonly int _unknown;
    private readonly double _unknownScore;
    private readonly int[]? _byteTokens;
    private readonly WordCache _cache = new();
    private readonly string _where;

    /// <param name="pieces">Pieces with their scores, which are finite; the place is the id.</param>
    /// <param name="unknown">The id of the unknown token, or null: then a text that the pieces do not cover is an error.</param>
    /// <param name="byteFallback">Unknown characters become the tokens of their bytes.</param>
    /// <param name="where">The file, for errors.</param>
    public UnigramModel(IReadOnlyList<(string Piece, double Score)> pieces, int? unknown, bool byteFallback, string where)
    {
        if (unknown is int id && (id < 0 || id >= pieces.Count))
        {
            throw new InvalidDataException($"{where}: unk_id is {id}, and there are {pieces.Count} pieces.");
        }
        _where = where;
        _unknown = unknown ?? -1;
        _scores = new double[pieces.Count];
        double worst = double.PositiveInfinity;
        for (int i = 0; i < pieces.Count; i++)
        {
            (string piece, double score) = pieces[i];
            if (!double.IsFinite(score))
            {
                throw new InvalidDataException($"{where}: the score of piece {i} (\"{piece}\") is not finite.");
            }
            _scores[i] = score;
            worst = Math.Min(worst, score);
            _pieces.Add(Runes.Of(piece), i);
        }
        _pieces.Complete();
        _unknownScore = worst - UnknownPenalty;
        Vocabulary = new Vocabulary([.. pieces.Select(each => each.Piece)]);
        if (byteFallback)
        {
            _byteTokens = [.. Enumerable.Range(0, 256).Select(b => Vocabulary.Id(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>")) ?? -1)];
        }
    }

    public Vocabulary Vocabulary { get; }

    /// <summary>The id of the unknown token; -1 where there is none.</summary>
    public int Unknown => _unknown;

    public void Encode(Text text, int start, int end, List<ModelToken> to)
    {
        ReadOnlySpan<int> word = text.Runes[start..end];
        if (word.Length > WordCache.LongestWord)
        {
            int first = to.Count;
            Best(word, to);
            for (int i = first; i < to.Count; i++)
            {
                to[i] = new ModelToken(to[i].Id, start + to[i].Start, start + to[i].End);
            }
            return;
        }
        if (_cache.Find(word, out int slot) is not ModelToken[] tokens)
        {
            var found = new List<ModelToken>();
            Best(word, found);
            _cache.Keep(slot, word, tokens = [.. found]);
        }
        foreach (ModelToken token in tokens)
        {
            to.Add(new ModelToken(token.Id, start + token.Start, start + token.End));
        }
    }

    private void Best(ReadOnlySpan<int> word, List<ModelToken> to)
    {
        int size = word.Length + 1;
        if (size <= OnStack)
        {
            Best(word, stackalloc double[OnStack], stackalloc int[OnStack], stackalloc int[OnStack], to);
            return;
        }
        double[] sums = ArrayPool<double>.Shared.Rent(size);
        int[] starts = ArrayPool<int>.Shared.Rent(size), ids = ArrayPool<int>.Shared.Rent(size);
        try
        {
            Best(word, sums, starts, ids, to);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(sums);
            ArrayPool<int>.Shared.Return(starts);
            ArrayPool<int>.Shared.Return(ids);
        }
    }

    // sums[e]: the best sum of scores of the first e code points; its last piece is ids[e] and begins at starts[e].
    private void Best(ReadOnlySpan<int> word, Span<double> sums, Span<int> starts, Span<int> ids, List<ModelToken> to)
    {
        sums[0] = 0;
        int state = 0;
        for (int i = 0; i < word.Length; i++)
        {
            int end = i + 1, bestStart = -1, bestId = -1;
            double best = 0;
            bool single = false;
            state = _pieces.Step(state, word[i]);
            for (int node = _pieces.Longest(state); node != 0; node = _pieces.Shorter(node))
            {
                int length = _pieces.Length(node), id = _pieces.Piece(node);
                double sum = _scores[id] + sums[end - length];
                if (bestStart < 0 || sum > best)
                {
                    (best, bestStart, bestId) = (sum, end - length, id);
                }
                single = length == 1;     // the last one
            }
            if (!single && (bestStart < 0 || _unknownScore + sums[i] > best))
            {
                (best, bestStart, bestId) = (_unknownScore + sums[i], i, _unknown >= 0 ? _unknown : throw Uncovered(word[i]));
            }
            (sums[end], starts[end], ids[end]) = (best, bestStart, bestId);
        }
        int first = to.Count;
        for (int end = word.Length; end > 0;)
        {
            int start = starts[end];
            if (ids[end] != _unknown)
            {
                to.Add(new ModelToken(ids[end], start, end));
                end = start;
                continue;
            }
            while (start > 0 && ids[start] == _unknown)
            {
                start = starts[start];
            }
            Cover(word, start, end, to);
            end = start;
        }
        to.Reverse(first, to.Count - first);
    }

    /// <summary>A run of unknown code points, last token first, as the way back goes.</summary>
    private void Cover(ReadOnlySpan<int> word, int start, int end, List<ModelToken> to)
    {
        ReadOnlySpan<int> run = word[start..end];
        int node = _pieces.LongestAtStart(run);
        if (node != 0 && _pieces.Length(node) == run.Length)
        {
            to.Add(new ModelToken(_pieces.Piece(node), start, end));
            return;
        }
        if (_byteTokens is not null && AllBytes(run))
        {
            Span<byte> bytes = stackalloc byte[4];
            for (int i = run.Length - 1; i >= 0; i--)
            {
                for (int k = Runes.Utf8(run[i], bytes) - 1; k >= 0; k--)
                {
                    to.Add(new ModelToken(_byteTokens[bytes[k]], start, end));
                }
            }
            return;
        }
        to.Add(new ModelToken(_unknown, start, end));
    }

    private bool AllBytes(ReadOnlySpan<int> run)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (int rune in run)
        {
            foreach (byte each in bytes[..Runes.Utf8(rune, bytes)])
            {
                if (_byteTokens![each] < 0)
                {
                    return false;
                }
            }
        }
        return true;
    }

    private InvalidDataException Uncovered(int rune) => new(string.Create(CultureInfo.InvariantCulture,
        $"{_where}: no piece covers U+{rune:X4}, and the model has no unk_id."));
}
