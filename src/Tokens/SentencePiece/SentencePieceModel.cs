using System.Text;
using Euterpe.Tokens.Files;
using Euterpe.Tokens.SentencePiece;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens;

/// <summary>
/// A SentencePiece model file (<c>spiece.model</c>, <c>sentencepiece.bpe.model</c>, <c>tokenizer.model</c>), read directly and used as
/// sentencepiece 0.2 does: unigram, byte pair encoding, word and character models. Immutable; any number of threads may use it at once.
/// <see cref="Tokenizer.Load"/> gives what transformers makes of such a file: with its special tokens, and its ids where they differ.
/// </summary>
public sealed class SentencePieceModel
{
    private readonly PieceFile _file;
    private readonly IPieceEncoder _encoder;
    private readonly PieceNormalizer? _denormalizer;

    internal SentencePieceModel(PieceFile file)
    {
        _file = file;
        Lexicon = new PieceLexicon(file.Pieces);
        Normalizer = new PieceNormalizer(file.Normalization, Lexicon.UserDefined);
        _denormalizer = file.Denormalization is null ? null : new PieceNormalizer(file.Denormalization, null);
        _encoder = file.Type switch
        {
            PieceModelType.Unigram => new UnigramPieces(Lexicon),
            PieceModelType.BytePair => new BytePairPieces(Lexicon),
            PieceModelType.Word => new WordPieces(Lexicon),
            _ => new CharacterPieces(Lexicon),
        };
        UnknownId = Role(file.UnknownPiece, PieceKind.Unknown);
        BeginId = Role(file.BeginPiece, PieceKind.Control);
        EndId = Role(file.EndPiece, PieceKind.Control);
        PadId = Role(file.PadPiece, PieceKind.Control);
    }

    /// <summary>The number of pieces, special ones among them; ids go from 0 to one less.</summary>
    public int VocabularySize => _file.Pieces.Count;

    /// <summary>The id of the unknown piece; -1 where the file names none, as for the others.</summary>
    public int UnknownId { get; }

    /// <summary>The id of the beginning of a text; -1 where the file names none.</summary>
    public int BeginId { get; }

    /// <summary>The id of its end; -1 where the file names none.</summary>
    public int EndId { get; }

    /// <summary>The id of padding; -1 where the file names none.</summary>
    public int PadId { get; }

    internal PieceLexicon Lexicon { get; }

    internal IReadOnlyList<string> Texts => [.. _file.Pieces.Select(piece => piece.Text)];

    internal PieceNormalizer Normalizer { get; }

    /// <summary>Reads a file. One that is broken is an <see cref="InvalidDataException"/> that says where.</summary>
    public static SentencePieceModel Load(string path) => Read(TokenizerFolder.Bytes(path), path);

    /// <summary>Reads the bytes of a file.</summary>
    public static SentencePieceModel Read(ReadOnlyMemory<byte> bytes, string name = "spiece.model") =>
        new(PieceFile.Read(bytes.Span, $"[sentencepiece] {name}"));

    /// <summary>The piece of an id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such id.</exception>
    public string Piece(int id) => _file.Pieces[Checked(id)].Text;

    /// <summary>The id of a piece; that of the unknown piece for any other string.</summary>
    public int Id(string piece) => Lexicon.Id(piece);

    /// <summary>The text as the model sees it, with its spaces as U+2581.</summary>
    public string Normalize(string text) => Runes.Text(Normalizer.Apply(Text.Of(Runes.Of(text))).Runes);

    /// <summary>
    /// The pieces of a text, without special ones. Unknown pieces have their own text, not that of the unknown piece; offsets are those of
    /// sentencepiece, in code points. A lone surrogate counts as U+FFFD.
    /// </summary>
    public Encoded Encode(string text) => Encode(Runes.Of(text));

    /// <summary>The pieces of a text in UTF-8. A byte that is none becomes U+FFFD and counts as a code point.</summary>
    public Encoded Encode(ReadOnlySpan<byte> utf8)
    {
        var runes = new List<int>(utf8.Length);
        while (!utf8.IsEmpty)
        {
            bool isValid = Rune.DecodeFromUtf8(utf8, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            runes.Add(isValid ? rune.Value : -1);
            utf8 = utf8[(isValid ? length : 1)..];
        }
        return Encode([.. runes]);
    }

    /// <summary>The text of ids.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is none of the vocabulary's.</exception>
    public string Decode(IEnumerable<int> ids) => DecodePieces(ids.Select(Piece));

    /// <summary>The text of pieces; a string that is no piece stands for itself.</summary>
    public string DecodePieces(IEnumerable<string> pieces)
    {
        string text = PieceDecoding.Decode(pieces, _file, Lexicon);
        return _denormalizer is null ? text : Runes.Text(_denormalizer.Apply(Text.Of(Runes.Of(text))).Runes);
    }

    /// <summary>The pieces of a normalized text: neighbours that are unknown as one, or as bytes where the model falls back to those.</summary>
    /// <param name="runes">The normalized text.</param>
    /// <param name="add">Gets id, the range of code points, and the byte (-1: none; the last byte of a range first says so with isLast).</param>
    internal void Cut(ReadOnlySpan<int> runes, Action<int, int, int, int, bool> add)
    {
        var ranges = new List<PieceRange>();
        _encoder.Encode(runes, ranges);
        Span<byte> bytes = stackalloc byte[4];
        for (int i = 0; i < ranges.Count; i++)
        {
            (int id, int start, int end) = ranges[i];
            if (_file.Pieces[id].Kind != PieceKind.Unknown)
            {
                add(id, start, end, -1, true);
                continue;
            }
            if (!_file.ByteFallback)
            {
                while (i + 1 < ranges.Count && ranges[i + 1].Id == id)
                {
                    end = ranges[++i].End;
                }
                add(id, start, end, -1, true);
                continue;
            }
            for (int at = start; at < end; at++)
            {
                int count = Runes.Utf8(runes[at], bytes);
                for (int k = 0; k < count; k++)
                {
                    add(Lexicon.Id(PieceBytes.Text(bytes[k])), start, end, bytes[k], at == end - 1 && k == count - 1);
                }
            }
        }
    }

    private Encoded Encode(int[] runes)
    {
        Text normal = Normalizer.Apply(Text.Of(runes), out int consumed);
        var encoded = new Encoded((normal.Count / 3) + 1);
        Cut(normal.Runes, (id, start, end, value, isLast) =>
        {
            int from = normal.From(start), to = !isLast ? from : end < normal.Count ? normal.From(end) : consumed;
            encoded.Add(id, value >= 0 ? PieceBytes.Text(value) : normal.Slice(start, end), from, to, 0);
        });
        return encoded;
    }

    private int Role(string piece, PieceKind kind) => Lexicon.Id(piece) is int id && _file.Pieces[id].Kind == kind ? id : -1;

    private int Checked(int id) => (uint)id < (uint)_file.Pieces.Count ? id
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"[sentencepiece] There are {_file.Pieces.Count} pieces.");
}
