using System.CommandLine;
using Euterpe.Numerics;
using Euterpe.Tasks;

namespace Euterpe.Cli.Verbs;

/// <summary>The options of <c>similar</c> and <c>search</c> that say what is looked for.</summary>
internal sealed class QueryArguments
{
    private readonly Option<string[]> like = new("--like") { Description = "Results should be like this sound: FILE[@2:10-2:25][:WEIGHT]; may be given several times.", HelpName = "FILE" };
    private readonly Option<string[]> unlike = new("--unlike") { Description = "Results should be unlike this sound; written as for --like.", HelpName = "FILE" };
    private readonly Option<string[]> words = new("--words") { Description = "Results should fit these words: \"slow piano\" or \"slow piano:0.5\"; may be given several times.", HelpName = "WORDS" };
    private readonly Option<string[]> without = new("--without-words") { Description = "Results should not fit these words.", HelpName = "WORDS" };
    private readonly Option<bool> segments = new("--segments") { Description = "Find places in tracks. Default where the query is an excerpt." };
    private readonly Option<bool> tracks = new("--tracks") { Description = "Find whole tracks. Default otherwise." };
    private readonly Option<string?> diverse = new("--diverse")
    {
        Description = "Choose results that differ from one another; 0 (not at all) to 1 (nothing else counts). Default: 0.5.",
        HelpName = "STRENGTH",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> mixed = new("--mixed") { Description = "Search the vectors of every model of the catalogue, and merge by how far a score lies above the mean." };

    public FindArguments Find { get; } = new();

    public void AddTo(Command command, SharedOptions shared)
    {
        foreach (Option option in (Option[])[like, unlike, words, without, segments, tracks, diverse, mixed])
            command.Options.Add(option);
        Find.AddTo(command, shared);
    }

    public T Fill<T>(T options, ParseResult parsed)
        where T : QueryOptions
    {
        if (parsed.GetValue(segments) && parsed.GetValue(tracks))
            throw new OptionsException("[similar] --segments and --tracks exclude each other.");
        return options with
        {
            Examples = [.. Each(like).Select(text => Example.Parse(text)), .. Each(unlike).Select(text => Example.Parse(text, unlike: true))],
            Descriptions = [.. Each(words).Select(text => Description.Parse(text)), .. Each(without).Select(text => Description.Parse(text, without: true))],
            Level = parsed.GetValue(segments) ? FindLevel.Segments : parsed.GetValue(tracks) ? FindLevel.Tracks : FindLevel.Automatic,
            Diversity = FindArguments.Strength(parsed, diverse)?.Value,
            Mixed = parsed.GetValue(mixed),
            Where = Find.Where(parsed),
            Exclude = Find.Exclude(parsed),
            AllVersions = Find.AllVersions(parsed),
            Exact = Find.Exact(parsed),
        };

        string[] Each(Option<string[]> option) => parsed.GetValue(option) ?? [];
    }
}
