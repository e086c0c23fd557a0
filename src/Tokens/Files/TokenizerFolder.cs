using System.Text.Json;
using Euterpe.Tokens.Decoders;
using Euterpe.Tokens.Models;
using Euterpe.Tokens.Normalizers;
using Euterpe.Tokens.Patterns;
using Euterpe.Tokens.PostProcessors;
using Euterpe.Tokens.PreTokenizers;
using Euterpe.Tokens.SentencePiece;
using Euterpe.Tokens.Unicode;

namespace Euterpe.Tokens.Files;

/// <summary>The files of a tokenizer, in both spellings: tokenizer.json, or vocab.json with merges.txt and the rules of its class.</summary>
internal static class TokenizerFolder
{
    private const int LargestFile = 1 << 28;
    private const string Qwen2Expression =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    public static Tokenizer Load(string path)
    {
        bool isFolder = Directory.Exists(path);
        string folder = isFolder ? path : Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!isFolder && path.EndsWith(".model", StringComparison.Ordinal))
        {
            return SentencePieceFolder.Load(folder, path);
        }
        string json = isFolder ? Path.Combine(path, "tokenizer.json") : path;
        if (!isFolder || File.Exists(json))
        {
            return Read(Bytes(json), TokenizerConfig.Read(folder), json);
        }
        if (File.Exists(Path.Combine(folder, "vocab.json")) && File.Exists(Path.Combine(folder, "merges.txt")))
        {
            return FromVocabulary(folder);
        }
        if (SentencePieceFolder.Find(folder) is string model)
        {
            return SentencePieceFolder.Load(folder, model);
        }
        return File.Exists(Path.Combine(folder, BertFolder.File)) ? BertFolder.Load(folder)
            : throw new FileNotFoundException($"[tokenizer] {folder}: no tokenizer.json, no vocab.json with merges.txt, "
                + $"none of {SentencePieceFolder.Files}, no {BertFolder.File}.");
    }

    public static Tokenizer Read(ReadOnlyMemory<byte> bytes, TokenizerConfig? config, string name)
    {
        using JsonDocument json = Parse(bytes, name);
        TokenizerParts parts = TokenizerJson.Read(json.RootElement, Path.GetFileName(name));
        config ??= TokenizerConfig.Empty;
        parts = ConfiguredParts.Apply(parts, config, $"[tokenizer] {name}");
        return new Tokenizer(parts with { Added = config.Merge(parts.Added, parts.Model.Vocabulary) }, config.Settings, $"[tokenizer] {name}");
    }

    public static JsonDocument Parse(ReadOnlyMemory<byte> bytes, string name)
    {
        try
        {
            bool mark = bytes.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]);
            return JsonDocument.Parse(mark ? bytes[3..] : bytes, s_json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"[tokenizer] {name}: not the JSON it should be: {e.Message}", e);
        }
    }

    public static byte[] Bytes(string path)
    {
        var info = new FileInfo(path);
        return info.Length <= LargestFile ? File.ReadAllBytes(path)
            : throw new InvalidDataException($"[tokenizer] {path}: {info.Length} bytes; a tokenizer's file has at most {LargestFile}.");
    }

    private static Tokenizer FromVocabulary(string folder)
    {
        string vocabularyFile = Path.Combine(folder, "vocab.json"), mergesFile = Path.Combine(folder, "merges.txt");
        TokenizerConfig config = TokenizerConfig.Read(folder);
        Vocabulary vocabulary;
        using (JsonDocument json = Parse(Bytes(vocabularyFile), vocabularyFile))
        {
            vocabulary = TokenizerJson.Vocabulary(Fields.MapOf(json.RootElement, "vocab.json"), "vocab.json");
        }
        var model = new BytePairModel(vocabulary, Merges(mergesFile), new BytePairOptions(), $"[tokenizer] {mergesFile}");
        string kind = Kind(config, vocabulary, folder);
        config = config.WithDefaults(kind, vocabulary);
        bool space = config.AddPrefixSpace ?? false;
        (string, int) Special(string role) => config.Settings.Roles.TryGetValue(role, out string? token) && vocabulary.Id(token) is int id
            ? (token, id)
            : throw new InvalidDataException($"[tokenizer] {folder}: a {kind} tokenizer needs its {role} in vocab.json.");
        var parts = new TokenizerParts(model, config.Merge([], vocabulary)) { Decoder = new ByteLevelDecoder() };
        parts = kind switch
        {
            "Roberta" => parts with
            {
                PreTokenizer = new ByteLevelPreTokenizer(space, useRegex: true),
                PostProcessor = new SentencePairProcessor(Special("cls_token"), Special("sep_token"), roberta: true, config.TrimOffsets, space),
            },
            "GPT2" => parts with
            {
                PreTokenizer = new ByteLevelPreTokenizer(space, useRegex: true),
                PostProcessor = new ByteLevelProcessor(addPrefixSpace: true, trimOffsets: false),
            },
            _ => parts with
            {
                Normalizer = new FormNormalizer(NormalizationForm.Nfc),
                PreTokenizer = new PreTokenizerSequence(
                    [new SplitPreTokenizer(RegexPattern.Of(Qwen2Expression), SplitBehavior.Isolated, invert: false),
                        new ByteLevelPreTokenizer(space, useRegex: false)]),
                PostProcessor = new ByteLevelProcessor(addPrefixSpace: true, trimOffsets: false),
            },
        };
        return new Tokenizer(parts, config.Settings, $"[tokenizer] {folder}");
    }

    /// <summary>The class decides; folders of the first years name none and are told by their special tokens.</summary>
    private static string Kind(TokenizerConfig config, Vocabulary vocabulary, string folder)
    {
        string? name = config.Kind;
        if (config.AddsBeginning is true && name is "GPT2")
        {
            throw new InvalidDataException($"[tokenizer] {folder}: add_bos_token with vocab.json is not read. Hint: save it as tokenizer.json.");
        }
        return name switch
        {
            "Roberta" or "Bart" or "Clap" or "Longformer" => "Roberta",
            "GPT2" or "Qwen2" => name,
            null when vocabulary.Id("<s>") is not null && vocabulary.Id("</s>") is not null && vocabulary.Id("<mask>") is not null => "Roberta",
            null when vocabulary.Id("<|endoftext|>") is not null && vocabulary.Id("<s>") is null => "GPT2",
            null => throw new InvalidDataException($"[tokenizer] {folder}: no tokenizer_config.json, and the special tokens are neither "
                + $"RoBERTa's nor GPT-2's."),
            _ => throw new InvalidDataException($"[tokenizer] {folder}: vocab.json and merges.txt of the class \"{config.Settings.Class}\" "
                + $"are not read; "
                + "those of Roberta, Bart, GPT2 and Qwen2 are. Hint: save it as tokenizer.json."),
        };
    }

    /// <summary>The text of a file of at most <see cref="LargestFile"/> bytes, which is UTF-8.</summary>
    public static string ReadText(string path)
    {
        try
        {
            return new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Bytes(path));
        }
        catch (System.Text.DecoderFallbackException e)
        {
            throw new InvalidDataException($"[tokenizer] {path}: not UTF-8.", e);
        }
    }

    private static List<(string First, string Second)> Merges(string path)
    {
        var merges = new List<(string, string)>();
        int number = 0;
        foreach (string line in ReadText(path).Split('\n'))
        {
            number++;
            string pair = line.TrimEnd('\r');
            if (pair.Length == 0 || (number == 1 && pair.StartsWith("#version", StringComparison.Ordinal)))
            {
                continue;
            }
            string[] halves = pair.Split(' ');
            merges.Add(halves.Length == 2 ? (halves[0], halves[1])
                : throw new InvalidDataException($"[tokenizer] {path}: line {number}: \"{pair}\" is not two tokens with a space between."));
        }
        return merges;
    }
}
