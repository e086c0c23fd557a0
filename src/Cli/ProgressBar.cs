using Euterpe.Tasks;
using Spectre.Console;

namespace Euterpe.Cli;

/// <summary>A bar with the time left, on the error stream, cleared when the work is done.</summary>
internal sealed class ProgressBar : IProgress<TaskProgress>
{
    private readonly ProgressContext _context;
    private readonly Lock _gate = new();
    private ProgressTask? _task;
    private string? _stage;

    private ProgressBar(ProgressContext context) => _context = context;

    public static T Run<T>(Func<IProgress<TaskProgress>?, T> task)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => task(new ProgressBar(context)));
    }

    public void Report(TaskProgress value)
    {
        lock (_gate)
        {
            if (_task is null || _stage != value.Stage)
            {
                _task?.StopTask();
                _stage = value.Stage;
                _task = _context.AddTask(value.Stage, autoStart: true, maxValue: value.Total ?? 1);
            }

            _task.IsIndeterminate = value.Total is null || value.Stage == "waiting";
            _task.Description = value.Stage == "waiting" ? $"waiting {value.Item}" : value.Total is { } total ? $"{value.Stage} {value.Done:N0} of {total:N0}" : $"{value.Stage} {value.Done:N0}";
            if (value.Total is { } all)
            {
                _task.MaxValue = all;
                _task.Value = value.Done;
            }
        }
    }
}
