using System.CommandLine;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

/// <summary>How long work behaves towards the rest of the machine: options of every verb that indexes.</summary>
internal sealed class MannersOptions
{
    private readonly Option<bool> _nice = new("--nice") { Description = "Work at the lowest priority, the decoders too: everything else goes first." };

    private readonly Option<string?> _memory = new("--max-memory")
    {
        Description = "The memory that the program and its decoders may take, such as 2G or 512M: fewer files are worked on at once. A model that does not fit is an error.",
        HelpName = "AMOUNT",
    };

    private readonly Option<string?> _hours = new("--quiet-hours")
    {
        Description = "Work in these hours of the day only, such as 23-7 or 22:30-6:15, and wait outside them.",
        HelpName = "FROM-UNTIL",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_nice);
        command.Options.Add(_memory);
        command.Options.Add(_hours);
    }

    public Manners Read(ParseResult parsed) => new()
    {
        Nice = parsed.GetValue(_nice),
        MaxMemory = parsed.GetValue(_memory) is { } amount ? Manners.ParseMemory(amount) : null,
        QuietHours = parsed.GetValue(_hours) is { } hours ? QuietHours.Parse(hours) : null,
    };

    /// <summary>Progress that also says, where nobody watches a bar, what a task waits for: once for each thing.</summary>
    public static IProgress<TaskProgress>? Telling(IProgress<TaskProgress>? shown, TextWriter error) => shown ?? new Teller(error);

    private sealed class Teller(TextWriter error) : IProgress<TaskProgress>
    {
        private string? _said;

        public void Report(TaskProgress value)
        {
            if (value.Stage != "waiting" || value.Item == _said)
                return;
            _said = value.Item;
            error.WriteLine($"euterpe: Waiting {(value.Item!.StartsWith("until", StringComparison.Ordinal) ? "" : "for ")}{value.Item}.");
        }
    }
}
