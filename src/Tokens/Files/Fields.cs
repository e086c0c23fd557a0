using System.Text.Json;

namespace Euterpe.Tokens.Files;

/// <summary>A JSON object that is read key by key; a key that nobody asked for is an error.</summary>
internal sealed class Fields
{
    private readonly JsonElement _element;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public Fields(JsonElement element, string where)
    {
        Where = where;
        _element = element.ValueKind == JsonValueKind.Object ? element : throw Wrong(where, "an object", element);
    }

    public string Where { get; }

    /// <summary>The object's "type".</summary>
    public string Kind => Text("type");

    public static InvalidDataException Wrong(string where, string expected, JsonElement found) =>
        new($"[tokenizer] {where}: expected {expected}, found {found.ValueKind}.");

    public static string TextOf(JsonElement element, string where)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString()! : throw Wrong(where, "a string", element);
        }
        catch (InvalidOperationException)
        {
            throw new InvalidDataException($"[tokenizer] {where}: a string with half of a surrogate pair.");
        }
    }

    public static int WholeOf(JsonElement element, string where, int least, int most) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int value) && value >= least && value <= most
            ? value : throw Wrong(where, $"a whole number from {least} to {most}", element);

    /// <summary>The value of a key; null where it is missing or null.</summary>
    public JsonElement? Find(string key)
    {
        _asked.Add(key);
        return _element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public JsonElement Get(string key) => Find(key) ?? throw new InvalidDataException($"[tokenizer] {Where}: \"{key}\" is missing.");

    public string Text(string key) => TextOf(Get(key), $"{Where}.{key}");

    public string? TextOrNull(string key) => Find(key) is JsonElement value ? TextOf(value, $"{Where}.{key}") : null;

    public bool Flag(string key, bool missing) => Find(key) is not JsonElement value ? missing
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong($"{Where}.{key}", "true or false", value);

    public int Whole(string key, int missing, int least, int most) =>
        Find(key) is JsonElement value ? WholeOf(value, $"{Where}.{key}", least, most) : missing;

    public IEnumerable<(JsonElement Element, string Where)> List(string key) => ListOf(Get(key), $"{Where}.{key}");

    public static IEnumerable<(JsonElement Element, string Where)> ListOf(JsonElement list, string where) =>
        list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select((element, i) => (element, $"{where}[{i}]"))
            : throw Wrong(where, "a list", list);

    /// <summary>The keys and values of an object in this object.</summary>
    public IEnumerable<(string Key, JsonElement Value)> Map(string key) => MapOf(Get(key), $"{Where}.{key}");

    public static IEnumerable<(string Key, JsonElement Value)> MapOf(JsonElement map, string where)
    {
        if (map.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(where, "an object", map);
        }
        foreach (JsonProperty property in map.EnumerateObject())
        {
            string name;
            try
            {
                name = property.Name;
            }
            catch (InvalidOperationException)
            {
                throw new InvalidDataException($"[tokenizer] {where}: a key with half of a surrogate pair.");
            }
            yield return (name, property.Value);
        }
    }

    /// <summary>Refuses keys that were not asked for.</summary>
    public void Done()
    {
        string[] unknown = [.. MapOf(_element, Where).Select(each => each.Key).Where(key => !_asked.Contains(key)).Take(5)];
        if (unknown.Length > 0)
        {
            string keys = string.Join(", ", unknown.Select(key => $"\"{key}\""));
            throw new InvalidDataException($"[tokenizer] {Where}: unknown {(unknown.Length == 1 ? "key" : "keys")} {keys}.");
        }
    }

    /// <summary>Says that a component is not known; names it.</summary>
    public InvalidDataException Unknown(string what, string known) =>
        new($"[tokenizer] {Where}: the {what} \"{Kind}\" is not read; {known} are.");
}
