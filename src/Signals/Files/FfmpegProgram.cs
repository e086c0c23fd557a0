using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace Euterpe.Signals.Files;

/// <summary>Where FFmpeg is, which build it is, and how it is started: without a shell, without input, without files of its own.</summary>
internal static class FfmpegProgram
{
    private static readonly ConcurrentDictionary<string, string?> Builds = new(StringComparer.Ordinal);

    /// <summary>The first line of <c>-version</c>, asked once a process; null where the program is not there.</summary>
    public static string? Build(string decoder) => Find(decoder) is not string program ? null : Builds.GetOrAdd(program, static program =>
    {
        try
        {
            using Process process = Run(program, "-version");
            string? line = process.StandardOutput.ReadLine();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return line is null ? null : FfmpegMessages.Printable(line, 200);
        }
        catch (Win32Exception)
        {
            return null;
        }
    });

    public static Process Run(string program, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        start.Environment.Remove("FFREPORT");                  // it would write log files
        start.Environment["AV_LOG_FORCE_NOCOLOR"] = "1";
        Process process = Process.Start(start) ?? throw new InvalidOperationException("No process was started.");
        process.StandardInput.Close();
        return process;
    }

    /// <summary>The program's absolute path. PATH is walked here, since .NET would also look into the current folder.</summary>
    public static string? Find(string decoder)
    {
        if (Path.IsPathFullyQualified(decoder))
        {
            return File.Exists(decoder) ? decoder : null;
        }
        string[] endings = OperatingSystem.IsWindows() ? [".exe"] : [""];
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (string ending in endings)
            {
                string path = Path.Combine(folder, decoder + ending);
                if (Path.IsPathFullyQualified(folder) && File.Exists(path))
                {
                    return path;
                }
            }
        }
        return null;
    }
}
