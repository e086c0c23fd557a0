using System.Diagnostics;
using System.Globalization;
using Euterpe.Testing;

namespace Euterpe.Cli.Tests;

/// <summary>
/// `euterpe show` on files that somebody meant ill with: those that must be refused end with exit code 1 and one clear line. Every file in this
/// process;
/// a part of them (all, in the long run) as processes of their own, watched: no file made, no process started, memory within the file's size and 64
/// MiB.
/// </summary>
public class HostileFileTests
{
    private const long Extra = 64L << 20;

    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(20);

    [Theory]
    [Trait("Category", "Parity")]
    [MemberData(nameof(Folders))]
    public void Show_refuses_with_one_line_what_must_be_refused(string folder)
    {
        foreach (CheckpointIndex entry in Hostile.Where(entry => FolderOf(entry) == folder))
        {
            var output = new StringWriter { NewLine = "\n" };
            var error = new StringWriter { NewLine = "\n" };
            int code = CommandLine.Run(["show", entry.Path], output, error, new Surroundings { Watched = false, Variable = _ => null });
            Check(entry, code, output.ToString(), error.ToString());
        }
    }

    [Fact]
    [Trait("Category", "Parity")]
    public void The_program_itself_leaves_nothing_behind()
    {
        // Some of each folder; what would write, start or take most is among them.
        string[] wanted = ["os_system.pt", "bomb.pt", "huge_expand.pt", "traversal.pt", "deep_lists.pt", "billion_laughs.pt"];
        Children([.. Hostile.Where((entry, i) => i % 40 == 0 || wanted.Contains(Path.GetFileName(entry.Path)))]);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void The_program_itself_leaves_nothing_behind_whatever_the_file() => Children(Hostile);

    public static IEnumerable<object[]> Folders() => Hostile.Select(FolderOf).Distinct().Select(folder => new object[] { folder });

    private static CheckpointIndex[] Hostile =>
        [.. CheckpointIndex.All().Where(entry => entry.Name.StartsWith("hostile/", StringComparison.Ordinal))];

    private static string FolderOf(CheckpointIndex entry) => string.Join('/', entry.Name.Split('/').Take(2));

    private static void Children(CheckpointIndex[] entries)
    {
        string tiny = Path.Combine(Fixture.Repository, "tests", "Fixtures", "checkpoints", "good", "torch_formats", "zip.pt");
        Child good = Run(tiny), again = Run(tiny);
        Assert.Equal((0, ""), (good.Code, good.Error));
        long usual = Math.Max(good.Peak, again.Peak);
        foreach (CheckpointIndex entry in entries)
        {
            Child child = Run(entry.Path);
            Check(entry, child.Code, child.Output, child.Error);
            long most = usual + new FileInfo(entry.Path).Length + Extra;
            Assert.True(child.Peak <= most, $"{entry.Name}: {child.Peak >> 20} MiB, {most >> 20} are allowed.");
        }
    }

    private static void Check(CheckpointIndex entry, int code, string output, string error)
    {
        if (entry.MustRefuse || code != 0)
        {
            Assert.False(entry.MustLoad, $"{entry.Name} must be shown: {error}");
            Assert.True(code == 1, $"{entry.Name}: exit code {code} where 1 is right ({entry.What}). {error}");
            Assert.Equal("", output);
            Assert.StartsWith("euterpe: [", error, StringComparison.Ordinal);
            Assert.EndsWith("\n", error, StringComparison.Ordinal);
            Assert.Single(error, '\n');
            Assert.InRange(error.Length, 30, 700);
            Assert.DoesNotContain(error, letter => char.IsControl(letter) && letter != '\n');
            Assert.DoesNotContain("error of the program", error, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal("", error);
            Assert.NotEqual("", output);
        }
    }

    /// <summary>The real program in an empty folder, with that folder as its home and its place for temporary files.</summary>
    private static Child Run(string file)
    {
        using var folder = new TemporaryFolder();
        string[] around = Directory.GetFileSystemEntries(Path.GetDirectoryName(file)!);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "euterpe.dll"), "show", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.Path,
        };
        foreach (string name in (string[])["TMPDIR", "HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "HF_HOME"])
        {
            start.Environment[name] = folder.Path;
        }
        // Debuggers' pipes would be files of the runtime's own.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        var watch = Stopwatch.StartNew();
        long peak = 0;
        while (!process.WaitForExit(2))
        {
            peak = Math.Max(peak, PeakOf(process.Id));
            Assert.True(Descendants(process.Id).Length == 0, $"{file}: a process was started.");
            if (watch.Elapsed > Watchdog)
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"{file}: it did not end within {Watchdog.TotalSeconds} s.");
            }
        }
        process.WaitForExit();
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories));
        Assert.Equal(around, Directory.GetFileSystemEntries(Path.GetDirectoryName(file)!));
        Assert.False(File.Exists("/tmp/PWNED"));
        return new Child(process.ExitCode, output.Result, error.Result, peak);
    }

    /// <summary>The most memory that a process had so far, by Linux' own count (VmHWM); elsewhere 0.</summary>
    private static long PeakOf(int process)
    {
        string? line = Lines($"/proc/{process}/status").FirstOrDefault(each => each.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.AsSpan(6).Trim()[..^3], CultureInfo.InvariantCulture) << 10;
    }

    private static string[] Descendants(int process) =>
        [.. Directory.Exists($"/proc/{process}/task") ? Tasks(process).SelectMany(task => Lines($"{task}/children")) : []];

    private static string[] Tasks(int process)
    {
        try
        {
            return Directory.GetDirectories($"/proc/{process}/task");
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private sealed record Child(int Code, string Output, string Error, long Peak);
}
