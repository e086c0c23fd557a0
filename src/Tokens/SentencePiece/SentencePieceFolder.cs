using System.Globalization;
using System.Text.Json;
using Euterpe.Tokens.Files;
using Euterpe.Tokens.Models;
using Euterpe.Tokens.Normalizers;
using Euterpe.Tokens.PostProcessors;

namespace Euterpe.Tokens.SentencePiece;

/// <summary>
/// A folder with a SentencePiece model and no tokenizer.json, as the classes T5Tokenizer, XLMRobertaTokenizer and LlamaTokenizer of
/// transformers 4.57 use it (the "slow" ones: added tokens are cut out of the raw text, each part between them is given to SentencePiece).
/// </summary>
internal static class SentencePieceFolder
{
    private const int MostExtraIds = 1 << 20;

    private static readonly string[] s_files = ["spiece.model", "sentencepiece.bpe.model", "tokenizer.model"];

    public static string Files => string.Join(", ", s_files);

    /// <summary>The model file of a folder; null where it has none.</summary>
    public static string? Find(string folder) => s_files.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    public static Tokenizer Load(string folder, string path)
    {
        TokenizerConfig config = TokenizerConfig.Read(folder);
        (int extraIds, bool legacy) = Options(folder);
        PieceFile file = PieceFile.Read(TokenizerFolder.Bytes(path), $"[sentencepiece] {path}");
        var folderOf = new Folder(path, config, new SentencePieceModel(file), extraIds);
        string kind = Kind(folderOf);
        if (!legacy && kind != "XLMRoberta")
        {
            // The space in front is then put there by the class itself, once a text instead of once a part.
            file = file with { Normalization = file.Normalization with { AddDummyPrefix = false } };
            folderOf = folderOf with { Model = new SentencePieceModel(file) };
        }
        return kind switch
        {
            "T5" => T5(folderOf, legacy),
            "XLMRoberta" => XlmRoberta(folderOf),
            _ => Llama(folderOf, legacy),
        };
    }

    private static Tokenizer T5(Folder folder, bool legacy)
    {
        var vocabulary = new Vocabulary(folder.Model.Texts);
        folder = folder.Assuming(vocabulary, ("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "<pad>"));
        TokenizerConfig config = folder.Config;
        List<AddedToken> extra = [];
        if (!config.Added.Any(token => token.Content.StartsWith("<extra_id_", StringComparison.Ordinal)))
        {
            for (int i = 0; i < folder.ExtraIds; i++)
            {
                string token = string.Create(CultureInfo.InvariantCulture, $"<extra_id_{i}>");
                extra.Add(new AddedToken(folder.Model.VocabularySize + folder.ExtraIds - 1 - i, token, LeftStrip: true, RightStrip: true));
            }
        }
        IReadOnlyList<AddedToken> added = folder.Added(extra, vocabulary);
        (string, int) end = folder.Special("eos_token", added, vocabulary);
        return folder.Tokenizer(new TokenizerParts(new SentencePieceTokens(folder.Model, vocabulary, id => id), added)
        {
            Normalizer = folder.Normalizer(legacy),
            PostProcessor = new EndProcessor(end),
            Decoder = new SentencePieceDecoder(folder.Model, added)
            {
                DropsSpace = config.AddPrefixSpace ?? true,
                SpaceBeforeSpecial = true,
                Trims = true,
            },
        });
    }

    private static Tokenizer XlmRoberta(Folder folder)
    {
        // fairseq's dictionary began with other special tokens, so all pieces but those are one further; the mask comes last.
        SentencePieceModel model = folder.Model;
        if (model.UnknownId != 0 || model.VocabularySize < 3)
        {
            throw new InvalidDataException($"[tokenizer] {folder.Path}: XLM-RoBERTa's ids need <unk>, <s> and </s> as the first pieces; the "
                + $"unknown piece has id {model.UnknownId} of {model.VocabularySize}.");
        }
        string[] first = ["<s>", "<pad>", "</s>", "<unk>"];
        var vocabulary = new Vocabulary([.. first, .. model.Texts.Skip(first.Length - 1), "<mask>"]);
        folder = folder with { Config = folder.Config.WithDefaults("Roberta", vocabulary) };
        IReadOnlyList<AddedToken> added = folder.Added([], vocabulary);
        int Map(int id) => Array.IndexOf(first, model.Piece(id)) is >= 0 and int place ? place : id == 0 ? 3 : id + 1;
        return folder.Tokenizer(new TokenizerParts(new SentencePieceTokens(model, vocabulary, Map), added)
        {
            Normalizer = model.Normalizer,
            PostProcessor = new SentencePairProcessor(
                folder.Special("cls_token", added, vocabulary), folder.Special("sep_token", added, vocabulary), roberta: true, false, false),
            Decoder = new SentencePieceDecoder(model, added) { JoinsOnly = true, Trims = true },
        });
    }

    private static Tokenizer Llama(Folder folder, bool legacy)
    {
        var vocabulary = new Vocabulary(folder.Model.Texts);
        folder = folder.Assuming(vocabulary, ("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>"));
        TokenizerConfig config = folder.Config;
        IReadOnlyList<AddedToken> added = folder.Added([], vocabulary);
        TemplatePiece[] Around(int text) =>
        [
            .. (TemplatePiece[])(config.AddsBeginning ?? true ? [new(null, [folder.Special("bos_token", added, vocabulary)], text)] : []),
            new TemplatePiece(text, [], text),
            .. (TemplatePiece[])(config.AddsEnd ?? false ? [new(null, [folder.Special("eos_token", added, vocabulary)], text)] : []),
        ];
        return folder.Tokenizer(new TokenizerParts(new SentencePieceTokens(folder.Model, vocabulary, id => id), added)
        {
            Normalizer = folder.Normalizer(legacy),
            PostProcessor = new TemplateProcessor(Around(0), [.. Around(0), .. Around(1)]),
            Decoder = new SentencePieceDecoder(folder.Model, added)
            {
                DropsSpace = config.AddPrefixSpace ?? true,
                SpaceBeforeSpecial = legacy,
                SpaceAfterFirst = config.AddPrefixSpace ?? true,
                KeepsFirstTight = true,
            },
        });
    }

    private static string Kind(Folder folder)
    {
        string name = Path.GetFileName(folder.Path);
        return folder.Config.Kind switch
        {
            "T5" or "MT5" => "T5",
            "XLMRoberta" => "XLMRoberta",
            "Llama" => "Llama",
            null when name == "spiece.model" && folder.Model is { PadId: 0, EndId: 1, UnknownId: 2 } => "T5",
            null when name == "sentencepiece.bpe.model" => "XLMRoberta",
            null when name == "tokenizer.model" => "Llama",
            null => throw new InvalidDataException($"[tokenizer] {folder.Path}: no tokenizer_config.json names a tokenizer_class, and the "
                + "special pieces are not T5's."),
            _ => throw new InvalidDataException($"[tokenizer] {folder.Path}: a SentencePiece model of the class "
                + $"\"{folder.Config.Settings.Class}\" is not read with its special tokens; those of T5, MT5, XLMRoberta "
                + "and Llama are. Hint: save it as tokenizer.json, or read the file "
                + "alone with SentencePieceModel."),
        };
    }

    private static (int ExtraIds, bool Legacy) Options(string folder)
    {
        string path = Path.Combine(folder, "tokenizer_config.json");
        if (!File.Exists(path))
        {
            return (100, true);
        }
        using JsonDocument json = TokenizerFolder.Parse(TokenizerFolder.Bytes(path), path);
        var fields = new Fields(json.RootElement, Path.GetFileName(path));
        return (fields.Whole("extra_ids", 100, 0, MostExtraIds), fields.Flag("legacy", true));
    }

    private sealed record Folder(string Path, TokenizerConfig Config, SentencePieceModel Model, int ExtraIds)
    {
        /// <summary>The tokens that the class assumes where the files name none.</summary>
        public Folder Assuming(Vocabulary vocabulary, params (string Role, string Token)[] assumed)
        {
            var roles = new Dictionary<string, string>(Config.Settings.Roles);
            var special = new List<AddedToken>(Config.Special);
            foreach ((string role, string token) in assumed)
            {
                if (roles.TryAdd(role, token) && vocabulary.Id(token) is not null)
                {
                    special.Add(new AddedToken(-1, token));
                }
            }
            return this with { Config = Config with { Settings = Config.Settings with { Roles = roles }, Special = special } };
        }

        /// <summary>All added tokens; these classes look for them in the raw text, whatever their flags say.</summary>
        public IReadOnlyList<AddedToken> Added(IReadOnlyList<AddedToken> own, Vocabulary vocabulary) =>
            [.. Config.Merge(own, vocabulary).Select(token => token with { Normalized = false })];

        public (string Token, int Id) Special(string role, IReadOnlyList<AddedToken> added, Vocabulary vocabulary)
        {
            string token = Config.Settings.Roles.GetValueOrDefault(role, "");
            int? id = added.FirstOrDefault(each => each.Content == token)?.Id ?? vocabulary.Id(token);
            return id is int known ? (token, known)
                : throw new InvalidDataException($"[tokenizer] {Path}: the {role} \"{token}\" is not among its pieces.");
        }

        public INormalizer Normalizer(bool legacy) => legacy ? Model.Normalizer
            : new PartNormalizer(Model.Normalizer, Config.Settings.Roles.GetValueOrDefault("unk_token", "<unk>"), Config.AddPrefixSpace ?? true);

        public Tokenizer Tokenizer(TokenizerParts parts) => new(parts, Config.Settings, $"[tokenizer] {Path}");
    }
}
