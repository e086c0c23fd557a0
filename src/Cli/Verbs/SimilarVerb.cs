using System.CommandLine;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

internal sealed class SimilarVerb : Verb
{
    private readonly Argument<string> _sound = new("FILE")
    {
        Description = "A sound file, or a track of the catalogue by its path or the end of its path.",
    };

    public SimilarVerb(SharedOptions shared)
        : base(shared, "similar", "Finds the recordings of the catalogue that sound like this one.", "euterpe similar kick.wav -n 5")
    {
        Command.Arguments.Add(_sound);
        Command.Options.Add(shared.Count);
        Command.Options.Add(shared.Catalogue);
        shared.AddModel(Command);
        Command.Options.Add(shared.Threads);
    }

    protected override int Run(ParseResult parsed, Session session)
    {
        var options = new SimilarOptions
        {
            Sound = parsed.GetValue(_sound)!,
            Catalogue = session.Catalogue(parsed.GetValue(Shared.Catalogue)),
            Count = parsed.GetValue(Shared.Count),
            Model = Shared.ModelChoice(parsed),
        };
        Matches.Print(SimilarTask.Run(options, session.Context, null, session.Stop), session);
        return Exit.Done;
    }
}
