using System.Globalization;
using System.Text.Json;
using Euterpe.Numerics;

namespace Euterpe.Models;

/// <summary>
/// One object of a model's JSON configuration, read strictly: a value of the wrong type or range is a problem, all problems come in one error, and
/// keys that nobody read are listed.
/// A missing key takes upstream's default, because upstream leaves defaults out when it saves.
/// </summary>
internal sealed class ConfigObject
{
    private const long MaximumBytes = 16 << 20;

    private readonly JsonElement element;
    private readonly string path;
    private readonly HashSet<string> read = new(StringComparer.Ordinal);
    private readonly List<ConfigObject> parts = [];
    private readonly List<string> problems;

    private ConfigObject(JsonElement element, string file, string path, List<string> problems)
    {
        (this.element, File, this.path, this.problems) = (element, file, path, problems);
    }

    public string File { get; }

    /// <summary>The object as it stands, for recognising what it is.</summary>
    public JsonElement Root => element;

    public static ConfigObject Open(string file)
    {
        var about = new FileInfo(file);
        if (!about.Exists)
            throw new ModelFileException(
                $"[config] {file}: there is no such file. Hint: a model folder of the Hugging Face layout holds config.json and model.safetensors.");
        if (about.Length > MaximumBytes)
            throw new ModelFileException($"[config] {file}: {about.Length:N0} bytes; a configuration has at most {MaximumBytes:N0}.");
        return Parse(System.IO.File.ReadAllBytes(file), file);
    }

    public static ConfigObject Parse(ReadOnlyMemory<byte> json, string file)
    {
        JsonElement root;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 64 });
            root = document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new ModelFileException($"[config] {file}: not valid JSON: {e.Message}", e);
        }

        if (root.ValueKind != JsonValueKind.Object)
            throw new ModelFileException($"[config] {file}: a JSON object was expected, found {root.ValueKind}.");
        return new ConfigObject(root, file, "", []);
    }

    /// <summary>Keys that are known and change nothing that is computed here.</summary>
    public void Pass(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
            read.Add(key);
    }

    /// <summary>For an object that another library wrote with all of its defaults: keys that are not read are nothing to report.</summary>
    public void PassAll()
    {
        foreach (JsonProperty property in element.EnumerateObject())
            read.Add(property.Name);
    }

    /// <summary>A nested object; an empty one where the key is missing, so that every default applies.</summary>
    public ConfigObject Object(string key)
    {
        JsonElement value = default;
        bool found = Find(key, out value);
        if (!found || value.ValueKind != JsonValueKind.Object)
        {
            if (found)
                Wrong(key, "an object", value);
            using var empty = JsonDocument.Parse("{}");
            value = empty.RootElement.Clone();
        }

        var part = new ConfigObject(value, File, path + key + ".", problems);
        parts.Add(part);
        return part;
    }

    public int Int(string key, int missing, int least = 1, int most = int.MaxValue)
    {
        if (!Find(key, out JsonElement value))
            return missing;
        // Python writes 10 and 10.0 for the same thing.
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == Math.Floor(number) && number >= least
            && number <= most)
            return (int)number;
        Wrong(key, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"), value);
        return missing;
    }

    public double Number(string key, double missing, double least, double most)
    {
        if (!Find(key, out JsonElement value))
            return missing;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most)
            return number;
        Wrong(key, string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}"), value);
        return missing;
    }

    public bool Flag(string key, bool missing)
    {
        if (!Find(key, out JsonElement value))
            return missing;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Wrong(key, "true or false", value);
        return missing;
    }

    public string Text(string key, string missing)
    {
        if (!Find(key, out JsonElement value))
            return missing;
        if (value.ValueKind == JsonValueKind.String)
            return value.GetString()!;
        Wrong(key, "a text", value);
        return missing;
    }

    /// <summary>A list of whole numbers; one number alone stands for itself <paramref name="repeat"/> times, as upstream takes it.</summary>
    public int[] Ints(string key, int[] missing, int repeat = 1, int least = 1, int most = 1 << 20, int longest = 64)
    {
        if (!Find(key, out JsonElement value))
            return missing;
        if (repeat > 1 && value.ValueKind == JsonValueKind.Number)
            return [.. Enumerable.Repeat(Int(key, missing[0], least, most), repeat)];
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is > 0 and var count && count <= longest
            && (repeat == 1 || count == repeat))
        {
            var numbers = new int[count];
            int good = 0;
            foreach (JsonElement item in value.EnumerateArray())
            {
                if (item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int number) && number >= least && number <= most)
                    numbers[good++] = number;
            }

            if (good == count)
                return numbers;
        }

        Wrong(key, repeat == 1 ? $"a list of 1 to {longest} whole numbers from {least} to {most}" : $"{repeat} whole numbers from {least} to {most}",
            value);
        return missing;
    }

    public string[] Texts(string key)
    {
        if (!Find(key, out JsonElement value))
            return [];
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        Wrong(key, "a list of texts", value);
        return [];
    }

    /// <summary>Says that a value, well formed, asks for something that is not there.</summary>
    public void Refuse(string key, string why) =>
        problems.Add($"{path}{key} is {(element.TryGetProperty(key, out JsonElement value) ? Short(value) : "missing")}: {why}");

    /// <summary>Throws if there were problems; otherwise the keys that were not read, in order.</summary>
    public IReadOnlyList<string> Finish(string model)
    {
        if (problems.Count > 0)
            throw new ModelFileException($"[{model}] {File}: " + string.Join("; ", problems) + ".");
        var unread = new List<string>();
        Unread(unread);
        return unread;
    }

    private void Unread(List<string> into)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!read.Contains(property.Name))
                into.Add(path + property.Name);
        }

        foreach (ConfigObject part in parts)
            part.Unread(into);
    }

    private bool Find(string key, out JsonElement value)
    {
        read.Add(key);
        return element.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private void Wrong(string key, string expected, JsonElement found) => problems.Add($"{path}{key}: {expected} was expected, found {Short(found)}");

    private static string Short(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 60 ? text : text[..57] + "...";
    }
}
