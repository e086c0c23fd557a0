using System.Text.Json;
using Euterpe.Tokens.Decoders;
using Euterpe.Tokens.Normalizers;
using Euterpe.Tokens.Patterns;
using Euterpe.Tokens.PostProcessors;
using Euterpe.Tokens.PreTokenizers;
using Euterpe.Tokens.SentencePiece;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Files;

/// <summary>The components of a tokenizer.json by their names; one that is not known is refused by its name.</summary>
internal static class TokenizerComponents
{
    private const int MostAdded = 1 << 16;

    public static INormalizer Normalizer(Fields fields)
    {
        INormalizer normalizer = fields.Kind switch
        {
            "NFC" => new FormNormalizer(NormalizationForm.Nfc),
            "NFD" => new FormNormalizer(NormalizationForm.Nfd),
            "NFKC" => new FormNormalizer(NormalizationForm.Nfkc),
            "NFKD" => new FormNormalizer(NormalizationForm.Nfkd),
            "Lowercase" => new LowercaseNormalizer(),
            "Strip" => new StripNormalizer(fields.Flag("strip_left", true), fields.Flag("strip_right", true)),
            "StripAccents" => new StripAccentsNormalizer(),
            "Nmt" => new NmtNormalizer(),
            "Prepend" => new PrependNormalizer(Runes.Of(fields.Text("prepend"))),
            "Replace" => new ReplaceNormalizer(Pattern(fields, "pattern"), Runes.Of(fields.Text("content"))),
            "ByteLevel" => new ByteLevelNormalizer(),
            "BertNormalizer" => Bert(fields),
            "Precompiled" => new PrecompiledNormalizer(CharsMapOf(fields)),
            "Sequence" => new NormalizerSequence(Parts(fields, "normalizers", Normalizer)),
            _ => throw fields.Unknown("normalizer", "NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Nmt, Prepend, Replace, ByteLevel, "
                + "BertNormalizer, Precompiled and Sequence"),
        };
        fields.Done();
        return normalizer;
    }

    public static IPreTokenizer PreTokenizer(Fields fields)
    {
        IPreTokenizer preTokenizer = fields.Kind switch
        {
            "ByteLevel" => ByteLevel(fields),
            "Split" => new SplitPreTokenizer(Pattern(fields, "pattern"), TokenizerJson.Named<SplitBehavior>(fields, "behavior"),
                fields.Flag("invert", false)),
            "Digits" => new SplitPreTokenizer(
                KindPattern.Number, fields.Flag("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous, invert: false),
            "Punctuation" => new SplitPreTokenizer(KindPattern.Punctuation,
                fields.Find("behavior") is null ? SplitBehavior.Isolated : TokenizerJson.Named<SplitBehavior>(fields, "behavior"), invert: false),
            "Whitespace" => new SplitPreTokenizer(new WordPattern(), SplitBehavior.Removed, invert: true),
            "WhitespaceSplit" => new SplitPreTokenizer(KindPattern.WhiteSpace, SplitBehavior.Removed, invert: false),
            "CharDelimiterSplit" => new SplitPreTokenizer(
                new LiteralPattern([Character(fields, "delimiter", null)]), SplitBehavior.Removed, invert: false),
            "BertPreTokenizer" => new BertPreTokenizer(),
            "Metaspace" => new MetaspacePreTokenizer(Mark(fields), Scheme(fields), fields.Flag("split", true)),
            "FixedLength" => new FixedLengthPreTokenizer(fields.Whole("length", 5, 1, int.MaxValue)),
            "Sequence" => new PreTokenizerSequence(Parts(fields, "pretokenizers", PreTokenizer)),
            _ => throw fields.Unknown(
                "pre-tokenizer", "ByteLevel, BertPreTokenizer, Metaspace, Split, Digits, Punctuation, Whitespace, WhitespaceSplit, CharDelimiterSplit, "
                    + "FixedLength and Sequence"),
        };
        fields.Done();
        return preTokenizer;
    }

    public static IPostProcessor PostProcessor(Fields fields)
    {
        IPostProcessor processor = fields.Kind switch
        {
            "ByteLevel" => ByteLevelProcessing(fields),
            "RobertaProcessing" => new SentencePairProcessor(Special(fields, "cls"), Special(fields, "sep"), roberta: true,
                fields.Flag("trim_offsets", true), fields.Flag("add_prefix_space", true)),
            "BertProcessing" => new SentencePairProcessor(Special(fields, "cls"), Special(fields, "sep"), roberta: false, false, false),
            "TemplateProcessing" => Template(fields),
            "Sequence" => new PostProcessorSequence(Parts(fields, "processors", PostProcessor), fields.Where),
            _ => throw fields.Unknown("post-processor", "ByteLevel, RobertaProcessing, BertProcessing, TemplateProcessing and Sequence"),
        };
        fields.Done();
        return processor;
    }

    public static IDecoder Decoder(Fields fields)
    {
        IDecoder decoder = fields.Kind switch
        {
            "ByteLevel" => ByteLevelDecoding(fields),
            "ByteFallback" => new ByteFallbackDecoder(),
            "Fuse" => new FuseDecoder(),
            "BPEDecoder" => new EndSuffixDecoder(fields.Text("suffix")),
            "Replace" => new ReplaceDecoder(Pattern(fields, "pattern"), fields.Text("content")),
            "Strip" => new StripDecoder(
                Character(fields, "content", null), fields.Whole("start", 0, 0, int.MaxValue), fields.Whole("stop", 0, 0, int.MaxValue)),
            "WordPiece" => new WordPieceDecoder(fields.TextOrNull("prefix") ?? "##", fields.Flag("cleanup", true)),
            "Metaspace" => MetaspaceDecoding(fields),
            "CTC" => new CtcDecoder(
                NotEmpty(fields, "pad_token", "<pad>"), NotEmpty(fields, "word_delimiter_token", "|"), fields.Flag("cleanup", true)),
            "Sequence" => new DecoderSequence(Parts(fields, "decoders", Decoder)),
            _ => throw fields.Unknown("decoder", "ByteLevel, ByteFallback, Fuse, WordPiece, Metaspace, BPEDecoder, CTC, Replace, Strip and Sequence"),
        };
        fields.Done();
        return decoder;
    }

    private static List<T> Parts<T>(Fields fields, string key, Func<Fields, T> read) =>
        [.. fields.List(key).Select(each => read(new Fields(each.Element, each.Where)))];

    private static ByteLevelPreTokenizer ByteLevel(Fields fields)
    {
        fields.Flag("trim_offsets", true);
        return new ByteLevelPreTokenizer(fields.Flag("add_prefix_space", true), fields.Flag("use_regex", true));
    }

    // One record serves all three uses upstream, so each holds the keys of the others.
    private static ByteLevelProcessor ByteLevelProcessing(Fields fields)
    {
        fields.Flag("use_regex", true);
        return new ByteLevelProcessor(fields.Flag("add_prefix_space", true), fields.Flag("trim_offsets", true));
    }

    private static ByteLevelDecoder ByteLevelDecoding(Fields fields)
    {
        fields.Flag("add_prefix_space", true);
        fields.Flag("trim_offsets", true);
        fields.Flag("use_regex", true);
        return new ByteLevelDecoder();
    }

    private static IPattern Pattern(Fields fields, string key)
    {
        var inner = new Fields(fields.Get(key), $"{fields.Where}.{key}");
        IPattern pattern = inner.TextOrNull("String") is string literal ? Literal(literal, inner) : RegexPattern.Of(inner.Text("Regex"));
        inner.Done();
        return pattern;
    }

    private static LiteralPattern Literal(string literal, Fields fields) =>
        literal.Length > 0 ? new LiteralPattern(Runes.Of(literal))
            : throw new InvalidDataException($"[tokenizer] {fields.Where}: an empty string to look for.");

    private static string NotEmpty(Fields fields, string key, string missing) =>
        (fields.TextOrNull(key) ?? missing) is { Length: > 0 } content ? content
            : throw new InvalidDataException($"[tokenizer] {fields.Where}.{key}: an empty string.");

    private static BertNormalizer Bert(Fields fields)
    {
        bool? accents = fields.Find("strip_accents") is null ? null : fields.Flag("strip_accents", false);
        return new BertNormalizer(
            fields.Flag("clean_text", true), fields.Flag("handle_chinese_chars", true), accents, fields.Flag("lowercase", true));
    }

    private static CharsMap CharsMapOf(Fields fields)
    {
        string text = fields.Text("precompiled_charsmap"), where = $"[tokenizer] {fields.Where}.precompiled_charsmap";
        var bytes = new byte[(text.Length / 4 * 3) + 3];
        return Convert.TryFromBase64String(text, bytes, out int count) ? new CharsMap(bytes.AsSpan(0, count), where)
            : throw new InvalidDataException($"{where}: not base 64.");
    }

    private static MetaspaceDecoder MetaspaceDecoding(Fields fields)
    {
        fields.Flag("split", true);
        return new MetaspaceDecoder(Mark(fields), Scheme(fields));
    }

    private static int Mark(Fields fields)
    {
        // Older files repeat it as a string.
        fields.TextOrNull("str_rep");
        return Character(fields, "replacement", "\u2581");
    }

    private static int Character(Fields fields, string key, string? missing) =>
        Runes.Of(missing is null ? fields.Text(key) : fields.TextOrNull(key) ?? missing) is [int rune] ? rune
            : throw new InvalidDataException($"[tokenizer] {fields.Where}.{key}: it is not one character.");

    /// <summary>prepend_scheme, or add_prefix_space of older files.</summary>
    private static PrependScheme Scheme(Fields fields)
    {
        bool space = fields.Flag("add_prefix_space", true);
        PrependScheme? scheme = fields.TextOrNull("prepend_scheme") switch
        {
            null => null,
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            string other => throw new InvalidDataException(
                $"[tokenizer] {fields.Where}.prepend_scheme: \"{other}\" is none of always, first, never."),
        };
        return space ? scheme ?? PrependScheme.Always : scheme is null or PrependScheme.Never ? PrependScheme.Never
            : throw new InvalidDataException($"[tokenizer] {fields.Where}: add_prefix_space is false, and prepend_scheme asks for a space.");
    }

    private static (string Token, int Id) Special(Fields fields, string key)
    {
        JsonElement pair = fields.Get(key);
        string where = $"{fields.Where}.{key}";
        return pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
            ? (Fields.TextOf(pair[0], where), Fields.WholeOf(pair[1], where, 0, int.MaxValue))
                : throw Fields.Wrong(where, "a token and its id", pair);
    }

    private static TemplateProcessor Template(Fields fields)
    {
        var special = new Dictionary<string, List<(string, int)>>(StringComparer.Ordinal);
        foreach ((string key, JsonElement value) in fields.Map("special_tokens"))
        {
            var token = new Fields(value, $"{fields.Where}.special_tokens");
            token.Text("id");
            int[] ids = [.. token.List("ids").Select(each => Fields.WholeOf(each.Element, each.Where, 0, int.MaxValue))];
            string[] tokens = [.. token.List("tokens").Select(each => Fields.TextOf(each.Element, each.Where))];
            token.Done();
            special.Add(key, ids.Length == tokens.Length ? [.. tokens.Zip(ids)]
                : throw new InvalidDataException($"[tokenizer] {fields.Where}: the special token \"{key}\" has {ids.Length} ids and "
                    + $"{tokens.Length} strings."));
        }
        List<TemplatePiece> single = Pieces(fields, "single", special), pair = Pieces(fields, "pair", special);
        if (single.Any(piece => piece.Text == 1))
        {
            throw new InvalidDataException($"[tokenizer] {fields.Where}.single: text B in a template of one text.");
        }
        long most = Math.Max(single.Sum(piece => (long)piece.Special.Count), pair.Sum(piece => (long)piece.Special.Count));
        return most <= MostAdded ? new TemplateProcessor(single, pair)
            : throw new InvalidDataException($"[tokenizer] {fields.Where}: it adds {most} tokens to a text; at most {MostAdded} are read.");
    }

    private static List<TemplatePiece> Pieces(Fields fields, string key, Dictionary<string, List<(string, int)>> special)
    {
        var pieces = new List<TemplatePiece>();
        foreach ((JsonElement element, string where) in fields.List(key))
        {
            var piece = new Fields(element, where);
            bool isText = piece.Find("Sequence") is not null;
            var inner = new Fields(piece.Get(isText ? "Sequence" : "SpecialToken"), where);
            string id = inner.Text("id");
            int type = inner.Whole("type_id", 0, 0, 255);
            inner.Done();
            piece.Done();
            pieces.Add(isText
                ? new TemplatePiece(id is "A" or "B" ? id[0] - 'A'
                    : throw new InvalidDataException($"[tokenizer] {where}: text \"{id}\"; there are A and B."), [], type)
                : new TemplatePiece(null, special.GetValueOrDefault(id)
                    ?? throw new InvalidDataException($"[tokenizer] {where}: \"{id}\" is not among the special_tokens."), type));
        }
        return pieces;
    }
}
