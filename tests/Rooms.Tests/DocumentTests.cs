using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace Euterpe.Rooms.Tests;

/// <summary>What the documents tell people to type exists: verbs, options, scripts, links.</summary>
public partial class DocumentTests(ITestOutputHelper output)
{
    private static IEnumerable<string> Documents => Sources.All.Where(path => path.EndsWith(".md", StringComparison.Ordinal)
        && !path.StartsWith("tests/Fixtures/", StringComparison.Ordinal));

    [Fact]
    public void Commands_in_the_documents_exist()
    {
        string cli = string.Concat(Sources.OfRooms.Where(source => source.Room == "Cli")
            .Select(source => File.ReadAllText(Sources.Full(source.Path))));
        string[] verbs = [.. Verbs().Matches(cli).Select(match => match.Groups[1].Value)];
        string[] options = [.. Options().Matches(cli).Select(match => match.Groups[1].Value), "--help", "--version"];
        Assert.NotEmpty(verbs);
        output.WriteLine($"verbs: {string.Join(' ', verbs)}");
        var wrong = new List<string>();
        foreach ((string path, string line) in Documents.SelectMany(CommandLines))
        {
            foreach (string command in line.Split(["&&", "||", "|", ";"], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                int program = Array.FindIndex(words, word => word is "euterpe" || word.EndsWith("/euterpe", StringComparison.Ordinal));
                if (program >= 0 && words.Length > program + 1 && words[program + 1][0] is not ('-' or '#'))
                {
                    if (!verbs.Contains(words[program + 1]))
                    {
                        wrong.Add($"{path}: there is no verb {words[program + 1]} in: {line}");
                    }
                    wrong.AddRange(words.Skip(program + 2).TakeWhile(word => word != "#")
                        .Where(word => word.StartsWith("--", StringComparison.Ordinal) && !options.Contains(word.Split('=')[0]))
                        .Select(word => $"{path}: no verb has {word} in: {line}"));
                }
                else if (words[0].StartsWith("./", StringComparison.Ordinal) && !Path.Exists(Sources.Full(words[0][2..])) && words[0] != "./euterpe")
                {
                    wrong.Add($"{path}: {words[0]} is not there, in: {line}");
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Links_in_the_documents_lead_somewhere()
    {
        var wrong = new List<string>();
        foreach (string path in Documents)
        {
            string folder = Path.GetDirectoryName(Sources.Full(path))!;
            foreach (Match link in Links().Matches(File.ReadAllText(Sources.Full(path))))
            {
                string target = link.Groups[1].Value.Split('#')[0];
                if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal) && !target.StartsWith("mailto:", StringComparison.Ordinal)
                    && !Path.Exists(Path.Combine(folder, Uri.UnescapeDataString(target))))
                {
                    wrong.Add($"{path}: {target}");
                }
            }
        }
        Assert.True(wrong.Count == 0, $"These links lead nowhere: {string.Join("; ", wrong)}.");
    }

    /// <summary>The lines of ```bash and ```sh blocks, without prompts and comments, continued lines joined.</summary>
    private static IEnumerable<(string Path, string Line)> CommandLines(string path)
    {
        string? continued = null;
        bool inside = false;
        foreach (string raw in File.ReadLines(Sources.Full(path)))
        {
            string line = raw.Trim();
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inside = !inside && line is "```bash" or "```sh" or "```shell" or "```console";
                continue;
            }
            if (!inside || line.Length == 0 || line[0] == '#')
            {
                continue;
            }
            line = continued + (line.StartsWith("$ ", StringComparison.Ordinal) ? line[2..] : line);
            continued = line.EndsWith('\\') ? line[..^1] : null;
            if (continued is null)
            {
                yield return (path, line);
            }
        }
    }

    [GeneratedRegex("""\bbase\(\s*shared,\s*"([a-z-]+)",""")]
    private static partial Regex Verbs();

    [GeneratedRegex("\"(--[a-z-]+)\"")]
    private static partial Regex Options();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();
}
