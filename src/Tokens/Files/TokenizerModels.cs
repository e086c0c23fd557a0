using System.Text.Json;
using Euterpe.Tokens.Models;

namespace Euterpe.Tokens.Files;

/// <summary>The model of a tokenizer.json.</summary>
internal static class TokenizerModels
{
    public static IModel Read(Fields fields) => (fields.TextOrNull("type") ?? Untyped(fields)) switch
    {
        "BPE" => BytePair(fields),
        "Unigram" => Unigram(fields),
        "WordPiece" => WordPiece(fields),
        "WordLevel" => WordLevel(fields),
        string kind => throw new InvalidDataException($"[tokenizer] {fields.Where}: the model \"{kind}\" is not read; BPE, Unigram, WordPiece "
            + "and WordLevel are."),
    };

    /// <summary>Files of the first versions name no type.</summary>
    private static string Untyped(Fields fields) => fields.Find("merges") is not null ? "BPE"
        : fields.Find("vocab") is { ValueKind: JsonValueKind.Array } ? "Unigram"
        : fields.Find("max_input_chars_per_word") is not null ? "WordPiece"
        : fields.Find("vocab") is not null && fields.Find("unk_token") is not null ? "WordLevel" : "without a type";

    private static BytePairModel BytePair(Fields fields)
    {
        if (fields.Find("dropout") is JsonElement dropout && !(dropout.ValueKind == JsonValueKind.Number && dropout.TryGetDouble(out double rate)
            && rate == 0))
        {
            throw new InvalidDataException($"[tokenizer] {fields.Where}: dropout is not read: the same text would not give the same tokens.");
        }
        var options = new BytePairOptions(
            fields.TextOrNull("unk_token"),
            fields.TextOrNull("continuing_subword_prefix") ?? "",
            fields.TextOrNull("end_of_word_suffix") ?? "",
            fields.Flag("fuse_unk", false),
            fields.Flag("byte_fallback", false),
            fields.Flag("ignore_merges", false));
        Vocabulary vocabulary = Vocabulary(fields);
        (string, string)[] merges = [.. fields.List("merges").Select(each => Merge(each.Element, each.Where))];
        fields.Done();
        return new BytePairModel(vocabulary, merges, options, $"[tokenizer] {fields.Where}");
    }

    private static UnigramModel Unigram(Fields fields)
    {
        (string, double)[] pieces = [.. fields.List("vocab").Select(each => Piece(each.Element, each.Where))];
        int unknown = fields.Whole("unk_id", -1, 0, TokenizerJson.LargestId);
        bool byteFallback = fields.Flag("byte_fallback", false);
        fields.Done();
        return new UnigramModel(pieces, unknown < 0 ? null : unknown, byteFallback, $"[tokenizer] {fields.Where}");
    }

    private static WordPieceModel WordPiece(Fields fields)
    {
        string unknown = fields.TextOrNull("unk_token") ?? "[UNK]", prefix = fields.TextOrNull("continuing_subword_prefix") ?? "##";
        int longest = fields.Whole("max_input_chars_per_word", 100, 0, int.MaxValue);
        Vocabulary vocabulary = Vocabulary(fields);
        fields.Done();
        return new WordPieceModel(vocabulary, unknown, prefix, longest, $"[tokenizer] {fields.Where}");
    }

    private static WordLevelModel WordLevel(Fields fields)
    {
        string unknown = fields.Text("unk_token");
        Vocabulary vocabulary = Vocabulary(fields);
        fields.Done();
        return new WordLevelModel(vocabulary, unknown, $"[tokenizer] {fields.Where}");
    }

    private static Vocabulary Vocabulary(Fields fields) => TokenizerJson.Vocabulary(fields.Map("vocab"), $"{fields.Where}.vocab");

    /// <summary>A piece and its score: ["a", -1.5].</summary>
    private static (string Piece, double Score) Piece(JsonElement piece, string where)
    {
        if (piece.ValueKind != JsonValueKind.Array || piece.GetArrayLength() != 2)
        {
            throw Fields.Wrong(where, "a piece and its score", piece);
        }
        return piece[1].ValueKind == JsonValueKind.Number && piece[1].TryGetDouble(out double score) && double.IsFinite(score)
            ? (Fields.TextOf(piece[0], where), score) : throw Fields.Wrong($"{where}[1]", "a finite number", piece[1]);
    }

    /// <summary>A merge: ["a", "b"], or "a b" in older files.</summary>
    private static (string First, string Second) Merge(JsonElement merge, string where)
    {
        if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2)
        {
            return (Fields.TextOf(merge[0], where), Fields.TextOf(merge[1], where));
        }
        string text = Fields.TextOf(merge, where);
        string[] halves = text.Split(' ');
        return halves.Length == 2 ? (halves[0], halves[1]) : throw new InvalidDataException($"[tokenizer] {where}: \"{text}\" is not two "
            + $"tokens with a space between.");
    }
}
