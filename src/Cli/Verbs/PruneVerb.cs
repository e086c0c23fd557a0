using System.CommandLine;
using System.Globalization;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class PruneVerb : Verb
{
    private readonly Option<string?> _below = new("--below") { Description = "Only files that were in this folder and below.", HelpName = "FOLDER" };

    private readonly Option<string?> _space = new("--space")
    {
        Description = "Also all vectors of the space with this compatibility key, left from an earlier embedder.",
        HelpName = "KEY",
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only tell what would be forgotten." };

    public PruneVerb(SharedOptions shared)
        : base(shared, "prune", "Forgets files that are gone, and sounds and vectors that no file has any more.", "euterpe prune --dry-run")
    {
        Command.Options.Add(_below);
        Command.Options.Add(_space);
        Command.Options.Add(_dryRun);
        Command.Options.Add(shared.Catalogue);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        PruneResult r = PruneTask.Run(new PruneOptions
        {
            Catalogue = session.Catalogue(parsed.GetValue(Shared.Catalogue)),
            Below = parsed.GetValue(_below),
            Space = parsed.GetValue(_space),
            DryRun = parsed.GetValue(_dryRun),
        }, session.Context);
        if (session.Json)
        {
            JsonReport.Write(session.Output, r);
            return Exit.Done;
        }

        string freed = r.BytesFreed > 0 ? string.Create(CultureInfo.InvariantCulture, $" {r.BytesFreed / 1e6:0.0} MB were given back to the disk.") : "";
        session.Output.WriteLine(
            $"{Text.Safe(r.Catalogue)}: {(r.DryRun ? "would forget " : "forgot ")}{Text.Plural(r.Tracks, "absent track")}, {Text.Plural(r.Sounds, "sound")}, {Text.Plural(r.Vectors, "vector")}.{freed}");
        return Exit.Done;
    }
}
