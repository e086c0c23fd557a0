using System.CommandLine;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class ExplainVerb : Verb
{
    private readonly Argument<string> _file = new("FILE") { Description = "One file, of any kind." };

    public ExplainVerb(SharedOptions shared)
        : base(shared, "explain", "Takes one file the whole way into a catalogue, stage by stage, and says what happened. Neither is changed.", "euterpe explain song.mp3")
    {
        Command.Arguments.Add(_file);
        Command.Options.Add(shared.Catalogue);
        shared.AddModel(Command);
        Command.Options.Add(shared.Threads);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        var options = new ExplainOptions
        {
            File = parsed.GetValue(_file)!,
            Catalogue = session.Catalogue(parsed.GetValue(Shared.Catalogue)),
            Model = Shared.ModelChoice(parsed),
        };
        ExplainResult result = ExplainTask.Run(options, session.Context, session.Stop);
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else
            Print(result, session.Output);
        return result.Usable ? Exit.Done : Exit.Failed;
    }

    private static void Print(ExplainResult result, TextWriter output)
    {
        foreach (ExplainedStage stage in result.Stages)
        {
            string mark = stage.Outcome switch { "ok" => " ", "failed" => "!", _ => "-" };
            output.WriteLine($"{mark} {stage.Name,-10} {Text.Safe(stage.Summary)}");
            foreach (ShownFact fact in stage.Facts)
                output.WriteLine($"{"",-13}{fact.Name}: {Text.Safe(fact.Value)}");
        }

        output.WriteLine(result.Usable ? "It can be used." : $"It cannot be used: {result.Reason}, at {result.FailedAt}. Hint: {result.Hint}");
    }
}
