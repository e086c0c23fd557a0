using System.Buffers;
using System.Text;

namespace Euterpe.Tokens.SentencePiece;

/// <summary>Pieces to text, as SentencePieceProcessor::Decode does.</summary>
internal static class PieceDecoding
{
    private const char Space = (char)PieceNormalizer.Space;

    public static string Decode(IEnumerable<string> pieces, PieceFile file, PieceLexicon lexicon)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        bool atStart = true, tookSpace = false;
        foreach (string piece in pieces)
        {
            int id = lexicon.Id(piece);
            PieceKind kind = file.Pieces[id].Kind;
            if (kind == PieceKind.Byte)
            {
                bytes.Add((byte)PieceBytes.Value(piece));
                continue;
            }
            Flush(bytes, text);
            atStart &= !tookSpace && text.Length == 0;
            tookSpace = false;
            switch (kind)
            {
                case PieceKind.Control:
                    break;
                case PieceKind.Unknown:
                    text.Append(piece == file.Pieces[id].Text ? file.UnknownSurface : piece);
                    break;
                default:
                    ReadOnlySpan<char> rest = piece;
                    if (atStart && rest[0] == Space && (file.Normalization.AddDummyPrefix || file.Normalization.RemoveExtraWhiteSpace))
                    {
                        // Where extra spaces are removed, all of those in front go; else only the one that was put there.
                        rest = rest[1..];
                        tookSpace = !file.Normalization.RemoveExtraWhiteSpace;
                    }
                    text.Append(rest).Replace(Space, ' ', text.Length - rest.Length, rest.Length);
                    break;
            }
        }
        Flush(bytes, text);
        return text.ToString();
    }

    /// <summary>Bytes as UTF-8; each that is none gives U+FFFD.</summary>
    private static void Flush(List<byte> bytes, StringBuilder to)
    {
        ReadOnlySpan<byte> rest = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes);
        while (!rest.IsEmpty)
        {
            bool isValid = Rune.DecodeFromUtf8(rest, out Rune rune, out int length) == OperationStatus.Done;
            to.Append(isValid ? rune.ToString() : "\uFFFD");
            rest = rest[(isValid ? length : 1)..];
        }
        bytes.Clear();
    }
}
