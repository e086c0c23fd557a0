using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Search;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>Which words to look for, and where.</summary>
public sealed record SearchOptions
{
    /// <summary>What the sounds should be like, in the words that the model was trained on (most know English only).</summary>
    public required string Words { get; init; }

    /// <summary>The catalogue's file.</summary>
    public required string Catalogue { get; init; }

    /// <summary>How many tracks at most.</summary>
    public int Count { get; init; } = 10;

    /// <summary>Without a name: the catalogue's embedder.</summary>
    public ModelChoice Model { get; init; } = new();
}

/// <summary>Words to the sounds that they describe, with a model that embeds both in one space.</summary>
public static class SearchTask
{
    /// <summary>Embeds the words and searches.</summary>
    /// <param name="options">What to look for.</param>
    /// <param name="context">Where models come from, how sound is decoded, which threads; null for the defaults.</param>
    /// <param name="progress">Told about each step.</param>
    /// <param name="token">Looked at between and within sounds.</param>
    /// <exception cref="InvalidOperationException">The model of the catalogue does not understand words.</exception>
    public static SearchResult Run(
        SearchOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        context.Begin();
        Searching.CheckCount("search", options.Count);
        if (string.IsNullOrWhiteSpace(options.Words))
            throw new OptionsException("[search] Words are needed, such as: euterpe search \"slow piano with rain\".");
        using ICatalogue catalogue = Catalogue.OpenExisting(options.Catalogue);
        EmbedderChoice choice = Searching.Embedder("search", catalogue);
        using OpenModel model = context.Models.Open(options.Model.Or(choice), token);
        if (model.Words is not { } words)
        {
            throw new InvalidOperationException($"[search] {model.Reference} does not understand words. These do: {context.Models.UnderstandingWords}. "
                + "Hint: euterpe index FOLDER --model ONE-OF-THESE, then search again.");
        }

        if (options.Model == new ModelChoice())
            Searching.CheckKey("search", catalogue, choice, words);
        else
            choice = new EmbedderChoice(model.Reference, words.CompatibilityKey, words.Dimension, model.Precision, model.Frames);
        Searching.CheckVectors("search", catalogue, choice);
        progress?.Report(new TaskProgress("embedding", 0, 1, options.Words));
        float[] vector = words.Embed(options.Words, token);
        TextReach reach = words.Reach(options.Words);
        return Searching.Result(options.Words, false, catalogue, choice, catalogue.Nearest(vector, choice.Key, options.Count, null, token)) with
        {
            Note = reach.IsWhole ? null : $"The words are {reach.Tokens} tokens, of which {model.Reference} reads the first {reach.Read}: the rest changed nothing.",
        };
    }
}
