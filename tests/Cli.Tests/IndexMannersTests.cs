using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Euterpe.Cli.Tests;

/// <summary>What the system sees of an index run: priorities and memory of the program itself.</summary>
public sealed class IndexMannersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("euterpe-manners-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_nice_run_within_its_memory_takes_no_more_and_its_threads_and_decoders_are_nice()
    {
        const int Megabytes = 260;
        if (!OperatingSystem.IsLinux())
            return;
        string music = Directory.CreateDirectory(Path.Combine(_folder, "music")).FullName;
        foreach (string path in Directory.GetFiles(Path.Combine(Repository(), "samples", "recordings"), "*.ogg").Order(StringComparer.Ordinal).Take(12))
            File.Copy(path, Path.Combine(music, Path.GetFileName(path)));

        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "euterpe.dll"), "index", music, "--catalogue", Path.Combine(_folder, "c.db"),
            "--nice", "--max-memory", $"{Megabytes}M", "--threads", "2"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process run = Process.Start(start)!;
        long peak = 0;
        string[] threads = [];
        var decoders = new List<string>();
        while (!run.WaitForExit(5))
        {
            Match most = Regex.Match(Read($"/proc/{run.Id}/status"), @"VmHWM:\s+(\d+)");
            peak = Math.Max(peak, most.Success ? long.Parse(most.Groups[1].Value, CultureInfo.InvariantCulture) : 0);
            string children = Read($"/proc/{run.Id}/task/{run.Id}/children");
            foreach (string task in Tasks(run.Id))
                children += " " + Read(Path.Combine(task, "children"));
            string[] found = [.. children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => Nice($"/proc/{child}/stat")).Where(nice => nice.Length > 0)];
            decoders.AddRange(found);
            if (found.Length > 0)
                threads = [.. Tasks(run.Id).Select(task => Nice(Path.Combine(task, "stat"))).Where(nice => nice.Length > 0)];
        }

        string said = run.StandardOutput.ReadToEnd() + run.StandardError.ReadToEnd();
        Assert.True(run.ExitCode == 0, said);
        Assert.Contains("12 embedded", said, StringComparison.Ordinal);
        Assert.InRange(peak, 1, Megabytes * 1024);
        Assert.NotEmpty(decoders);
        Assert.All(decoders, nice => Assert.Equal("19", nice));
        Assert.NotEmpty(threads);
        Assert.All(threads, nice => Assert.Equal("19", nice));
    }

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

    private static string Nice(string stat)
    {
        string line = Read(stat);
        return line.Length == 0 ? "" : line[(line.LastIndexOf(')') + 2)..].Split(' ')[16];
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it has just ended
        }
    }

    private static string Repository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Euterpe.slnx")))
            folder = folder.Parent;
        return folder!.FullName;
    }
}
