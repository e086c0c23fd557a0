using System.CommandLine;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class SearchVerb : Verb
{
    private readonly Argument<string> _words = new("WORDS") { Description = "What the sound is like, in quotes." };
    private readonly QueryArguments _query = new();

    public SearchVerb(SharedOptions shared)
        : base(shared, "search", "Finds the recordings of the catalogue that fit some words. Needs a model that understands words, such as CLAP.",
            "euterpe search \"slow piano with rain\" --like rain.flac:0.5")
    {
        Command.Arguments.Add(_words);
        _query.AddTo(Command, shared);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        Printed printed = _query.Find.Printed(parsed, session);
        SearchOptions options = _query.Fill(
            new SearchOptions
            {
                Words = parsed.GetValue(_words)!,
                Catalogue = session.Catalogue(parsed.GetValue(Shared.Catalogue)),
                Count = parsed.GetValue(Shared.Count),
                Model = Shared.ModelChoice(parsed),
            },
            parsed);
        Matches.Print(session.WithProgress(progress => SearchTask.Run(options, session.Context, progress, session.Stop)), session, printed);
        return Exit.Done;
    }
}
