using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Euterpe.Testing;

namespace Euterpe.Packages.Tests;

/// <summary>
/// A page as a program: its blocks of C# in their order as one method. A block of text that follows one of C# is what that one prints.
/// </summary>
public sealed partial class Tour
{
    private const string Mark = "=== block ";

    /// <param name="path">docs/tour.md, or another page whose code is to be compiled.</param>
    /// <param name="name">Of the class that the code goes to.</param>
    public Tour(string path, string name = "Tour")
    {
        path = Path.Combine(Fixture.Repository, path);
        var usings = new SortedSet<string>(StringComparer.Ordinal);
        var body = new StringBuilder();
        IReadOnlyList<Markdown> blocks = Markdown.Blocks(path);
        var expected = new List<string?>();
        for (int i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Language != "csharp")
                continue;
            body.Append(CultureInfo.InvariantCulture, $"        Console.WriteLine(\"{Mark}{expected.Count}\");\n#line {blocks[i].Line} \"{path}\"\n");
            foreach (string line in blocks[i].Lines)
            {
                // The line stays as an empty one, so that the compiler's complaints name the page's lines.
                if (Using().IsMatch(line))
                    usings.Add(line);
                body.Append(Using().IsMatch(line) ? "\n" : line + "\n");
            }

            body.Append("#line default\n");
            expected.Add(i + 1 < blocks.Count && blocks[i + 1].Language == "text" ? blocks[i + 1].Text : null);
        }

        Assert.NotEmpty(expected);
        Expected = expected;
        Source = $"{string.Join('\n', usings)}\n\ninternal static class {name}\n{{\n    public static async Task Run()\n    {{\n{body}"
            + "        await Task.CompletedTask;\n    }\n}\n";
    }

    public string Source { get; }

    /// <summary>What each block prints; null where the page does not say.</summary>
    public IReadOnlyList<string?> Expected { get; }

    /// <summary>What each block printed.</summary>
    public static IReadOnlyList<string> Split(string output) =>
        [.. output.Split(Mark)[1..].Select(part => part[(part.IndexOf('\n', StringComparison.Ordinal) + 1)..].TrimEnd('\n'))];

    /// <summary>Writes what was printed into the page, where a block of text follows one of C#.</summary>
    public static void Draw(string path, IReadOnlyList<string> printed)
    {
        path = Path.Combine(Fixture.Repository, path);
        List<string> lines = [.. File.ReadAllLines(path)];
        Markdown[] blocks = [.. Markdown.Blocks(path)];
        int block = printed.Count;
        for (int i = blocks.Length - 1; i >= 0; i--)
        {
            if (blocks[i].Language != "csharp")
                continue;
            block--;
            if (i + 1 < blocks.Length && blocks[i + 1].Language == "text")
            {
                lines.RemoveRange(blocks[i + 1].Line - 1, blocks[i + 1].Lines.Count);
                lines.InsertRange(blocks[i + 1].Line - 1, printed[block].Split('\n'));
            }
        }

        File.WriteAllText(path, string.Join('\n', lines) + "\n");
    }

    [GeneratedRegex(@"^using (static )?[A-Z][\w.]*;$")]
    private static partial Regex Using();
}
