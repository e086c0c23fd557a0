using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit.Abstractions;

namespace Euterpe.Rooms.Tests;

/// <summary>Who may see whom. The table is docs/ARCHITECTURE.md's; the arrows are read from the project files.</summary>
public partial class ArrowTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, string[]> MaySee = new()
    {
        ["Numerics"] = [],
        ["Tensors"] = ["Numerics"],
        ["Signals"] = ["Numerics"],
        ["Scores"] = [],
        ["Rendering"] = ["Scores", "Signals"],
        ["Tokens"] = ["Scores"],
        ["Layers"] = ["Numerics", "Tensors"],
        ["Models"] = ["Numerics", "Tensors", "Layers", "Signals", "Scores", "Tokens"],
        ["Datasets"] = ["Numerics", "Signals", "Scores"],
        ["Training"] = ["Numerics", "Tensors", "Layers", "Datasets", "Signals", "Scores", "Tokens"],
        ["Recipes"] = ["Numerics", "Tensors", "Layers", "Models", "Tokens", "Datasets", "Training", "Evaluation", "Signals", "Scores", "Rendering"],
        ["Evaluation"] = ["Numerics", "Signals", "Scores"],
        ["Search"] = ["Numerics"],
        ["Pictures"] = [],
        ["Tasks"] = ["Numerics", "Signals", "Scores", "Rendering", "Tokens", "Models", "Datasets", "Recipes", "Evaluation", "Search", "Pictures"],
        ["Integrations"] = ["Tasks"],
        // Tasks, Pictures, and the rooms of the values they hand over.
        ["Cli"] = ["Tasks", "Pictures", "Numerics", "Signals", "Scores", "Tokens", "Datasets", "Evaluation", "Search"],
        ["Studio"] = ["Tasks", "Pictures", "Numerics", "Signals", "Scores", "Tokens", "Datasets", "Evaluation", "Search"],
    };

    private static Dictionary<string, string[]> Arrows => Sources.All
        .Where(path => path.StartsWith("src/", StringComparison.Ordinal) && path.EndsWith(".csproj", StringComparison.Ordinal))
        .ToDictionary(path => path.Split('/')[1], path => XDocument.Load(Sources.Full(path)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
            .OrderBy(room => MaySee.Keys.ToList().IndexOf(room)).ToArray());

    [Fact]
    public void Rooms_reference_only_what_they_may_see()
    {
        Assert.NotEmpty(Arrows);
        foreach ((string room, string[] seen) in Arrows)
        {
            output.WriteLine($"{room} -> {(seen.Length == 0 ? "nothing" : string.Join(", ", seen))}");
            Assert.True(MaySee.ContainsKey(room), $"src/{room} is no room of the table in {nameof(ArrowTests)}.");
            string[] wrong = [.. seen.Except(MaySee[room])];
            Assert.True(wrong.Length == 0, $"{room} must not see {string.Join(", ", wrong)}: it may see {string.Join(", ", MaySee[room])}.");
        }
    }

    [Fact]
    public void Arrows_point_one_way()
    {
        var done = new HashSet<string>();
        while (done.Count < MaySee.Count)
        {
            string[] next = [.. MaySee.Where(room => !done.Contains(room.Key) && room.Value.All(done.Contains)).Select(room => room.Key)];
            Assert.True(next.Length > 0, $"A circle among {string.Join(", ", MaySee.Keys.Except(done))}.");
            done.UnionWith(next);
        }
    }

    [Fact]
    public void Sources_name_only_rooms_they_may_see()
    {
        var wrong = new List<string>();
        foreach ((string room, string path) in Sources.OfRooms)
        {
            string code = Sources.Code(path);
            foreach (Match match in RoomNames().Matches(code))
            {
                string seen = match.Groups[1].Value;
                if (MaySee.ContainsKey(seen) && seen != room && !MaySee[room].Contains(seen))
                {
                    wrong.Add($"{path} names Euterpe.{seen}");
                }
            }
            foreach (Match match in Namespaces().Matches(code))
            {
                if (match.Groups[1].Value != room && match.Groups[1].Value != "Cli")
                {
                    wrong.Add($"{path} declares the namespace {match.Value.Trim()}");
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>What only some rooms may do to the world: a pattern, and the folders where it may stand.</summary>
    [Theory]
    [InlineData("P/Invoke", @"\[\s*(DllImport|LibraryImport)\b|\bNativeLibrary\b", "src/Numerics/ src/Training/Processes/ src/Rendering/")]
    [InlineData("child processes",
        @"\bProcess\.Start\b|\bProcessStartInfo\b|\bnew Process\b", "src/Signals/Files/ src/Rendering/ src/Training/Processes/")]
    [InlineData("vector instructions",
        @"\bVector(128|256|512)(<|\.(?!IsHardwareAccelerated))|\b(Avx\w*|Fma|AdvSimd)\.(?!IsSupported)", "src/Numerics/")]
    [InlineData("compute threads", @"\bnew Thread\b|\bThreadPool\.", "src/Numerics/ src/Cli/ src/Studio/")]
    [InlineData("the network",
        @"\bHttpClient\b|\bSystem\.Net\b|\bnew Socket\b|\bTcpClient\b", "src/Models/Pretrained/ src/Studio/ src/Search/ src/Training/Processes/")]
    [InlineData("the console", @"\bConsole\.", "src/Cli/ src/Studio/")]
    [InlineData("the end of the process", @"\bEnvironment\.(Exit|FailFast)\b", "src/Cli/ src/Studio/")]
    public void Only_some_rooms_touch(string what, string pattern, string folders)
    {
        string[] wrong = [.. Sources.OfRooms
            .Where(source => !folders.Split(' ').Any(folder => source.Path.StartsWith(folder, StringComparison.Ordinal)))
            .Where(source => Regex.IsMatch(Sources.Code(source.Path), pattern))
            .Select(source => source.Path)];
        Assert.True(wrong.Length == 0, $"{what} may be touched in {folders} only: {string.Join(", ", wrong)}.");
    }

    /// <summary>Inside these rooms there are only values: their one door for bytes is Files/.</summary>
    [Fact]
    public void Files_are_opened_in_Files_only()
    {
        string[] rooms = ["Numerics", "Tensors", "Signals", "Scores", "Tokens", "Layers", "Evaluation", "Pictures"];
        string[] wrong = [.. Sources.OfRooms
            .Where(source => rooms.Contains(source.Room) && !source.Path.Contains("/Files/", StringComparison.Ordinal))
            .Where(source => Opening().IsMatch(Sources.Code(source.Path)))
            .Select(source => source.Path)];
        Assert.True(wrong.Length == 0, $"Files are opened in Files/ only: {string.Join(", ", wrong)}.");
    }

    [Fact]
    public void The_drawing_shows_the_arrows()
    {
        var drawing = new StringBuilder("# The rooms and their arrows\n\n");
        drawing.Append("Drawn from the project files by tests/Rooms.Tests: an arrow points at what a room sees.\n");
        drawing.Append("Arrows that follow from others are left out.\n\n```mermaid\nflowchart BT\n");
        Dictionary<string, string[]> arrows = Arrows;
        foreach (string room in MaySee.Keys.Where(arrows.ContainsKey))
        {
            IEnumerable<string> direct = arrows[room].Where(seen => !arrows[room].Any(other => other != seen && Reaches(arrows, other, seen)));
            drawing.Append(direct.Any() ? string.Concat(direct.Select(seen => $"  {room} --> {seen}\n")) : $"  {room}\n");
        }
        drawing.Append("```\n");
        string path = Sources.Full("docs/rooms.md"), found = File.Exists(path) ? File.ReadAllText(path) : "";
        output.WriteLine(drawing.ToString());
        if (Environment.GetEnvironmentVariable("EUTERPE_DRAW") == "1")
        {
            File.WriteAllText(path, drawing.ToString());
            return;
        }
        Assert.True(found == drawing.ToString(),
            "docs/rooms.md is not what the project files say. Hint: EUTERPE_DRAW=1 dotnet test tests/Rooms.Tests draws it.");
    }

    private static bool Reaches(Dictionary<string, string[]> arrows, string from, string to) =>
        arrows.TryGetValue(from, out string[]? seen) && (seen.Contains(to) || seen.Any(next => Reaches(arrows, next, to)));

    [GeneratedRegex(@"\bFile\.(Open|Read|Write|Create|Append|Delete|Move)|\bnew (File(Stream|Info)|DirectoryInfo|Stream(Reader|Writer))\b")]
    private static partial Regex Opening();

    [GeneratedRegex(@"\bEuterpe\.([A-Z]\w+)\b")]
    private static partial Regex RoomNames();

    [GeneratedRegex(@"^\s*namespace Euterpe\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Namespaces();
}
