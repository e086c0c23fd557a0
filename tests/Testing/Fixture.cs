using System.Text.Json;
using Xunit.Sdk;

namespace Euterpe.Testing;

/// <summary>
/// One stored case of an oracle: a folder with case.json (or cases.json, a list), usually io.safetensors, perhaps a checkpoint.
/// Sets of cases lie in tests/Fixtures; EUTERPE_REFERENCE names another one. A test takes its cases with
/// <c>[SkippableTheory, Cases("torch/ops")] public void Op_matches_torch(string name)</c> and opens each with <see cref="Open"/>.
/// </summary>
public sealed class Fixture
{
    private readonly Dictionary<string, StoredTensors> _files = [];
    private JsonDocument? _case;

    private Fixture(string name, string folder)
    {
        Name = name;
        Folder = folder;
    }

    /// <summary>The repository's root, found upwards from the test's own assembly.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>True when another set than the stored one is asked for; then nothing may be skipped.</summary>
    public static bool IsReferenceSet => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("EUTERPE_REFERENCE"));

    /// <summary>The folder of the set of cases: EUTERPE_REFERENCE, or tests/Fixtures.</summary>
    public static string Root { get; } = IsReferenceSet
        ? Path.GetFullPath(Environment.GetEnvironmentVariable("EUTERPE_REFERENCE")!, Repository)
        : Path.Combine(Repository, "tests", "Fixtures");

    /// <summary>Where data/ and testdata/ lie: EUTERPE_SHARED, or the folder shared beside the repository.</summary>
    public static string Shared { get; } = Path.GetFullPath(
        Environment.GetEnvironmentVariable("EUTERPE_SHARED") is { Length: > 0 } given ? given : "../shared", Repository);

    /// <summary>Oracle and case, with slashes: "torch/ops/conv1d_plain".</summary>
    public string Name { get; }

    public string Folder { get; }

    /// <summary>case.json, or cases.json where there is no case.json. Objects stay valid as long as the fixture.</summary>
    public JsonElement Case => (_case ??= JsonDocument.Parse(System.IO.File.ReadAllBytes(CaseFile(Folder)
        ?? throw new XunitException($"{Name}: neither case.json nor cases.json.")))).RootElement;

    /// <summary>The elements of "cases" in cases.json: the list form.</summary>
    public IEnumerable<JsonElement> List => Case.GetProperty("cases").EnumerateArray();

    /// <summary>The tensors of io.safetensors.</summary>
    public StoredTensors Io => Tensors("io.safetensors");

    /// <summary>All names of case folders below an oracle, sorted; at least one, else it throws.</summary>
    public static IReadOnlyList<string> Names(string oracle)
    {
        string folder = Path.Combine(Root, oracle);
        string[] names = Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories).Append(folder)
                .Where(each => CaseFile(each) is not null)
                .Select(each => Path.GetRelativePath(Root, each).Replace('\\', '/'))
                .Order(StringComparer.Ordinal)]
            : [];
        return names.Length > 0 ? names : throw new XunitException($"The oracle {oracle} has no readable case in {Root}.");
    }

    /// <summary>The same as rows of a theory; the attribute [Cases] is shorter, and claims them.</summary>
    public static IEnumerable<object[]> Cases(string oracle) => Names(oracle).Select(name => new object[] { name });

    public static Fixture Open(string name) => new(name, Path.Combine(Root, name));

    /// <summary>Skips the running test (a failure where a reference set was named).</summary>
    public static void SkipUnless(bool condition, string reason)
    {
        if (!condition)
        {
            throw IsReferenceSet ? new XunitException($"{reason} (no skips with EUTERPE_REFERENCE)") : new NotHereException(reason);
        }
    }

    /// <summary>A file or folder below data/ or testdata/: "data/scores/x.abc"; the test is skipped where it is missing.</summary>
    public static string SharedFile(string path) => Existing(Path.Combine(Shared, path), path);

    /// <summary>A file of the set itself, by its path from the set's root: what "made" entries name.</summary>
    public static string MadeFile(string path) => Existing(Path.Combine(Root, path), path);

    /// <summary>The path that an element's "file" (in EUTERPE_SHARED) or "made" (in the set) names.</summary>
    public static string Resolve(JsonElement element) =>
        element.TryGetProperty("file", out JsonElement file) ? SharedFile(file.GetString()!)
        : element.TryGetProperty("made", out JsonElement made) ? MadeFile(made.GetString()!)
        : throw new XunitException($"Neither \"file\" nor \"made\" in {element.GetRawText()[..Math.Min(200, element.GetRawText().Length)]}");

    /// <summary>A file or folder of the case; the test is skipped where it is missing.</summary>
    public string File(string relative) => Existing(Path.GetFullPath(relative, Folder), $"{Name}/{relative}");

    public bool HasFile(string relative) => Path.Exists(Path.GetFullPath(relative, Folder));

    /// <summary>The checkpoint's folder: checkpoint/, or what "checkpoint" in case.json names, relative to the case.</summary>
    public string Checkpoint => File(!HasFile("checkpoint") && Case.TryGetProperty("checkpoint", out JsonElement named)
        && named.ValueKind == JsonValueKind.String ? named.GetString()! : "checkpoint");

    /// <summary>A JSON file of the case.</summary>
    public JsonElement Json(string relative) => JsonSerializer.Deserialize<JsonElement>(System.IO.File.ReadAllBytes(File(relative)));

    /// <summary>The tensors of any safetensors file of the case.</summary>
    public StoredTensors Tensors(string relative)
    {
        if (!_files.TryGetValue(relative, out StoredTensors? tensors))
        {
            _files.Add(relative, tensors = new StoredTensors(File(relative)));
        }
        return tensors;
    }

    public bool Has(string tensor) => Io.Has(tensor);

    public int[] Shape(string tensor) => Io.Shape(tensor);

    public string Type(string tensor) => Io.Type(tensor);

    public float[] Floats(string tensor) => Io.Floats(tensor);

    public double[] Doubles(string tensor) => Io.Doubles(tensor);

    public long[] Longs(string tensor) => Io.Longs(tensor);

    public int[] Ints(string tensor) => Io.Ints(tensor);

    /// <summary>A wave: float32 as it is, int16 ("pcm.*") divided by 32768.</summary>
    public float[] Wave(string tensor) =>
        Type(tensor) == "I16" ? [.. Longs(tensor).Select(value => value / 32768f)] : Floats(tensor);

    /// <summary>
    /// The number that a test holds for the tolerance that the case states in words. The test quotes the words;
    /// if the case says something else, both are printed and the test fails. A case without a tolerance is quoted as "".
    /// </summary>
    public double Tolerance(string quoted, double number) => Tolerance((quoted, number));

    /// <summary>The same where cases of one oracle state different tolerances: the one whose words match.</summary>
    public double Tolerance(params ReadOnlySpan<(string Quoted, double Number)> known)
    {
        string stated = ToleranceText;
        foreach ((string quoted, double number) in known)
        {
            if (quoted == stated)
            {
                return number;
            }
        }
        string quotes = string.Join('\n', known.ToArray().Select(each => "  the test holds:  " + each.Quoted));
        throw new XunitException($"{Name}: the case's tolerance is not what the test quotes.\n  the case states: {stated}\n{quotes}");
    }

    /// <summary>The words of "tolerance" in case.json; "" where there are none.</summary>
    public string ToleranceText => !Case.TryGetProperty("tolerance", out JsonElement stated) ? ""
        : stated.ValueKind == JsonValueKind.String ? stated.GetString()! : stated.GetRawText();

    public override string ToString() => Name;

    internal static string? CaseFile(string folder) =>
        new[] { "case.json", "cases.json" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(System.IO.File.Exists);

    private static string Existing(string path, string shown)
    {
        SkipUnless(Path.Exists(path), $"{shown} is not there ({path}).");
        return path;
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Euterpe.slnx")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException($"No Euterpe.slnx above {AppContext.BaseDirectory}.");
    }
}
