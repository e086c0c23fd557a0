using System.CommandLine;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class IndexVerb : Verb
{
    private readonly Argument<string> _folder = new("FOLDER") { Description = "A folder of recordings; folders in it are looked through too." };
    private readonly Option<bool> _hidden = new("--hidden") { Description = "Also files and folders whose names begin with a dot." };
    private readonly Option<bool> _retry = new("--retry") { Description = "Try files again that failed before and have not changed." };

    public IndexVerb(SharedOptions shared)
        : base(shared, "index", "Brings a catalogue up to date with a folder of recordings. Only what is new or changed is worked on.", "euterpe index ~/Music")
    {
        Command.Arguments.Add(_folder);
        Command.Options.Add(shared.Catalogue);
        shared.AddModel(Command);
        Command.Options.Add(_hidden);
        Command.Options.Add(_retry);
        Command.Options.Add(shared.Threads);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        var options = new IndexOptions
        {
            Folder = parsed.GetValue(_folder)!,
            Catalogue = session.Catalogue(parsed.GetValue(Shared.Catalogue)),
            Model = Shared.ModelChoice(parsed),
            Hidden = parsed.GetValue(_hidden),
            Retry = parsed.GetValue(_retry),
        };
        IndexResult result = session.WithProgress(progress => IndexTask.Run(options, session.Context, progress, session.Stop));
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else
            Print(result, session.Output);
        if (result.Stopped)
            session.Error.WriteLine("euterpe: Stopped. What was finished is kept; the same command goes on from here.");
        return result.Stopped ? Exit.Failed : Exit.Done;
    }

    private static void Print(IndexResult r, TextWriter output)
    {
        string taken = r.Embedded == 0 ? "" : $" ({Text.Duration(r.SecondsOfSound)} of sound in {Text.Duration(r.SecondsTaken)})";
        string[] parts =
        [
            $"{r.Embedded:N0} embedded{taken}",
            .. r.Recognised > 0 ? [$"{r.Recognised:N0} moved or copied"] : Array.Empty<string>(),
            $"{r.Unchanged:N0} unchanged",
            .. r.Vanished > 0 ? [$"{r.Vanished:N0} gone"] : Array.Empty<string>(),
            $"{r.Failures.Count:N0} bad",
        ];
        output.WriteLine($"{Text.Safe(r.Folder)}: {Text.Plural(r.Found, "sound")} found; {string.Join(", ", parts)}.");
        output.WriteLine($"Catalogue: {Text.Safe(r.Catalogue)}, embedder {Text.Safe(r.Model)}.");
        if (r.Failures.Count > 0)
        {
            output.WriteLine("Bad files:");
            Text.Failures(output, r.Failures, 100);
        }
    }
}
