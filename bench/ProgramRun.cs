using System.Diagnostics;

namespace Euterpe.Bench;

/// <summary>A program run from its start to its end: what a person waits for.</summary>
internal static class ProgramRun
{
    /// <summary>Milliseconds from start to exit; output is dropped, and an exit code other than 0 is an error.</summary>
    public static double Time(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        long begun = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new BenchException($"{program} did not start.");
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double milliseconds = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        return process.ExitCode == 0
            ? milliseconds
            : throw new BenchException($"{Path.GetFileName(program)} {string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Result.Trim()}");
    }

    /// <summary>The repository's root, found upwards from the benchmark's own folder.</summary>
    public static string Repository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Euterpe.slnx")))
            {
                return folder.FullName;
            }
        }
        throw new BenchException("Euterpe.slnx was not found above the benchmark.");
    }
}
