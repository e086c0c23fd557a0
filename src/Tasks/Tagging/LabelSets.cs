using System.Globalization;
using System.Text.Json;
using Euterpe.Numerics;

namespace Euterpe.Tasks.Tagging;

/// <summary>Label sets by name (those of this program) or from a file of the user's.</summary>
internal static class LabelSets
{
    private const int MostBytes = 1 << 20, MostLabels = 2_000, MostTexts = 20_000, MostOfALabel = 100, LongestText = 500;

    private const string Folder = "labels/";

    /// <summary>The names of the sets that come with the program.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. typeof(LabelSets).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => Path.GetFileNameWithoutExtension(name)).Order(StringComparer.Ordinal)];

    /// <summary>A set of the program by its name, else a file.</summary>
    /// <exception cref="OptionsException">There is neither, or the file is not as docs/models/tag.md says.</exception>
    public static LabelSet Load(string nameOrFile)
    {
        if (Names.Contains(nameOrFile))
        {
            using Stream stream = typeof(LabelSets).Assembly.GetManifestResourceStream($"{Folder}{nameOrFile}.json")!;
            return Read(stream, nameOrFile + ".json");
        }

        var file = new FileInfo(nameOrFile);
        if (!file.Exists)
        {
            throw new OptionsException($"[labels] {nameOrFile} is neither a set of labels of this program ({string.Join(", ", Names)}) nor a file. "
                + "Hint: docs/models/tag.md shows how such a file is written.");
        }

        using FileStream opened = file.OpenRead();
        return Read(opened, file.Name);
    }

    /// <summary>The text of a set that comes with the program, to begin one's own with.</summary>
    public static string Source(string name)
    {
        using Stream stream = typeof(LabelSets).Assembly.GetManifestResourceStream($"{Folder}{name}.json")
            ?? throw new OptionsException($"[labels] There is no set {name}; these are there: {string.Join(", ", Names)}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Reads a set; every problem comes in one error, an unknown key among them.</summary>
    public static LabelSet Read(Stream json, string name)
    {
        var bytes = new byte[MostBytes + 1];
        int length = json.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > MostBytes)
            throw new OptionsException($"[labels] {name}: a file of labels has at most {MostBytes:N0} bytes.");
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(0, length), new JsonDocumentOptions
            {
                AllowDuplicateProperties = false,
                MaxDepth = 8,
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
            });
            return new Reader(name).Set(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new OptionsException($"[labels] {name}: not valid JSON: {e.Message}");
        }
    }

    private sealed class Reader(string file)
    {
        private const string SetKeys = "name, labels, templates, calibration, scale, least, tag";

        private readonly List<string> problems = [];

        public LabelSet Set(JsonElement root)
        {
            if (root.ValueKind != JsonValueKind.Object)
                throw new OptionsException($"[labels] {file}: an object was expected, found {Shown(root)}.");
            string name = Path.GetFileNameWithoutExtension(file);
            string? tag = null;
            Calibration calibration = Calibration.Percentile;
            double? scale = null, least = null;
            List<string> templates = [LabelSet.Place];
            List<Label> labels = [];
            bool found = false;
            foreach (JsonProperty property in root.EnumerateObject())
            {
                JsonElement value = property.Value;
                switch (property.Name)
                {
                    case "name":
                        name = Word(value, "name") ?? name;
                        break;
                    case "tag":
                        tag = TagName(value);
                        break;
                    case "calibration":
                        calibration = Kind(value);
                        break;
                    case "scale":
                        scale = Number(value, "scale", 0.001, 10_000);
                        break;
                    case "least":
                        least = Number(value, "least", 0, 1);
                        break;
                    case "templates":
                        templates = Templates(value);
                        break;
                    case "labels":
                        found = true;
                        labels = Labels(value);
                        break;
                    default:
                        problems.Add($"there is no key {Shown(property.Name)} (known: {SetKeys})");
                        break;
                }
            }

            if (!found)
                problems.Add("labels is missing");
            else if (problems.Count == 0 && labels.Count < (calibration == Calibration.Softmax ? 2 : 1))
                problems.Add($"labels: {(labels.Count == 0 ? "it is empty" : "a set of which one is right has two at least")}");
            if (scale is not null && calibration != Calibration.Softmax)
                problems.Add("scale belongs to the calibration softmax");
            var set = new LabelSet
            {
                Name = name,
                Calibration = calibration,
                Labels = labels,
                Templates = templates,
                Least = least ?? (calibration == Calibration.Softmax ? 0.5 : 0.95),
                Scale = scale,
                Tag = tag,
            };
            if (problems.Count == 0 && labels.Sum(label => set.Texts(label).Count()) is > MostTexts and var texts)
                problems.Add($"labels and templates make {texts:N0} texts; at most {MostTexts:N0} are read");
            return problems.Count == 0 ? set
                : throw new OptionsException($"[labels] {file}: {string.Join("; ", problems)}. "
                    + "Hint: docs/models/tag.md shows how such a file is written.");
        }

        private List<Label> Labels(JsonElement value)
        {
            var labels = new List<Label>();
            var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MostLabels)
            {
                problems.Add($"labels: a list of at most {MostLabels:N0} was expected, found {Shown(value)}");
                return labels;
            }

            foreach (JsonElement item in value.EnumerateArray())
            {
                string where = $"labels[{labels.Count}]";
                Label label = item.ValueKind == JsonValueKind.Object ? One(item, where) : new Label(Word(item, where) ?? "", [], []);
                if (label.Name.Length > 0 && !names.Add(label.Name))
                    problems.Add($"{where}: {Shown(label.Name)} is there twice");
                labels.Add(label);
            }

            return labels;
        }

        private Label One(JsonElement item, string where)
        {
            string? name = null;
            List<string> synonyms = [], prompts = [];
            foreach (JsonProperty property in item.EnumerateObject())
            {
                switch (property.Name)
                {
                    case "name":
                        name = Word(property.Value, where + ".name");
                        break;
                    case "synonyms":
                        synonyms = Words(property.Value, where + ".synonyms");
                        break;
                    case "prompts":
                        prompts = Words(property.Value, where + ".prompts");
                        break;
                    default:
                        problems.Add($"{where}: there is no key {Shown(property.Name)} (known: name, synonyms, prompts)");
                        break;
                }
            }

            if (name is null && !item.TryGetProperty("name", out _))
                problems.Add($"{where}: name is missing");
            if (synonyms.Count > 0 && prompts.Count > 0)
                problems.Add($"{where}: prompts stand instead of the templates, so that synonyms have no place");
            return new Label(name ?? "", synonyms, prompts);
        }

        private List<string> Templates(JsonElement value)
        {
            List<string> templates = Words(value, "templates");
            foreach (string template in templates.Where(each => !each.Contains(LabelSet.Place, StringComparison.Ordinal)))
                problems.Add($"templates: {Shown(template)} has no {LabelSet.Place}");
            return templates;
        }

        private Calibration Kind(JsonElement value)
        {
            switch (value.ValueKind == JsonValueKind.String ? value.GetString() : null)
            {
                case "softmax":
                    return Calibration.Softmax;
                case "percentile":
                    return Calibration.Percentile;
                default:
                    problems.Add($"calibration: softmax (one label is right) or percentile (any number is) was expected, found {Shown(value)}");
                    return Calibration.Percentile;
            }
        }

        private string? TagName(JsonElement value)
        {
            string? word = Word(value, "tag");
            if (word is null || word.All(c => char.IsAsciiLetterLower(c) || c == '_'))
                return word;
            problems.Add($"tag: lower-case letters and _ were expected, found {Shown(word)}");
            return null;
        }

        private double? Number(JsonElement value, string where, double least, double most)
        {
            if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most)
                return number;
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{where}: a number from {least} to {most} was expected, found {Shown(value)}"));
            return null;
        }

        private List<string> Words(JsonElement value, string where)
        {
            if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > MostOfALabel)
            {
                problems.Add($"{where}: a list of 1 to {MostOfALabel} texts was expected, found {Shown(value)}");
                return [];
            }

            return [.. value.EnumerateArray().Select((each, i) => Word(each, $"{where}[{i}]")).OfType<string>()];
        }

        private string? Word(JsonElement value, string where)
        {
            if (value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.Length <= LongestText
                && !string.IsNullOrWhiteSpace(text) && !text.Any(char.IsControl))
                return text.Trim();
            problems.Add($"{where}: a text of 1 to {LongestText} characters was expected, found {Shown(value)}");
            return null;
        }

        private static string Shown(JsonElement value) => Shown(value.GetRawText(), quote: false);

        private static string Shown(string text, bool quote = true)
        {
            string line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
            line = line.Length <= 60 ? line : line[..57] + "...";
            return quote ? $"\"{line}\"" : line;
        }
    }
}
