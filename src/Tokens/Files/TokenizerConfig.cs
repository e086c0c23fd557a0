using System.Text.Json;
using Euterpe.Tokens.Models;

namespace Euterpe.Tokens.Files;

/// <summary>
/// What tokenizer_config.json, special_tokens_map.json and added_tokens.json say. They are transformers' own files, with keys of every
/// version and class, so keys that are not needed here are passed over.
/// </summary>
internal sealed record TokenizerConfig
{
    private static readonly string[] s_roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    public static TokenizerConfig Empty { get; } = new();

    public TokenizerSettings Settings { get; init; } = new();

    public bool? AddPrefixSpace { get; init; }

    /// <summary>add_bos_token and add_eos_token.</summary>
    public bool? AddsBeginning { get; init; }

    public bool? AddsEnd { get; init; }

    /// <summary>do_lower_case, strip_accents, tokenize_chinese_chars: how BERT's classes treat the text; those that are given.</summary>
    public bool? Lowercase { get; init; }

    public bool? StripAccents { get; init; }

    public bool? ChineseCharacters { get; init; }

    /// <summary>The name of the class without "Tokenizer" and "Fast".</summary>
    public string? Kind => Settings.Class?.Replace("TokenizerFast", "", StringComparison.Ordinal).Replace("Tokenizer", "", StringComparison.Ordinal);

    public bool TrimOffsets { get; init; } = true;

    /// <summary>Added tokens with ids (added_tokens_decoder, added_tokens.json).</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>Tokens with a role, with or without an id of their own.</summary>
    public IReadOnlyList<AddedToken> Special { get; init; } = [];

    public static TokenizerConfig Read(string folder)
    {
        TokenizerConfig config = Empty;
        config = With(folder, "added_tokens.json", config, AddedMap);
        config = With(folder, "special_tokens_map.json", config, Roles);
        return With(folder, "tokenizer_config.json", config, (before, root, name) => Main(Roles(before, root, name), root, name));
    }

    /// <summary>The tokens of RoBERTa, BERT and GPT-2 that transformers assumes where the files name none.</summary>
    public TokenizerConfig WithDefaults(string kind, Vocabulary vocabulary)
    {
        (string Role, string Token)[] assumed = kind switch
        {
            "Roberta" => [("bos_token", "<s>"), ("eos_token", "</s>"), ("sep_token", "</s>"), ("cls_token", "<s>"), ("unk_token", "<unk>"),
                ("pad_token", "<pad>"), ("mask_token", "<mask>")],
            "Bert" => [("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"), ("mask_token", "[MASK]")],
            _ => [("eos_token", "<|endoftext|>"), ("unk_token", "<|endoftext|>")],
        };
        var roles = new Dictionary<string, string>(Settings.Roles);
        var special = new List<AddedToken>(Special);
        foreach ((string role, string token) in assumed)
        {
            if (roles.TryAdd(role, token) && vocabulary.Id(token) is not null)
            {
                special.Add(new AddedToken(-1, token, LeftStrip: role == "mask_token" && kind == "Roberta"));
            }
        }
        return this with { Settings = Settings with { Roles = roles }, Special = special };
    }

    /// <summary>Added tokens of the tokenizer, then those of the configuration: the latter's flags win, as in transformers.</summary>
    public IReadOnlyList<AddedToken> Merge(IReadOnlyList<AddedToken> tokens, Vocabulary vocabulary)
    {
        var merged = new List<AddedToken>(tokens);
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < merged.Count; i++)
        {
            places.TryAdd(merged[i].Content, i);
        }
        int next = Math.Max(vocabulary.LargestId, merged.Concat(Added).Select(token => token.Id).DefaultIfEmpty(-1).Max()) + 1;
        foreach (AddedToken token in Added)
        {
            if (!places.TryGetValue(token.Content, out int place))
            {
                places.Add(token.Content, merged.Count);
                merged.Add(token);
            }
            else if (merged[place].Id == token.Id)
            {
                merged[place] = token;
            }
        }
        foreach (AddedToken token in Special)
        {
            if (token.Content.Length > 0 && places.TryAdd(token.Content, merged.Count))
            {
                merged.Add(token with { Id = vocabulary.Id(token.Content) ?? next++ });
            }
        }
        return merged;
    }

    private static TokenizerConfig With(string folder, string name, TokenizerConfig config, Func<TokenizerConfig, JsonElement, string,
        TokenizerConfig> read)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return config;
        }
        using JsonDocument json = TokenizerFolder.Parse(TokenizerFolder.Bytes(path), path);
        return read(config, json.RootElement, name);
    }

    private static TokenizerConfig AddedMap(TokenizerConfig config, JsonElement root, string name) => config with
    {
        Added = [.. Fields.MapOf(root, name).Select(each => new AddedToken(Fields.WholeOf(each.Value, $"{name}[\"{each.Key}\"]", 0, 1 << 28),
            each.Key,
            Normalized: true, Special: false))],
    };

    private static TokenizerConfig Roles(TokenizerConfig config, JsonElement root, string name)
    {
        var fields = new Fields(root, name);
        var roles = new Dictionary<string, string>(config.Settings.Roles);
        var special = config.Special.ToList();
        foreach (string role in s_roles)
        {
            if (fields.Find(role) is not JsonElement value)
            {
                continue;
            }
            AddedToken token = value.ValueKind == JsonValueKind.Object
                ? TokenizerJson.Added(new Fields(value, $"{name}.{role}"), -1)
                : new AddedToken(-1, Fields.TextOf(value, $"{name}.{role}"), LeftStrip: role == "mask_token");
            roles[role] = token.Content;
            special.RemoveAll(each => each.Content == token.Content && value.ValueKind == JsonValueKind.Object);
            special.Add(token with { Special = true });
        }
        if (fields.Find("additional_special_tokens") is JsonElement list)
        {
            foreach ((JsonElement element, string where) in Fields.ListOf(list, $"{name}.additional_special_tokens"))
            {
                special.Add(element.ValueKind == JsonValueKind.Object ? TokenizerJson.Added(new Fields(element, where), -1) with { Special = true }
                    : new AddedToken(-1, Fields.TextOf(element, where)));
            }
        }
        return config with { Settings = config.Settings with { Roles = roles }, Special = special };
    }

    private static TokenizerConfig Main(TokenizerConfig config, JsonElement root, string name)
    {
        var fields = new Fields(root, name);
        List<AddedToken> added = [.. config.Added];
        if (fields.Find("added_tokens_decoder") is not null)
        {
            // The newer file, with all flags, takes the place of added_tokens.json.
            added.Clear();
            foreach ((string key, JsonElement value) in fields.Map("added_tokens_decoder"))
            {
                string where = $"{name}.added_tokens_decoder[\"{key}\"]";
                added.Add(TokenizerJson.Added(new Fields(value, where), int.TryParse(key, out int id) && id is >= 0 and < 1 << 28 ? id
                    : throw new InvalidDataException($"[tokenizer] {where}: the key is not an id.")));
            }
        }
        int? longest = fields.Find("model_max_length") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int most)
            && most > 0 ? most : null;
        return config with
        {
            Added = added,
            AddPrefixSpace = FlagOrNull(fields, "add_prefix_space"),
            AddsBeginning = FlagOrNull(fields, "add_bos_token"),
            AddsEnd = FlagOrNull(fields, "add_eos_token"),
            Lowercase = FlagOrNull(fields, "do_lower_case"),
            StripAccents = FlagOrNull(fields, "strip_accents"),
            ChineseCharacters = FlagOrNull(fields, "tokenize_chinese_chars"),
            TrimOffsets = fields.Flag("trim_offsets", true),
            Settings = config.Settings with
            {
                ModelMaxLength = longest,
                PaddingSide = SideOf(fields, "padding_side"),
                TruncationSide = SideOf(fields, "truncation_side"),
                CleanUpSpaces = fields.Flag("clean_up_tokenization_spaces", false),
                Class = fields.TextOrNull("tokenizer_class"),
            },
        };
    }

    private static bool? FlagOrNull(Fields fields, string key) => fields.Find(key) is null ? null : fields.Flag(key, false);

    private static Side SideOf(Fields fields, string key) => fields.TextOrNull(key) switch
    {
        null or "right" => Side.Right,
        "left" => Side.Left,
        string other => throw new InvalidDataException($"[tokenizer] {fields.Where}.{key}: \"{other}\" is neither left nor right."),
    };
}
