using System.CommandLine;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class DoctorVerb : Verb
{
    private readonly Option<bool> _fingerprint = new("--fingerprint")
    {
        Description = "Compute every stage from a counter and print one hash each, then the total: two machines that print the same compute the same.",
    };

    private readonly Option<int?> _batch = new("--batch") { Description = "With --fingerprint: how many items travel together, 1 to 5. Default: 1 and 5.", HelpName = "N" };

    public DoctorVerb(SharedOptions shared)
        : base(shared, "doctor", "Looks at this machine: processor, FFmpeg, models, catalogue.", "euterpe doctor")
    {
        Command.Options.Add(_fingerprint);
        Command.Options.Add(_batch);
        Command.Options.Add(shared.Catalogue);
        Command.Options.Add(shared.Threads);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        if (parsed.GetValue(_fingerprint))
            return Fingerprint(new FingerprintOptions(parsed.GetValue(Shared.Threads), parsed.GetValue(_batch)), session);
        DoctorResult result = DoctorTask.Run(session.Context, session.Catalogue(parsed.GetValue(Shared.Catalogue)));
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else
            Print(result, session.Output);
        return result.Good ? Exit.Done : Exit.Failed;
    }

    private static int Fingerprint(FingerprintOptions options, Session session)
    {
        FingerprintResult result = FingerprintTask.Run(options, null, session.Stop);
        if (session.Json)
        {
            JsonReport.Write(session.Output, result);
            return result.Same ? Exit.Done : Exit.Failed;
        }

        int width = result.Stages.Max(s => s.Name.Length);
        foreach (StageFingerprint stage in result.Stages)
            session.Output.WriteLine($"{stage.Name.PadRight(width)}  {stage.Hash}");
        session.Output.WriteLine($"{"total".PadRight(width)}  {result.Total}");
        foreach (string difference in result.Differences)
            session.Error.WriteLine($"euterpe: differs within this machine: {difference}");
        return result.Same ? Exit.Done : Exit.Failed;
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
