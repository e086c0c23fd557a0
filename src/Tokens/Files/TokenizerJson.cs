using System.Text.Json;
using Euterpe.Tokens.Models;

namespace Euterpe.Tokens.Files;

/// <summary>tokenizer.json of the crate tokenizers (0.22): every component by its name, strictly.</summary>
internal static class TokenizerJson
{
    internal const int LargestId = 1 << 28;

    public static TokenizerParts Read(JsonElement root, string name)
    {
        var fields = new Fields(root, name);
        if (fields.TextOrNull("version") is string version && version != "1.0")
        {
            throw new InvalidDataException($"[tokenizer] {name}: version \"{version}\" is not read; \"1.0\" is.");
        }
        IModel model = TokenizerModels.Read(new Fields(fields.Get("model"), $"{name}.model"));
        var parts = new TokenizerParts(model, [.. fields.Find("added_tokens") is JsonElement list
            ? Fields.ListOf(list, $"{name}.added_tokens").Select(each => Added(new Fields(each.Element, each.Where), null)) : []])
        {
            Normalizer = Component(fields, "normalizer", TokenizerComponents.Normalizer),
            PreTokenizer = Component(fields, "pre_tokenizer", TokenizerComponents.PreTokenizer),
            PostProcessor = Component(fields, "post_processor", TokenizerComponents.PostProcessor),
            Decoder = Component(fields, "decoder", TokenizerComponents.Decoder),
            Truncation = Component(fields, "truncation", Truncation),
            Padding = Component(fields, "padding", Padding),
        };
        fields.Done();
        return parts;
    }

    /// <summary>An added token of tokenizer.json, or (with its id given) of tokenizer_config.json.</summary>
    public static AddedToken Added(Fields fields, int? id)
    {
        bool normalized = fields.Find("special") is { ValueKind: JsonValueKind.False };
        var token = new AddedToken(
            id ?? Fields.WholeOf(fields.Get("id"), $"{fields.Where}.id", 0, LargestId),
            fields.Text("content"),
            fields.Flag("single_word", false),
            fields.Flag("lstrip", false),
            fields.Flag("rstrip", false),
            fields.Flag("normalized", normalized),
            fields.Flag("special", id is null ? false : true));
        fields.Find("__type");
        fields.Done();
        return token;
    }

    public static Vocabulary Vocabulary(IEnumerable<(string Key, JsonElement Value)> map, string where) =>
        new(map.Select(each => KeyValuePair.Create(each.Key, Fields.WholeOf(each.Value, $"{where}[\"{each.Key}\"]", 0, LargestId))),
            $"[tokenizer] {where}");

    private static T? Component<T>(Fields fields, string key, Func<Fields, T> read)
        where T : class => fields.Find(key) is JsonElement element ? read(new Fields(element, $"{fields.Where}.{key}")) : null;

    private static Truncation Truncation(Fields fields)
    {
        var truncation = new Truncation(
            Fields.WholeOf(fields.Get("max_length"), $"{fields.Where}.max_length", 0, int.MaxValue),
            Named<TruncationStrategy>(fields, "strategy"),
            fields.Find("direction") is null ? Side.Right : Named<Side>(fields, "direction"),
            Stride: fields.Whole("stride", 0, 0, int.MaxValue));
        fields.Done();
        return truncation;
    }

    private static Padding Padding(Fields fields)
    {
        JsonElement strategy = fields.Get("strategy");
        int? length = null;
        if (strategy.ValueKind == JsonValueKind.Object)
        {
            var inner = new Fields(strategy, $"{fields.Where}.strategy");
            length = Fields.WholeOf(inner.Get("Fixed"), $"{inner.Where}.Fixed", 0, Tokens.Padding.LargestLength);
            inner.Done();
        }
        else if (Fields.TextOf(strategy, $"{fields.Where}.strategy") != "BatchLongest")
        {
            throw new InvalidDataException($"[tokenizer] {fields.Where}.strategy: expected BatchLongest or Fixed.");
        }
        var padding = new Padding(
            fields.Whole("pad_id", 0, 0, LargestId),
            fields.TextOrNull("pad_token") ?? "[PAD]",
            Named<Side>(fields, "direction"),
            length,
            fields.Find("pad_to_multiple_of") is null ? null : fields.Whole("pad_to_multiple_of", 1, 0, Tokens.Padding.LargestLength),
            fields.Whole("pad_type_id", 0, 0, 255));
        fields.Done();
        return padding;
    }

    internal static T Named<T>(Fields fields, string key)
        where T : struct, Enum
    {
        string name = fields.Text(key);
        return Enum.GetNames<T>().Contains(name) ? Enum.Parse<T>(name)
            : throw new InvalidDataException($"[tokenizer] {fields.Where}.{key}: \"{name}\" is none of {string.Join(", ", Enum.GetNames<T>())}.");
    }
}
