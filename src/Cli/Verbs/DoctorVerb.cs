using System.CommandLine;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class DoctorVerb : Verb
{
    public DoctorVerb(SharedOptions shared)
        : base(shared, "doctor", "Looks at this machine: processor, FFmpeg, models, catalogue.", "euterpe doctor")
    {
        Command.Options.Add(shared.Catalogue);
        Command.Options.Add(shared.Threads);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        DoctorResult result = DoctorTask.Run(session.Context, session.Catalogue(parsed.GetValue(Shared.Catalogue)));
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else
            Print(result, session.Output);
        return result.Good ? Exit.Done : Exit.Failed;
    }

    private static void Print(DoctorResult result, TextWriter output)
    {
        foreach (DoctorCheck check in result.Checks)
        {
            output.WriteLine($"{(check.Good ? " " : "!")} {check.Name,-12} {Text.Safe(check.Value)}");
            if (check.Hint is not null)
                output.WriteLine($"{"",-15}{check.Hint}");
        }
    }
}
