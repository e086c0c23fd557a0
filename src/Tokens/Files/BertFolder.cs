using Euterpe.Tokens.Decoders;
using Euterpe.Tokens.Models;
using Euterpe.Tokens.Normalizers;
using Euterpe.Tokens.PostProcessors;
using Euterpe.Tokens.PreTokenizers;

namespace Euterpe.Tokens.Files;

/// <summary>BERT's own layout: vocab.txt, a token a line, and the rules of its class, as transformers converts them.</summary>
internal static class BertFolder
{
    public const string File = "vocab.txt";
    private const int LongestWord = 100;

    private static readonly string[] s_kinds =
        ["Bert", "DistilBert", "Electra", "MobileBert", "ConvBert", "LayoutLM", "Lxmert", "Retribert", "Splinter"];

    /// <summary>Whether a class (without "Tokenizer") is BERT's or works as it does.</summary>
    public static bool IsKind(string? kind) => s_kinds.Contains(kind);

    public static Tokenizer Load(string folder)
    {
        string where = $"[tokenizer] {folder}", path = Path.Combine(folder, File);
        TokenizerConfig config = TokenizerConfig.Read(folder);
        if (config.Kind is string kind && !IsKind(kind))
        {
            throw new InvalidDataException($"{where}: {File} of the class \"{config.Settings.Class}\" is not read; "
                + $"those of {string.Join(", ", s_kinds)} are. Hint: save it as tokenizer.json.");
        }
        string[] lines = TokenizerFolder.ReadText(path).TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        var vocabulary = new Vocabulary(lines[^1].Length == 0 ? lines[..^1] : lines);
        config = config.WithDefaults("Bert", vocabulary);
        (string, int) Special(string role) => vocabulary.Id(config.Settings.Roles[role]) is int id ? (config.Settings.Roles[role], id)
            : throw new InvalidDataException($"{where}: the {role} \"{config.Settings.Roles[role]}\" is not in {File}.");
        bool lowercase = config.Lowercase ?? true;
        var model = new WordPieceModel(vocabulary, config.Settings.Roles["unk_token"], "##", LongestWord, $"[tokenizer] {path}");
        TemplatePiece first = new(null, [Special("cls_token")], 0), end = new(null, [Special("sep_token")], 0);
        var parts = new TokenizerParts(model, config.Merge([], vocabulary))
        {
            Normalizer = new BertNormalizer(true, config.ChineseCharacters ?? true, config.StripAccents, lowercase),
            PreTokenizer = new BertPreTokenizer(),
            PostProcessor = new TemplateProcessor([first, new(0, [], 0), end], [first, new(0, [], 0), end, new(1, [], 1), end with { TypeId = 1 }]),
            Decoder = new WordPieceDecoder("##", cleanup: true),
        };
        return new Tokenizer(parts, config.Settings, where);
    }
}
