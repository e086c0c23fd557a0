using System.CommandLine;
using Euterpe.Numerics;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class WorkVerb : Verb
{
    private readonly Argument<string?> folder = new("FOLDER")
    {
        Description = "Only files in this folder and below. It is the one that euterpe index was given: all workers see the files under the same paths.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> onceOption = new("--once") { Description = "End when nothing is free, even while other workers still work." };
    private readonly Option<bool> waitOption = new("--wait") { Description = "Do not end: wait for files that euterpe index --queue-only finds." };

    private readonly MannersOptions manners = new();

    public WorkVerb(SharedOptions shared)
        : base(shared, "work", "Works on the files that wait in a catalogue, beside other workers on this and other machines.",
            "euterpe index ~/Music --queue-only --catalogue postgres://me@host/music && euterpe work --catalogue postgres://me@host/music")
    {
        Command.Arguments.Add(folder);
        Command.Options.Add(shared.Catalogue);
        Command.Options.Add(onceOption);
        Command.Options.Add(waitOption);
        Command.Options.Add(shared.Threads);
        manners.AddTo(Command);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        bool once = parsed.GetValue(onceOption), wait = parsed.GetValue(waitOption);
        if (once && wait)
            throw new OptionsException("[work] --once and --wait exclude each other.");
        var options = new WorkOptions
        {
            Catalogue = session.Catalogue(parsed.GetValue(Shared.Catalogue)),
            Folder = parsed.GetValue(folder),
            Manners = manners.Read(parsed),
            End = once ? WorkEnd.NothingFree : wait ? WorkEnd.Never : WorkEnd.Done,
        };
        WorkResult result = session.WithProgress(progress => WorkTask.Run(options, session.Context, MannersOptions.Telling(progress, session.Error), session.Stop));
        if (session.Json)
            JsonReport.Write(session.Output, result);
        else
            Print(result, session.Output);
        if (result.Unseen > 0)
        {
            session.Error.WriteLine($"euterpe: {Text.Plural(result.Unseen, "file")} cannot be seen from here, such as {Text.Safe(result.UnseenExample!)}. "
                + "Hint: mount the folder at the same place, or name the folder that is to be worked on.");
        }

        // Somebody who stops a worker that waits for ever has not met with an error.
        if (result.Stopped && !wait)
            session.Error.WriteLine("euterpe: Stopped. What was finished is kept; others go on from here.");
        return result.Unseen > 0 || (result.Stopped && !wait) ? Exit.Failed : Exit.Done;
    }

    private static void Print(WorkResult r, TextWriter output)
    {
        string taken = r.Embedded == 0 ? "" : $" ({Text.Duration(r.SecondsOfSound)} of sound in {Text.Duration(r.SecondsTaken)})";
        string[] parts =
        [
            $"{r.Embedded:N0} embedded{taken}",
            .. r.Recognised > 0 ? [$"{r.Recognised:N0} moved or copied"] : Array.Empty<string>(),
            .. r.Retagged > 0 ? [$"{r.Retagged:N0} with tags read anew"] : Array.Empty<string>(),
            .. r.Vanished > 0 ? [$"{r.Vanished:N0} gone"] : Array.Empty<string>(),
            $"{r.Failures.Count:N0} bad",
        ];
        output.WriteLine($"{Text.Plural(r.Worked, "file")} worked on: {string.Join(", ", parts)}; {r.Waiting:N0} wait.");
        output.WriteLine($"Catalogue: {Text.Safe(r.Catalogue)}, embedder {Text.Safe(r.Model)}.");
        if (r.Failures.Count > 0)
        {
            output.WriteLine("Bad files:");
            Text.Failures(output, r.Failures, 100);
        }
    }
}
