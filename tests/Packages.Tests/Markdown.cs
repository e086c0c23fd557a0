using Euterpe.Testing;

namespace Euterpe.Packages.Tests;

/// <summary>Fenced blocks of a page.</summary>
/// <param name="Language">The word behind the fence.</param>
/// <param name="Line">Of its first line in the page, from 1.</param>
public sealed record Markdown(string Language, int Line, IReadOnlyList<string> Lines)
{
    public string Text => string.Join('\n', Lines);

    public static IReadOnlyList<Markdown> Blocks(string path)
    {
        var blocks = new List<Markdown>();
        string[] lines = File.ReadAllLines(Path.Combine(Fixture.Repository, path));
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
                continue;
            int end = Array.FindIndex(lines, i + 1, line => line.StartsWith("```", StringComparison.Ordinal));
            Assert.True(end > 0, $"{path}: the block of line {i + 1} does not end.");
            blocks.Add(new Markdown(lines[i][3..].Trim(), i + 2, lines[(i + 1)..end]));
            i = end;
        }

        return blocks;
    }

    /// <summary>The only block of a language that holds some words.</summary>
    public static string Block(string path, string language, string holds)
    {
        Markdown[] found = [.. Blocks(path).Where(block => block.Language == language && block.Text.Contains(holds, StringComparison.Ordinal))];
        Assert.True(found.Length == 1, $"{path}: {found.Length} blocks of {language} hold \"{holds}\", one is expected.");
        return found[0].Text;
    }
}
