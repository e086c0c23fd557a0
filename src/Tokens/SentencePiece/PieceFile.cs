namespace Euterpe.Tokens.SentencePiece;

internal enum PieceKind
{
    Normal = 1, Unknown, Control, UserDefined, Unused, Byte,
}

internal enum PieceModelType
{
    Unigram = 1, BytePair, Word, Character,
}

internal readonly record struct PieceEntry(string Text, float Score, PieceKind Kind)
{
    /// <summary>Control, unknown and byte pieces have a dictionary of their own: a normal piece may have the same text.</summary>
    public bool IsReserved => Kind is PieceKind.Control or PieceKind.Unknown or PieceKind.Byte;
}

/// <summary>How a text is normalized (NormalizerSpec).</summary>
internal sealed record PieceNormalization
{
    public CharsMap? Map { get; init; }

    public bool AddDummyPrefix { get; init; } = true;

    public bool RemoveExtraWhiteSpace { get; init; } = true;

    public bool EscapeWhiteSpace { get; init; } = true;

    public bool WhiteSpaceAsSuffix { get; init; }

    public static PieceNormalization Read(ReadOnlySpan<byte> bytes, string where)
    {
        var spec = new PieceNormalization();
        var reader = new ProtoReader(bytes, where);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    reader.Once();
                    ReadOnlySpan<byte> map = reader.Bytes();
                    spec = spec with { Map = map.IsEmpty ? null : new CharsMap(map, where) };
                    break;
                case 3:
                    reader.Once();
                    spec = spec with { AddDummyPrefix = reader.Flag() };
                    break;
                case 4:
                    reader.Once();
                    spec = spec with { RemoveExtraWhiteSpace = reader.Flag() };
                    break;
                case 5:
                    reader.Once();
                    spec = spec with { EscapeWhiteSpace = reader.Flag() };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return spec;
    }
}

/// <summary>What a SentencePiece model file holds (ModelProto of sentencepiece_model.proto, as far as it decides about tokens).</summary>
internal sealed record PieceFile
{
    private const int MostPieces = 1 << 22, LongestPiece = 1024;

    public IReadOnlyList<PieceEntry> Pieces { get; private init; } = [];

    public PieceModelType Type { get; private init; } = PieceModelType.Unigram;

    public PieceNormalization Normalization { get; init; } = new();

    /// <summary>What is done to a decoded text; null where the file says nothing of substance.</summary>
    public PieceNormalization? Denormalization { get; private init; }

    public bool ByteFallback { get; private init; }

    public bool WhiteSpaceAsSuffix { get; private init; }

    public string UnknownSurface { get; private init; } = " \u2047 ";

    public string UnknownPiece { get; private init; } = "<unk>";

    public string BeginPiece { get; private init; } = "<s>";

    public string EndPiece { get; private init; } = "</s>";

    public string PadPiece { get; private init; } = "<pad>";

    public static PieceFile Read(ReadOnlySpan<byte> bytes, string where)
    {
        var file = new PieceFile();
        var pieces = new List<PieceEntry>();
        var reader = new ProtoReader(bytes, where);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    pieces.Add(pieces.Count < MostPieces ? Piece(reader.Bytes(), $"{where}: piece {pieces.Count}")
                        : throw reader.Broken($"it has more than {MostPieces} pieces"));
                    break;
                case 2:
                    reader.Once();
                    file = file.WithTrainer(reader.Bytes(), $"{where}: trainer_spec");
                    break;
                case 3:
                    reader.Once();
                    file = file with { Normalization = PieceNormalization.Read(reader.Bytes(), $"{where}: normalizer_spec") };
                    break;
                case 5:
                    reader.Once();
                    PieceNormalization back = PieceNormalization.Read(reader.Bytes(), $"{where}: denormalizer_spec");
                    file = file with { Denormalization = back.Map is null ? null : back };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (pieces.Count == 0)
        {
            throw reader.Broken("it has no pieces");
        }
        file = file with
        {
            Pieces = pieces,
            Normalization = file.Normalization with { WhiteSpaceAsSuffix = file.WhiteSpaceAsSuffix },
        };
        file.Check(where);
        return file;
    }

    private static PieceEntry Piece(ReadOnlySpan<byte> bytes, string where)
    {
        string text = "";
        float score = 0;
        var kind = PieceKind.Normal;
        var reader = new ProtoReader(bytes, where);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    reader.Once();
                    text = reader.Text();
                    break;
                case 2:
                    reader.Once();
                    score = reader.Float();
                    break;
                case 3:
                    reader.Once();
                    int type = reader.Whole();
                    kind = type is >= 1 and <= 6 ? (PieceKind)type : throw reader.Broken($"its type is {type}; there are 1 to 6");
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (text.Length == 0 || text.Length > LongestPiece)
        {
            throw reader.Broken($"its text has {text.Length} characters; expected 1 to {LongestPiece}");
        }
        return float.IsFinite(score) ? new PieceEntry(text, score, kind) : throw reader.Broken("its score is not finite");
    }

    private PieceFile WithTrainer(ReadOnlySpan<byte> bytes, string where)
    {
        PieceFile file = this;
        var reader = new ProtoReader(bytes, where);
        while (reader.Next())
        {
            if (reader.Field is 3 or 24 or 35 or (>= 44 and <= 48))
            {
                reader.Once();
            }
            switch (reader.Field)
            {
                case 3:
                    int type = reader.Whole();
                    file = file with
                    {
                        Type = type is >= 1 and <= 4 ? (PieceModelType)type : throw reader.Broken($"model_type is {type}; there are 1 to 4"),
                    };
                    break;
                case 24:
                    file = file with { WhiteSpaceAsSuffix = reader.Flag() };
                    break;
                case 35:
                    file = file with { ByteFallback = reader.Flag() };
                    break;
                case 44:
                    // A C string upstream.
                    file = file with { UnknownSurface = reader.Text().Split('\0')[0] };
                    break;
                case 45:
                    file = file with { UnknownPiece = Or(reader.Text(), UnknownPiece) };
                    break;
                case 46:
                    file = file with { BeginPiece = Or(reader.Text(), BeginPiece) };
                    break;
                case 47:
                    file = file with { EndPiece = Or(reader.Text(), EndPiece) };
                    break;
                case 48:
                    file = file with { PadPiece = Or(reader.Text(), PadPiece) };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        return file;

        static string Or(string text, string fallback) => text.Length > 0 ? text : fallback;
    }

    /// <summary>What upstream asks of the pieces (ModelInterface::InitializePieces).</summary>
    private void Check(string where)
    {
        var normal = new HashSet<string>(StringComparer.Ordinal);
        var reserved = new HashSet<string>(StringComparer.Ordinal);
        int unknown = -1, bytes = 0;
        for (int id = 0; id < Pieces.Count; id++)
        {
            PieceEntry piece = Pieces[id];
            if (!(piece.IsReserved ? reserved : normal).Add(piece.Text))
            {
                throw Broken($"piece {id}, \"{piece.Text}\", is there already");
            }
            if (piece.Kind == PieceKind.Unknown)
            {
                unknown = unknown < 0 ? id : throw Broken($"pieces {unknown} and {id} are both the unknown one");
            }
            if (piece.Kind == PieceKind.Byte)
            {
                bytes++;
                if (!ByteFallback || PieceBytes.Value(piece.Text) < 0)
                {
                    throw Broken(ByteFallback ? $"piece {id}, \"{piece.Text}\", is none of <0x00> to <0xFF>"
                        : $"piece {id}, \"{piece.Text}\", is a byte, and byte_fallback is off");
                }
            }
        }
        if (unknown < 0)
        {
            throw Broken("no piece is the unknown one");
        }
        if (ByteFallback && bytes != 256)
        {
            throw Broken($"byte_fallback is on, and {bytes} of 256 bytes are pieces");
        }

        InvalidDataException Broken(string what) => new($"{where}: {what}.");
    }
}
