using System.Diagnostics;
using System.Text.Json;

namespace Euterpe.Cli.Tests;

/// <summary>The real program as a process of its own.</summary>
internal sealed class ProgramRun : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task<string> error;

    private ProgramRun(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment.Remove("EUTERPE_CATALOGUE");
        process = Process.Start(start)!;
        output = process.StandardOutput.ReadToEndAsync();
        error = process.StandardError.ReadToEndAsync();
    }

    private static string Library => Path.Combine(AppContext.BaseDirectory, "euterpe.dll");

    public static ProgramRun Begin(params string[] arguments) => new(new ProcessStartInfo("dotnet", [Library, .. arguments]));

    /// <summary>Through another program, such as a shell that sets limits: the words of the command stand behind it.</summary>
    public static ProgramRun Through(string[] words, params string[] arguments) => new(new ProcessStartInfo(words[0], [.. words[1..], "dotnet", Library, .. arguments]));

    /// <summary>Runs to the end.</summary>
    public static (int Code, string Output, string Error) ToEnd(params string[] arguments)
    {
        using ProgramRun run = Begin(arguments);
        return run.End();
    }

    /// <summary>Runs to the end, which must be a good one, and gives its report.</summary>
    public static JsonElement Report(params string[] arguments)
    {
        (int code, string output, string error) = ToEnd([.. arguments, "--json"]);
        Assert.True(code == 0, $"exit code {code}: {error}");
        return JsonDocument.Parse(output).RootElement;
    }

    /// <summary>kill -9 after a time; false where it had ended before.</summary>
    public bool KillAfter(TimeSpan time)
    {
        bool ended = process.WaitForExit(time);
        if (!ended)
            process.Kill();
        process.WaitForExit();
        return !ended;
    }

    public (int Code, string Output, string Error) End()
    {
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)), "The program hangs.");
        return (process.ExitCode, output.Result, error.Result);
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}
