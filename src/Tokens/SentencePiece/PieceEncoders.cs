using System.Buffers;
using System.Text;

namespace Euterpe.Tokens.SentencePiece;

/// <summary>A piece of a normalized text: its id and the range of code points it covers.</summary>
internal readonly record struct PieceRange(int Id, int Start, int End);

/// <summary>What cuts a normalized text into pieces, without gaps.</summary>
internal interface IPieceEncoder
{
    void Encode(ReadOnlySpan<int> runes, List<PieceRange> to);
}

/// <summary>
/// The unigram language model (unigram_model.cc, EncodeOptimized): the cut of the largest sum of scores over the whole text; of equal sums
/// the one whose last piece is longer; what is no piece costs 10 more than the worst piece. All sums are float32: that is how 0.2.3 breaks
/// ties ("!!!" is "!", "!!"), while versions up to 0.2.0 compared float64 candidates with sums stored as float32 ("!!", "!").
/// </summary>
internal sealed class UnigramPieces : IPieceEncoder
{
    private const float UnknownPenalty = 10;

    private readonly PieceLexicon _lexicon;
    private readonly float[] _scores;
    private readonly bool[] _isUnused;
    private readonly float _unknownScore;

    public UnigramPieces(PieceLexicon lexicon)
    {
        _lexicon = lexicon;
        // C's FLT_MIN is the smallest positive number, not the most negative one.
        float least = float.MaxValue, most = 1.17549435e-38f;
        foreach (PieceEntry piece in lexicon.Pieces)
        {
            if (piece.Kind == PieceKind.Normal)
            {
                (least, most) = (Math.Min(least, piece.Score), Math.Max(most, piece.Score));
            }
        }
        _unknownScore = least - UnknownPenalty;
        _scores = [.. lexicon.Pieces.Select(piece => piece.Kind == PieceKind.UserDefined
            ? (float)((Encoding.UTF8.GetByteCount(piece.Text) * most) - 0.1) : piece.Score)];
        _isUnused = [.. lexicon.Pieces.Select(piece => piece.Kind == PieceKind.Unused)];
    }

    public void Encode(ReadOnlySpan<int> runes, List<PieceRange> to)
    {
        int size = runes.Length + 1;
        float[] sums = ArrayPool<float>.Shared.Rent(size);
        int[] starts = ArrayPool<int>.Shared.Rent(size), ids = ArrayPool<int>.Shared.Rent(size);
        try
        {
            Forward(runes, sums, starts, ids);
            int first = to.Count;
            for (int end = runes.Length; end > 0; end = starts[end])
            {
                to.Add(new PieceRange(ids[end], starts[end], end));
            }
            to.Reverse(first, to.Count - first);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(sums);
            ArrayPool<int>.Shared.Return(starts);
            ArrayPool<int>.Shared.Return(ids);
        }
    }

    // sums[e]: the best sum of the first e code points; its last piece is ids[e] and begins at starts[e].
    private void Forward(ReadOnlySpan<int> runes, float[] sums, int[] starts, int[] ids)
    {
        Models.PieceAutomaton automaton = _lexicon.Automaton;
        sums[0] = 0;
        int state = 0;
        for (int i = 0; i < runes.Length; i++)
        {
            int end = i + 1, start = -1, best = -1;
            float sum = 0;
            bool isSingle = false;
            state = automaton.Step(state, runes[i]);
            for (int node = automaton.Longest(state); node != 0; node = automaton.Shorter(node))
            {
                int id = _lexicon.Normal(node), from = end - automaton.Length(node);
                if (id < 0 || _isUnused[id])
                {
                    continue;
                }
                float candidate = _scores[id] + sums[from];
                if (start < 0 || candidate > sum)
                {
                    (sum, start, best) = (candidate, from, id);
                }
                isSingle |= from == i;
            }
            if (!isSingle && (start < 0 || _unknownScore + sums[i] > sum))
            {
                (sum, start, best) = (_unknownScore + sums[i], i, _lexicon.Unknown);
            }
            (sums[end], starts[end], ids[end]) = (sum, start, best);
        }
    }
}

/// <summary>Whole words: each U+2581 begins one.</summary>
internal sealed class WordPieces(PieceLexicon lexicon) : IPieceEncoder
{
    public void Encode(ReadOnlySpan<int> runes, List<PieceRange> to)
    {
        for (int start = 0; start < runes.Length;)
        {
            int length = runes[(start + 1)..].IndexOf(PieceNormalizer.Space);
            int end = length < 0 ? runes.Length : start + 1 + length;
            to.Add(new PieceRange(lexicon.Id(runes[start..end]), start, end));
            start = end;
        }
    }
}

/// <summary>Single characters, and user-defined pieces.</summary>
internal sealed class CharacterPieces(PieceLexicon lexicon) : IPieceEncoder
{
    public void Encode(ReadOnlySpan<int> runes, List<PieceRange> to)
    {
        for (int start = 0; start < runes.Length;)
        {
            int end = start + Math.Max(1, lexicon.UserDefinedAt(runes[start..]));
            to.Add(new PieceRange(lexicon.Id(runes[start..end]), start, end));
            start = end;
        }
    }
}
