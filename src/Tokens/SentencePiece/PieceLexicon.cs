using Euterpe.Tokens.Models;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.SentencePiece;

/// <summary>The pieces of a model, found by their text: in one automaton over code points, and by string.</summary>
internal sealed class PieceLexicon
{
    private readonly Dictionary<string, int> _normal;
    private readonly Dictionary<string, int> _reserved = new(StringComparer.Ordinal);

    // The places of a text: its normal piece and its reserved one (control, unknown, byte), -1 where there is none.
    private readonly List<(int Normal, int Reserved)> _ids;

    public PieceLexicon(IReadOnlyList<PieceEntry> pieces)
    {
        Pieces = pieces;
        _normal = new Dictionary<string, int>(pieces.Count, StringComparer.Ordinal);
        _ids = new List<(int, int)>(pieces.Count);
        var userDefined = new PieceAutomaton();
        bool hasUserDefined = false;
        for (int id = 0; id < pieces.Count; id++)
        {
            (pieces[id].IsReserved ? _reserved : _normal).Add(pieces[id].Text, id);
            Unknown = pieces[id].Kind == PieceKind.Unknown ? id : Unknown;
        }
        for (int id = 0; id < pieces.Count; id++)
        {
            PieceEntry piece = pieces[id];
            int[] runes = Runes.Of(piece.Text);
            Automaton.Add(runes, _ids.Count);
            _ids.Add((_normal.GetValueOrDefault(piece.Text, -1), _reserved.GetValueOrDefault(piece.Text, -1)));
            if (piece.Kind == PieceKind.UserDefined)
            {
                userDefined.Add(runes, id);
                hasUserDefined = true;
            }
        }
        Automaton.Complete();
        if (hasUserDefined)
        {
            userDefined.Complete();
            UserDefined = userDefined;
        }
    }

    public IReadOnlyList<PieceEntry> Pieces { get; }

    public PieceAutomaton Automaton { get; } = new();

    /// <summary>The user-defined pieces alone; null where there are none.</summary>
    public PieceAutomaton? UserDefined { get; }

    public int Unknown { get; } = -1;

    /// <summary>The normal, user-defined or unused piece of a node; -1 where there is none.</summary>
    public int Normal(int node) => Automaton.Piece(node) is >= 0 and int place ? _ids[place].Normal : -1;

    /// <summary>The id of a node's text: a reserved piece comes before a normal one, and what is no piece is unknown.</summary>
    public int Id(int node)
    {
        if (Automaton.Piece(node) is not (>= 0 and int place))
        {
            return Unknown;
        }
        return _ids[place].Reserved >= 0 ? _ids[place].Reserved : _ids[place].Normal;
    }

    public int Id(ReadOnlySpan<int> runes) => Node(0, runes) is > 0 and int node ? Id(node) : Unknown;

    public int Id(string text) => _reserved.TryGetValue(text, out int id) || _normal.TryGetValue(text, out id) ? id : Unknown;

    /// <summary>The node of a text that goes on from a node; 0 where no piece goes that way.</summary>
    public int Node(int node, ReadOnlySpan<int> runes)
    {
        foreach (int rune in runes)
        {
            if ((node = Automaton.Next(node, rune)) == 0)
            {
                return 0;
            }
        }
        return node;
    }

    /// <summary>The length of the user-defined piece that a text begins with; 0 where there is none.</summary>
    public int UserDefinedAt(ReadOnlySpan<int> runes) => UserDefined is null ? 0 : UserDefined.Length(UserDefined.LongestAtStart(runes));
}
