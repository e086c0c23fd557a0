using System.Globalization;
using System.Text;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Models.Saving;

/// <summary>
/// The YAML that OmegaConf writes (audiocraft's xp.cfg): maps and lists in blocks, {} and [], plain and quoted values on one or more lines. Anchors,
/// tags, flow collections with values and several documents are refused: nothing is ever built from a name in it.
/// </summary>
internal sealed class Yaml
{
    private const int MostCharacters = 4 << 20, Deepest = 64;

    private Yaml(Dictionary<string, Yaml>? map, List<Yaml>? list, string? scalar, bool quoted)
    {
        (Map, List, Scalar, Quoted) = (map, list, scalar, quoted);
    }

    public IReadOnlyDictionary<string, Yaml>? Map { get; }

    public IReadOnlyList<Yaml>? List { get; }

    private string? Scalar { get; }

    private bool Quoted { get; }

    public bool IsNull => Scalar is not null && !Quoted && Scalar is "" or "null" or "~" or "Null" or "NULL";

    /// <summary>The text of a value that is neither map nor list nor null.</summary>
    public string? Text => IsNull ? null : Scalar;

    public double? Number => !Quoted && double.TryParse(Scalar, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;

    public bool? Flag => Quoted ? null : Scalar switch
    {
        "true" or "True" or "yes" or "on" => true,
        "false" or "False" or "no" or "off" => false,
        _ => null,
    };

    /// <summary>The value under a key; null where there is none.</summary>
    public Yaml? this[string key] => Map is not null && Map.TryGetValue(key, out Yaml? value) ? value : null;

    public static Yaml Parse(string text, string file)
    {
        if (text.Length > MostCharacters)
            throw new FileFormatException($"[yaml] {file}: up to {MostCharacters} characters are read: found {text.Length}.");
        var parser = new Parser(text, file);
        return parser.Document();
    }

    private sealed class Parser
    {
        private readonly List<(int Number, int Indent, string Text)> lines = [];
        private readonly string file;
        private int at;

        public Parser(string text, string file)
        {
            this.file = file;
            int number = 0;
            foreach (ReadOnlySpan<char> raw in text.AsSpan().EnumerateLines())
            {
                number++;
                ReadOnlySpan<char> line = raw.TrimEnd();
                int indent = line.Length - line.TrimStart(' ').Length;
                if (line.Length > indent && line[indent] != '#')
                    lines.Add((number, indent, line[indent..].ToString()));
            }
        }

        public Yaml Document()
        {
            if (lines.Count == 0)
                return new Yaml([], null, null, false);
            Yaml all = Block(lines[0].Indent, 0);
            return at == lines.Count ? all : throw Error("a line of the same block was expected");
        }

        private Yaml Block(int indent, int depth)
        {
            if (depth > Deepest)
                throw Error($"blocks at most {Deepest} deep are read");
            return IsItem(lines[at].Text) ? Items(indent, depth) : Pairs(indent, depth);
        }

        private Yaml Items(int indent, int depth)
        {
            var list = new List<Yaml>();
            while (at < lines.Count && lines[at].Indent == indent && IsItem(lines[at].Text))
            {
                (int number, _, string text) = lines[at];
                string rest = text[1..].TrimStart();
                if (rest.Length == 0)
                {
                    at++;
                    list.Add(Below(indent, depth));
                }
                else if (IsItem(rest) || (rest[0] is not ('"' or '\'') && KeyEnd(rest) >= 0))
                {
                    // A list or map that begins beside the dash lies as deep as its text.
                    int inner = indent + text.Length - rest.Length;
                    lines[at] = (number, inner, rest);
                    list.Add(Block(inner, depth + 1));
                }
                else
                {
                    list.Add(Value(rest, indent));
                }
            }

            return new Yaml(null, list, null, false);
        }

        private Yaml Pairs(int indent, int depth)
        {
            var map = new Dictionary<string, Yaml>(StringComparer.Ordinal);
            while (at < lines.Count && lines[at].Indent == indent && !IsItem(lines[at].Text))
            {
                string text = lines[at].Text;
                int colon = KeyEnd(text);
                if (colon < 0)
                    throw Error("a key and a colon were expected");
                string key = text[..colon].Trim('\'', '"'), rest = text[(colon + 1)..].TrimStart();
                Yaml value;
                if (rest.Length == 0)
                {
                    at++;
                    // The items of a list may lie as deep as their key.
                    value = at < lines.Count && lines[at].Indent == indent && IsItem(lines[at].Text) ? Items(indent, depth + 1) : Below(indent, depth);
                }
                else
                {
                    value = Value(rest, indent);
                }

                if (!map.TryAdd(key, value))
                    throw Error($"the key {FileText.Shown(key)} must stand there once");
            }

            return new Yaml(map, null, null, false);
        }

        private Yaml Below(int indent, int depth) =>
            at < lines.Count && lines[at].Indent > indent ? Block(lines[at].Indent, depth + 1) : new Yaml(null, null, "", false);

        /// <summary>A value, and the lines deeper than its key that continue it.</summary>
        private Yaml Value(string text, int indent)
        {
            if (text[0] is '&' or '*' or '!' or '|' or '>' or '%' or '@' or '`')
                throw Error($"a value that begins with {text[0]} is not read");
            var whole = new StringBuilder(text);
            for (at++; at < lines.Count && lines[at].Indent > indent; at++)
            {
                if (text[0] is not ('"' or '\'') && (KeyEnd(lines[at].Text) >= 0 || IsItem(lines[at].Text)))
                    throw Error("the value above goes on here, and holds neither keys nor items");
                whole.Append(' ').Append(lines[at].Text);
            }

            text = whole.ToString();
            if (text is "{}")
                return new Yaml([], null, null, false);
            if (text is "[]")
                return new Yaml(null, [], null, false);
            if (text[0] is '{' or '[')
                throw Error("a collection in one line is not read");
            if (text[0] is '\'' && text.Length > 1 && text[^1] == '\'')
                return new Yaml(null, null, text[1..^1].Replace("''", "'", StringComparison.Ordinal), true);
            if (text[0] is '"' && text.Length > 1 && text[^1] == '"')
                return new Yaml(null, null, text[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal), true);
            int comment = text.IndexOf(" #", StringComparison.Ordinal);
            return new Yaml(null, null, comment < 0 ? text : text[..comment].TrimEnd(), false);
        }

        private static bool IsItem(string text) => text[0] == '-' && (text.Length == 1 || text[1] == ' ');

        /// <summary>Where the key of a pair ends: at a colon with a blank or nothing behind it.</summary>
        private static int KeyEnd(string text)
        {
            int from = text[0] is '"' or '\'' ? text.IndexOf(text[0], 1) : 0;
            for (int i = Math.Max(from, 0); i < text.Length; i++)
            {
                if (text[i] == ':' && (i + 1 == text.Length || text[i + 1] == ' '))
                    return i;
            }

            return -1;
        }

        private FileFormatException Error(string expected)
        {
            (int number, _, string text) = lines[Math.Min(at, lines.Count - 1)];
            return new FileFormatException($"[yaml] {file}: line {number}, {FileText.Shown(text, 40)}: {expected}.");
        }
    }
}
