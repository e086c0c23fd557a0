using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Search;

namespace Euterpe.Tasks.Sounds;

/// <summary>What every search of a catalogue checks first and says at the end.</summary>
internal static class Searching
{
    public const int MostMatches = 10_000;

    public static void CheckCount(string task, int count)
    {
        if (count is < 1 or > MostMatches)
            throw new OptionsException($"[{task}] The number of matches must lie between 1 and {MostMatches}, and is {count}.");
    }

    public static EmbedderChoice Embedder(string task, ICatalogue catalogue) => catalogue.Embedder
        ?? throw new InvalidOperationException($"[{task}] The catalogue {catalogue.Place} is empty. Hint: euterpe index FOLDER fills it.");

    /// <summary>Vectors of different keys never meet.</summary>
    public static void CheckKey(string task, ICatalogue catalogue, EmbedderChoice choice, IEmbedder embedder)
    {
        if (embedder.CompatibilityKey != choice.Key)
        {
            throw new InvalidOperationException($"[{task}] The vectors of {catalogue.Place} were made by another version of {choice.Model} ({choice.Key}) than this program's "
                + $"({embedder.CompatibilityKey}), and the two cannot be compared. Hint: euterpe index FOLDER brings the catalogue up to date.");
        }
    }

    public static void CheckVectors(string task, ICatalogue catalogue, EmbedderChoice choice)
    {
        if (catalogue.Count(choice.Key).Vectors == 0)
        {
            throw new InvalidOperationException(
                $"[{task}] The catalogue has no vectors of {choice.Model} ({choice.Precision}). Hint: euterpe index FOLDER --model {choice.Model} makes them.");
        }
    }

    /// <summary>A bad file where it is the only one that was asked for.</summary>
    public static Exception Error(string task, BadFile bad)
    {
        string line = bad.Sentence.StartsWith('[') ? bad.Sentence : $"[{task}] {bad.Sentence}";
        return bad.Reason == Reasons.Missing ? new FileNotFoundException(line, bad.Path) : new FileFormatException(line);
    }

    /// <summary>What every search checks before it opens anything.</summary>
    public static void CheckFind(string task, FindOptions options)
    {
        CheckCount(task, options.Count);
        if (options.Exclude.Any(text => string.IsNullOrWhiteSpace(text) || text.Contains('\0')))
            throw new OptionsException($"[{task}] What is excluded is a path or the end of one, and not an empty name.");
        if (options.Where is { } where)
            Where.Parse(where);
    }

    public static InvalidOperationException NoWords(string task, OpenModel model, TaskContext context) =>
        new($"[{task}] {model.Reference} does not understand words. These do: {context.Models.UnderstandingWords}. "
            + "Hint: euterpe index FOLDER --model ONE-OF-THESE, then search again.");
}
