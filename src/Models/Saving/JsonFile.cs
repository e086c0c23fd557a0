using System.Text.Json;
using System.Text.Json.Nodes;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Saving;

/// <summary>JSON files of models as objects that can be changed and written again.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Pretty = new()
    {
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A file that is one object: no key twice, bounded size and depth. Numbers keep their digits.</summary>
    public static JsonObject Read(string path)
    {
        using JsonDocument json = StrictJson.ReadObject(path);
        return JsonObject.Create(json.RootElement.Clone())!;
    }

    /// <summary>As transformers writes it: two blanks, keys in order, a line end.</summary>
    public static byte[] Bytes(JsonObject json) =>
        System.Text.Encoding.UTF8.GetBytes(Sorted(json)!.ToJsonString(Pretty) + "\n");

    /// <summary>The text under a key; null where there is none, or something else.</summary>
    public static string? Text(JsonObject? json, string key) => (json?[key] as JsonValue)?.TryGetValue(out string? text) == true ? text : null;

    public static bool? Flag(JsonObject? json, string key) => (json?[key] as JsonValue)?.TryGetValue(out bool flag) == true ? flag : null;

    /// <summary>The number under a key, read or made here; null where there is none.</summary>
    public static double? Number(JsonObject? json, string key) => Number(json?[key]);

    public static double? Number(JsonNode? node) => node is not JsonValue value ? null
        : value.TryGetValue(out double number) ? number : value.TryGetValue(out int whole) ? whole : value.TryGetValue(out long large) ? large : null;

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject json => new JsonObject(json.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new KeyValuePair<string, JsonNode?>(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        // A number that is no whole one by its kind keeps its point, as Python writes it.
        JsonValue value when !value.TryGetValue(out JsonElement _) && value.TryGetValue(out double number) && number == Math.Floor(number)
            && Math.Abs(number) < 1e15 => JsonNode.Parse(number.ToString("F1", System.Globalization.CultureInfo.InvariantCulture)),
        _ => node?.DeepClone(),
    };
}
