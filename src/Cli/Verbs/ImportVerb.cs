using System.CommandLine;
using System.Globalization;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class ImportVerb : Verb
{
    private readonly Argument<string> _folder = new("FOLDER") { Description = "A folder that export wrote." };

    public ImportVerb(SharedOptions shared)
        : base(shared, "import", "Reads an export into a catalogue, which is made where it is not there. What the catalogue knows already stays as it is.",
            "euterpe import backup-2026 --catalogue new.db")
    {
        Command.Arguments.Add(_folder);
        Command.Options.Add(shared.Catalogue);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        var options = new ImportOptions(parsed.GetValue(_folder)!, session.Catalogue(parsed.GetValue(Shared.Catalogue)));
        ImportResult r = session.WithProgress(progress => ImportTask.Run(options, session.Context, progress, session.Stop));
        if (session.Json)
        {
            JsonReport.Write(session.Output, r);
            return Exit.Done;
        }

        session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Text.Safe(r.Catalogue)}: {Text.Plural(r.Tracks, "track")}, {Text.Plural(r.Failures, "failure")}, {Text.Plural(r.Vectors, "vector")}, segments of {Text.Plural(r.Segmented, "sound")} are new."));
        if (r.KnownTracks + r.KnownVectors > 0)
        {
            session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Known already, and left as they were: {Text.Plural(r.KnownTracks, "track")}, {Text.Plural(r.KnownVectors, "vector or set of segments", "vectors and sets of segments")}."));
        }

        if (r.Homeless > 0)
            session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Left out: {Text.Plural(r.Homeless, "vector")} of sounds that no track holds."));
        return Exit.Done;
    }
}
