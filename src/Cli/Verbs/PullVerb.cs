using System.CommandLine;
using System.Globalization;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class PullVerb : Verb
{
    private readonly Argument<string> _name = new("NAME")
    {
        Description = "A model of the hub, organisation/name or a short name of 'euterpe list --known'; @REVISION may follow: a branch, "
            + "a tag or a commit.",
    };

    private readonly Option<string[]> _files = new("--file")
    {
        Description = "Weights to fetch beside configuration and tokenizer, by name or pattern (*). Default: what Euterpe reads, "
            + "safetensors before pickles.",
        HelpName = "PATTERN",
    };

    private readonly Option<bool> _all = new("--all") { Description = "Every file of the repository." };
    private readonly Option<bool> _dry = new("--dry-run") { Description = "Only say what would be fetched." };

    public PullVerb(SharedOptions shared)
        : base(shared, "pull", "Fetches a published model into the Hugging Face cache (HF_HOME): resumed where it was broken off, "
            + "every file checked by its hash.",
            "euterpe pull laion/clap-htsat-unfused")
    {
        Command.Arguments.Add(_name);
        foreach (Option option in (Option[])[_files, _all, _dry])
            Command.Options.Add(option);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        var options = new PullOptions(parsed.GetValue(_name)!, parsed.GetValue(_all), parsed.GetValue(_files), parsed.GetValue(_dry))
        {
            Variable = session.Surroundings.Variable,
        };
        PullResult result = session.WithProgress(progress => PullTask.Run(options, session.Context,
            session.Json ? null : plan => Planned(plan, session.Output),
            note => session.Error.WriteLine("euterpe: " + Text.Safe(note)), progress, session.Stop));
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else if (!result.DryRun)
            Print(result, session.Output);
        return Exit.Done;
    }

    private static void Planned(PullResult plan, TextWriter output)
    {
        output.WriteLine($"{Text.Safe(plan.Name)}, commit {plan.Commit}");
        output.WriteLine($"licence: {(plan.Licence is null ? "its card says none: ask its publisher" : Text.Safe(plan.Licence.ToString()))}");
        foreach (PulledFile file in plan.Files)
        {
            string from = plan.Name.StartsWith(file.Repository, StringComparison.Ordinal) ? "" : $"  (of {file.Repository})";
            output.WriteLine($"{Text.Size(file.Bytes),10}  {Text.Safe(file.Path)}{from}{(file.Present ? "  (here)" : "")}");
        }

        output.WriteLine(plan.MissingBytes == 0 ? $"{Text.Plural(plan.Files.Count, "file")}, {Text.Size(plan.Bytes)}: all here."
            : string.Create(CultureInfo.InvariantCulture,
                $"{Text.Plural(plan.Files.Count, "file")}, {Text.Size(plan.Bytes)}; {Text.Size(plan.MissingBytes)} to fetch."));
        foreach (string note in plan.Notes)
            output.WriteLine("note: " + Text.Safe(note));
        output.Flush();
    }

    private static void Print(PullResult result, TextWriter output)
    {
        foreach (string note in result.Abilities.Count == 0 ? result.Notes.TakeLast(1) : [])
            output.WriteLine("note: " + Text.Safe(note));
        output.WriteLine($"{Text.Safe(result.Folder)}: every file "
            + $"checked{(result.Abilities.Count > 0 ? "; it can " + string.Join(", ", result.Abilities) : "")}.");
    }
}
