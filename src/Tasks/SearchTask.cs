using Euterpe.Tasks.Finding;

namespace Euterpe.Tasks;

/// <summary>Which words to look for, and where.</summary>
public sealed record SearchOptions : QueryOptions
{
    /// <summary>What the sounds should be like, in the words that the model was trained on (most know English only). They weigh 1.</summary>
    public required string Words { get; init; }

    internal override string Task => "search";

    internal override IReadOnlyList<Example> AllExamples => Examples;

    internal override IReadOnlyList<Description> AllDescriptions => [new Description(Words), .. Descriptions];
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
        SearchOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default) =>
        Finder.Run(options, context, progress, token);
}
