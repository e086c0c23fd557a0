using Euterpe.Tokens.Normalizers;
using Euterpe.Tokens.PostProcessors;
using Euterpe.Tokens.PreTokenizers;

namespace Euterpe.Tokens.Files;

/// <summary>Where tokenizer_config.json says something else than tokenizer.json, transformers' classes follow the former.</summary>
internal static class ConfiguredParts
{
    public static TokenizerParts Apply(TokenizerParts parts, TokenizerConfig config, string where)
    {
        bool isByteLevel = config.Kind is "Roberta" or "Bart" or "Longformer" or "GPT2" or "Whisper";
        if ((config.AddPrefixSpace ?? (isByteLevel ? false : null)) is bool space)
        {
            if (parts.PreTokenizer is ByteLevelPreTokenizer level && level.AddPrefixSpace != space)
            {
                parts = parts with { PreTokenizer = new ByteLevelPreTokenizer(space, level.UseRegex) };
            }
            if (config.Kind is "Roberta" or "Bart" or "Longformer" && parts.PostProcessor is SentencePairProcessor pair)
            {
                parts = parts with { PostProcessor = pair.Configured(config.TrimOffsets, space) };
            }
        }
        if (BertFolder.IsKind(config.Kind) && parts.Normalizer is BertNormalizer bert)
        {
            parts = parts with { Normalizer = bert.Configured(config.Lowercase, config.StripAccents, config.ChineseCharacters) };
        }
        if (config.Kind is "Llama" or "CodeLlama" or "Gemma" && (config.AddsBeginning ?? config.AddsEnd) is not null)
        {
            parts = parts with { PostProcessor = Framed(parts, config, where) };
        }
        return parts;
    }

    /// <summary>Llama's: its beginning and its end around each text, as far as they are asked for.</summary>
    private static TemplateProcessor Framed(TokenizerParts parts, TokenizerConfig config, string where)
    {
        IReadOnlyList<(string, int)> Special(string role, bool wanted)
        {
            if (!wanted)
            {
                return [];
            }
            int? Find(string token) => parts.Added.FirstOrDefault(each => each.Content == token)?.Id ?? parts.Model.Vocabulary.Id(token);
            return config.Settings.Roles.TryGetValue(role, out string? name) && Find(name) is int id ? [(name, id)]
                : throw new InvalidDataException($"{where}: tokenizer_config.json asks for a {role}, and there is none.");
        }
        IReadOnlyList<(string, int)> beginning = Special("bos_token", config.AddsBeginning ?? true);
        IReadOnlyList<(string, int)> end = Special("eos_token", config.AddsEnd ?? false);
        TemplatePiece[] Text(int which) => [new(null, beginning, which), new(which, [], which), new(null, end, which)];
        return new TemplateProcessor(Text(0), [.. Text(0), .. Text(1)]);
    }
}
