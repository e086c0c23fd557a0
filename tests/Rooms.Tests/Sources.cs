using System.Diagnostics;
using Euterpe.Testing;

namespace Euterpe.Rooms.Tests;

/// <summary>The files of the repository, as git knows them (with those not added yet); in an unpacked archive, all but what builds make.</summary>
internal static class Sources
{
    private static readonly string[] Made =
        ["bin", "obj", "dist", "artifacts", "TestResults", ".git", ".vs", ".idea", "node_modules", "BenchmarkDotNet.Artifacts"];

    private static readonly Lazy<string[]> Listed = new(List);

    /// <summary>Paths from the root, with slashes, sorted.</summary>
    public static IReadOnlyList<string> All => Listed.Value;

    public static IEnumerable<string> CSharp => All.Where(path => path.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>Every .cs file of a room: src/Signals/... -> Signals.</summary>
    public static IEnumerable<(string Room, string Path)> OfRooms => CSharp
        .Where(path => path.StartsWith("src/", StringComparison.Ordinal) && path.Split('/').Length > 2)
        .Select(path => (path.Split('/')[1], path));

    public static string Full(string path) => Path.Combine(Fixture.Repository, path);

    public static long Size(string path) => new FileInfo(Full(path)).Length;

    /// <summary>A file's lines without // comments and without the insides of plain texts, so that words about a thing are not the thing.</summary>
    public static string Code(string path)
    {
        IEnumerable<string> lines = File.ReadLines(Full(path)).Select(line =>
        {
            string code = System.Text.RegularExpressions.Regex.Replace(line, "\"(\\\\.|[^\"\\\\])*\"", "\"\"");
            int comment = code.IndexOf("//", StringComparison.Ordinal);
            return comment < 0 ? code : code[..comment];
        });
        return string.Join('\n', lines);
    }

    private static string[] List()
    {
        string[] paths = Git() ?? [.. Directory.EnumerateFiles(Fixture.Repository, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Fixture.Repository, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Intersect(Made).Any())];
        return [.. paths.Where(path => File.Exists(Full(path))).Order(StringComparer.Ordinal)];
    }

    private static string[]? Git()
    {
        if (!Path.Exists(Full(".git")))
        {
            return null;
        }
        try
        {
            var start = new ProcessStartInfo("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            {
                WorkingDirectory = Fixture.Repository,
                RedirectStandardOutput = true,
            };
            using Process git = Process.Start(start)!;
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Distinct()] : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
