using System.CommandLine;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class SearchVerb : Verb
{
    private readonly Argument<string> _words = new("WORDS") { Description = "What the sound is like, in quotes." };

    public SearchVerb(SharedOptions shared)
        : base(shared, "search", "Finds the recordings of the catalogue that fit some words. Needs a model that understands words, such as CLAP.",
            "euterpe search \"slow piano with rain\"")
    {
        Command.Arguments.Add(_words);
        Command.Options.Add(shared.Count);
        Command.Options.Add(shared.Catalogue);
        Command.Options.Add(shared.Model);
        Command.Options.Add(shared.Precision);
        Command.Options.Add(shared.Threads);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        var options = new SearchOptions
        {
            Words = parsed.GetValue(_words)!,
            Catalogue = session.Catalogue(parsed.GetValue(Shared.Catalogue)),
            Count = parsed.GetValue(Shared.Count),
            Model = Shared.ModelChoice(parsed),
        };
        Matches.Print(SearchTask.Run(options, session.Context, null, session.Stop), session);
        return Exit.Done;
    }
}
