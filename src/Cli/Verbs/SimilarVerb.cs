using System.CommandLine;
using Euterpe.Numerics;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class SimilarVerb : Verb
{
    private readonly Argument<string?> _sound = new("FILE")
    {
        Description = "A sound file, or a track of the catalogue by its path or the end of its path; an excerpt of it: FILE@2:10-2:25.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly QueryArguments _query = new();

    public SimilarVerb(SharedOptions shared)
        : base(shared, "similar", "Finds the recordings of the catalogue that sound like this one, or the places that sound like an excerpt.",
            "euterpe similar song.flac@2:10-2:25 -n 5")
    {
        Command.Arguments.Add(_sound);
        _query.AddTo(Command, shared);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        Printed printed = _query.Find.Printed(parsed, session);
        SimilarOptions options = _query.Fill(
            new SimilarOptions
            {
                Sound = parsed.GetValue(_sound),
                Catalogue = session.Catalogue(parsed.GetValue(Shared.Catalogue)),
                Count = parsed.GetValue(Shared.Count),
                Model = Shared.ModelChoice(parsed),
            },
            parsed);
        if (options.Sound is null && options.Examples.Count + options.Descriptions.Count == 0)
            throw new OptionsException("[similar] A file or a track is needed, or --like. Hint: euterpe similar --help");
        Matches.Print(session.WithProgress(progress => SimilarTask.Run(options, session.Context, progress, session.Stop)), session, printed);
        return Exit.Done;
    }
}
