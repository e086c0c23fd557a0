using System.CommandLine;
using System.Globalization;
using Euterpe.Numerics;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class IndexVerb : Verb
{
    private readonly Argument<string?> _folder = new("FOLDER")
    {
        Description = "A folder of recordings; folders in it are looked through too.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _hidden = new("--hidden") { Description = "Also files and folders whose names begin with a dot." };
    private readonly Option<bool> _retry = new("--retry") { Description = "Try files again that failed before and have not changed." };

    private readonly Option<string?> _segments = new("--segments")
    {
        Description = "Length and hop in seconds of the segments that get vectors of their own, so that moments are found too. Default: 10,5, or the catalogue's.",
        HelpName = "LENGTH,HOP",
    };

    private readonly Option<bool> _noSegments = new("--no-segments") { Description = "No vectors of segments: faster, and moments are not found." };
    private readonly Option<bool> _report = new("--report")
    {
        Description = "Say what the catalogue holds, what failed and why, how it is searched and with which recall, and which files hold one recording; FOLDER may be left out, then nothing is indexed.",
    };

    private readonly Option<bool> _graph = new("--graph") { Description = "With --report: build the approximate index however few the vectors are (else from 250,000 on)." };
    private readonly MannersOptions _manners = new();
    private readonly Option<bool> _queueOnly = new("--queue-only") { Description = "Only find what is to be done, and leave the work to euterpe work." };

    public IndexVerb(SharedOptions shared)
        : base(shared, "index", "Brings a catalogue up to date with a folder of recordings. Only what is new or changed is worked on.", "euterpe index ~/Music")
    {
        Command.Arguments.Add(_folder);
        Command.Options.Add(shared.Catalogue);
        shared.AddModel(Command);
        Command.Options.Add(_segments);
        Command.Options.Add(_noSegments);
        Command.Options.Add(_hidden);
        Command.Options.Add(_retry);
        Command.Options.Add(_report);
        Command.Options.Add(_queueOnly);
        Command.Options.Add(_graph);
        Command.Options.Add(shared.Threads);
        _manners.AddTo(Command);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        string? folder = parsed.GetValue(_folder);
        string catalogue = session.Catalogue(parsed.GetValue(Shared.Catalogue));
        if (parsed.GetValue(_graph) && !parsed.GetValue(_report))
            throw new OptionsException("[index] --graph goes with --report.");
        if (folder is null && !parsed.GetValue(_report))
            throw new OptionsException("[index] A folder is needed. Hint: euterpe index ~/Music, or euterpe index --report for what the catalogue holds.");
        bool stopped = folder is not null && Index(folder, catalogue, parsed, session);
        if (parsed.GetValue(_report) && !stopped)
        {
            IndexReport report = IndexReportTask.Run(catalogue, session.Context, session.Stop);
            if (report.Model is not null)
            {
                var options = new SearchReportOptions { Catalogue = catalogue, Graph = parsed.GetValue(_graph) };
                report = report with { Search = session.WithProgress(progress => SearchReportTask.Run(options, session.Context, progress, session.Stop)) };
            }

            if (session.Json)
                JsonReport.Write(session.Output, report);
            else
                Print(report, session.Output);
        }

        return stopped ? Exit.Failed : Exit.Done;
    }

    private bool Index(string folder, string catalogue, ParseResult parsed, Session session)
    {
        var options = new IndexOptions
        {
            Folder = folder,
            Catalogue = catalogue,
            Model = Shared.ModelChoice(parsed),
            Hidden = parsed.GetValue(_hidden),
            Retry = parsed.GetValue(_retry),
            Segments = Segments(parsed),
            Manners = _manners.Read(parsed),
            QueueOnly = parsed.GetValue(_queueOnly),
        };
        IndexResult result = session.WithProgress(progress =>
            IndexTask.Run(options, session.Context, MannersOptions.Telling(progress, session.Error), session.Stop));
        if (session.Json && !parsed.GetValue(_report))
            JsonReport.Write(session.Output, result);
        else if (!session.Json)
            Print(result, session.Output);
        if (result.Stopped)
            session.Error.WriteLine("euterpe: Stopped. What was finished is kept; the same command goes on from here.");
        return result.Stopped;
    }

    private SegmentChoice? Segments(ParseResult parsed)
    {
        string? rule = parsed.GetValue(_segments);
        bool none = parsed.GetValue(_noSegments);
        if (rule is not null && none)
            throw new OptionsException("[index] --segments and --no-segments exclude each other.");
        return none ? SegmentChoice.None : rule is null ? null : SegmentChoice.Parse(rule);
    }

    private static void Print(IndexResult r, TextWriter output)
    {
        string taken = r.Embedded == 0 ? "" : $" ({Text.Duration(r.SecondsOfSound)} of sound in {Text.Duration(r.SecondsTaken)})";
        string[] parts =
        [
            $"{r.Embedded:N0} embedded{taken}",
            .. r.Recognised > 0 ? [$"{r.Recognised:N0} moved or copied"] : Array.Empty<string>(),
            .. r.Retagged > 0 ? [$"{r.Retagged:N0} with tags read anew"] : Array.Empty<string>(),
            .. r.Queued > 0 ? [$"{r.Queued:N0} waiting for workers"] : Array.Empty<string>(),
            $"{r.Unchanged:N0} unchanged",
            .. r.Vanished > 0 ? [$"{r.Vanished:N0} gone"] : Array.Empty<string>(),
            $"{r.Failures.Count:N0} bad",
        ];
        output.WriteLine($"{Text.Safe(r.Folder)}: {Text.Plural(r.Found, "sound")} found; {string.Join(", ", parts)}.");
        string segments = r.Segments > 0 ? $", {Text.Plural(r.Segments, "segment")}" : "";
        output.WriteLine($"Catalogue: {Text.Safe(r.Catalogue)}, embedder {Text.Safe(r.Model)}{segments}; at most {r.InFlightBound} files were in flight.");
        if (r.Duplicates > 0)
            output.WriteLine($"{Text.Plural(r.Duplicates, "sound is", "sounds are")} sample for sample like another file's.");
        if (r.Failures.Count > 0)
        {
            output.WriteLine("Bad files:");
            Text.Failures(output, r.Failures, 100);
        }
    }

    private static void Print(IndexReport r, TextWriter output)
    {
        output.WriteLine($"Catalogue: {Text.Safe(r.Catalogue)}");
        output.WriteLine($"  {Text.Plural(r.Tracks, "track")} of {Text.Plural(r.Sounds, "different sound")}; {r.Absent:N0} gone, {r.Waiting:N0} waiting to be worked on");
        if (r.Model is not null)
        {
            output.WriteLine($"  embedder {Text.Safe(r.Model)}: {Text.Plural(r.Vectors, "track")} with a vector, {Text.Plural(r.Segmented, "sound")} with segments"
                + (r.SegmentRule is { } rule ? $" of {rule.Replace(" ", " s every ", StringComparison.Ordinal)} s" : ""));
        }

        foreach (Search.Space space in r.Spaces.Where(space => space.Key != r.Key))
        {
            string vectors = space.Vectors.ToString("N0", CultureInfo.InvariantCulture);
            output.WriteLine($"  also {vectors} vectors of {Text.Safe(space.Model)} ({Text.Safe(space.Key)})");
        }

        output.WriteLine(r.Reasons.Count == 0 ? "  no file failed" : $"  {Text.Plural(r.Reasons.Sum(reason => reason.Files), "file")} failed:");
        foreach (ReasonCount reason in r.Reasons)
            output.WriteLine($"    {reason.Files,8:N0} {reason.Reason,-18} such as {Text.Safe(reason.Example)}");
        if (r.Search is not null)
            SearchReportText.Print(r.Search, output);
    }
}
