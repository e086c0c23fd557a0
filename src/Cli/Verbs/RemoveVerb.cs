using System.CommandLine;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class RemoveVerb : Verb
{
    private readonly Argument<string> _name = new("NAME") { Description = "A model of the cache; with @REVISION only that one of its revisions." };

    public RemoveVerb(SharedOptions shared)
        : base(shared, "remove", "Removes a model from the Hugging Face cache. Contents that other revisions use stay; nothing is asked.",
            "euterpe remove laion/clap-htsat-unfused") => Command.Arguments.Add(_name);

    protected override int Run(ParseResult parsed, Session session)
    {
        RemoveResult result = RemoveTask.Run(new RemoveOptions(parsed.GetValue(_name)!) { Variable = session.Surroundings.Variable });
        if (session.Json)
        {
            JsonReport.Write(session.Output, result);
            return Exit.Done;
        }

        string kept = result.KeptBytes > 0 ? $" {Text.Size(result.KeptBytes)} stay, which other revisions use." : "";
        session.Output.WriteLine($"{Text.Safe(result.Name)}: {Text.Plural(result.Commits.Count, "revision")} removed, "
            + $"{Text.Size(result.FreedBytes)} freed.{kept}");
        return Exit.Done;
    }
}
