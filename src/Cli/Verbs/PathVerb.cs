using System.CommandLine;
using System.Globalization;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class PathVerb : Verb
{
    private readonly Argument<string> _from = new("FROM") { Description = "Where it begins: a file, a track of the catalogue, or an excerpt of one." };
    private readonly Argument<string> _to = new("TO") { Description = "Where it ends." };
    private readonly FindArguments _find = new();

    public PathVerb(SharedOptions shared)
        : base(shared, "path", "Finds a smooth way through the catalogue from one recording to another; -n counts both ends.", "euterpe path calm.flac wild.flac -n 12 --m3u way.m3u8")
    {
        Command.Arguments.Add(_from);
        Command.Arguments.Add(_to);
        _find.AddTo(Command, shared);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        Printed printed = _find.Printed(parsed, session);
        var options = new PathOptions
        {
            From = parsed.GetValue(_from)!,
            To = parsed.GetValue(_to)!,
            Catalogue = session.Catalogue(parsed.GetValue(Shared.Catalogue)),
            Count = parsed.GetValue(Shared.Count),
            Model = Shared.ModelChoice(parsed),
            Where = _find.Where(parsed),
            Exclude = _find.Exclude(parsed),
            AllVersions = _find.AllVersions(parsed),
            Exact = _find.Exact(parsed),
        };
        PathResult result = session.WithProgress(progress => PathTask.Run(options, session.Context, progress, session.Stop));
        printed.Print(session, result, Playlist.Of(result), () => CsvTable.Of(result), () => Table(result, session.Output));
        if (printed.Format != "json" && result.Note is not null)
            session.Error.WriteLine("euterpe: " + Text.Safe(result.Note));
        return Exit.Done;
    }

    private static void Table(PathResult result, TextWriter output)
    {
        for (int i = 0; i < result.Steps.Count; i++)
        {
            PathStep step = result.Steps[i];
            string cosine = step.Cosine is { } c ? c.ToString("0.000", CultureInfo.InvariantCulture) : "";
            string length = step.Seconds is { } s ? Text.Duration(s) : "";
            output.WriteLine($"{i + 1,3}  {cosine,6}{Matches.Closer(step.Percentile, result.Steps.Any(x => x.Percentile is not null), "closer")}  {length,12}  "
                + $"{Matches.Name(step.Artist, step.Title)}{Text.Safe(step.Path)}");
        }
    }
}
