using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Euterpe.Numerics;
using Euterpe.Tasks;

namespace Euterpe.Cli;

/// <summary>One verb: its arguments, the task that it fills, the report that it prints. What all verbs share stands here, once.</summary>
internal abstract class Verb(SharedOptions shared, string name, string description, string example)
{
    protected SharedOptions Shared { get; } = shared;

    protected Command Command { get; } = new VerbCommand(name, description, example);

    /// <summary>Runs the task and prints its result; returns the exit code.</summary>
    protected abstract int Run(ParseResult parsed, Session session);

    public void AddTo(RootCommand root, TextWriter output, TextWriter error, Surroundings surroundings)
    {
        Command.Options.Add(Shared.Json);
        Command.SetAction(parsed => Guarded(parsed, output, error, surroundings));
        root.Subcommands.Add(Command);
    }

    private int Guarded(ParseResult parsed, TextWriter output, TextWriter error, Surroundings surroundings)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(surroundings.Stop);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        bool json = parsed.GetValue(Shared.Json);
        try
        {
            int? threads = Command.Options.Contains(Shared.Threads) ? parsed.GetValue(Shared.Threads) : null;
            var context = new TaskContext { Threads = threads };
            if (surroundings.Models is not null)
                context = context with { Models = surroundings.Models };
            return Run(parsed, new Session(output, error, surroundings, context, json, stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Fail("Stopped; nothing is left half-written.", Exit.Failed);
        }
        catch (OptionsException e)
        {
            return Fail(e.Message, Exit.Usage, e);
        }
        catch (Exception e) when (IsExpected(e))
        {
            return Fail(e.Message, Exit.Failed, e);
        }
        catch (Exception e)
        {
            return Fail($"{e.GetType().Name}: {e.Message} Hint: this is an error of the program; --verbose shows where.", Exit.Failed, e);
        }

        void Stop(PosixSignalContext signal)
        {
            // A second one ends the program as it would without us.
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }

        int Fail(string message, int code, Exception? e = null)
        {
            string line = message.ReplaceLineEndings(" ");
            if (json)
                JsonReport.Write(output, new ErrorReport(line));
            error.WriteLine($"euterpe: {line}");
            if (e is not null && (parsed.GetValue(Shared.Verbose) || surroundings.Variable("EUTERPE_DEBUG") is not (null or "" or "0")))
                error.WriteLine(e.ToString());
            return code;
        }
    }

    /// <summary>Errors whose message tells a person all that is needed.</summary>
    private static bool IsExpected(Exception e) => e is ModelFileException or FileFormatException or ShapeException or IOException
        or UnauthorizedAccessException or InvalidOperationException or ArgumentException or NotSupportedException;
}

internal sealed class VerbCommand(string name, string description, string example) : Command(name, description)
{
    public string Example => example;
}

/// <summary>One run of a verb.</summary>
internal sealed record Session(
    TextWriter Output, TextWriter Error, Surroundings Surroundings, TaskContext Context, bool Json, CancellationToken Stop)
{
    /// <summary>The catalogue that is meant: the option, the variable, the user's data folder.</summary>
    public string Catalogue(string? option)
    {
        if (!string.IsNullOrEmpty(option))
            return Search.Catalogue.FullPlace(option);
        if (Surroundings.Variable("EUTERPE_CATALOGUE") is { Length: > 0 } variable)
            return Search.Catalogue.FullPlace(variable);
        // On Linux this is XDG_DATA_HOME, else ~/.local/share.
        string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), "euterpe", "catalogue.db");
    }

    /// <summary>Runs a task, with a progress bar where somebody watches.</summary>
    public T WithProgress<T>(Func<IProgress<TaskProgress>?, T> task) => Surroundings.Watched ? Watch(task) : task(null);

    // Kept apart, so that nothing of the terminal library is loaded where nobody watches.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T Watch<T>(Func<IProgress<TaskProgress>?, T> task) => ProgressBar.Run(task);
}
