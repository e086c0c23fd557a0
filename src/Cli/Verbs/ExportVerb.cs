using System.CommandLine;
using System.Globalization;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class ExportVerb : Verb
{
    private readonly Argument<string> _folder = new("FOLDER") { Description = "The folder to write; new or empty." };

    private readonly Option<bool> _canonical = new("--canonical")
    {
        Description = "Only what does not depend on how and when the files were indexed: the same collection gives the same SHA-256.",
    };

    public ExportVerb(SharedOptions shared)
        : base(shared, "export", "Writes a catalogue as JSON lines and npz files, for import, for other programs, or to compare two catalogues.",
            "euterpe export backup-2026")
    {
        Command.Arguments.Add(_folder);
        Command.Options.Add(_canonical);
        Command.Options.Add(shared.Catalogue);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        var options = new ExportOptions(session.Catalogue(parsed.GetValue(Shared.Catalogue)), parsed.GetValue(_folder)!, parsed.GetValue(_canonical));
        ExportResult r = session.WithProgress(progress => ExportTask.Run(options, session.Context, progress, session.Stop));
        if (session.Json)
        {
            JsonReport.Write(session.Output, r);
            return Exit.Done;
        }

        session.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Text.Safe(r.Folder)}: {Text.Plural(r.Tracks, "track")}, {Text.Plural(r.Failures, "failure")}, {Text.Plural(r.Vectors, "vector")}, segments of {Text.Plural(r.Segmented, "sound")}; {r.Bytes / 1e6:0.0} MB in {Text.Plural(r.Files, "file")}."));
        session.Output.WriteLine($"{(r.Canonical ? "Canonical" : "Whole")} SHA-256: {r.Sha256}");
        return Exit.Done;
    }
}
