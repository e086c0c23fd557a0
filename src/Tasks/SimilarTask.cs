using Euterpe.Tasks.Finding;

namespace Euterpe.Tasks;

/// <summary>What the sounds should be like, and where to look.</summary>
public sealed record SimilarOptions : QueryOptions
{
    /// <summary>
    /// The first example, of weight 1: a file, or a track of the catalogue by its path or the end of its path; an excerpt of it: <c>song.flac@2:10-2:25</c>. Null: only
    /// <see cref="QueryOptions.Examples"/> and words count.
    /// </summary>
    public string? Sound { get; init; }

    internal override string Task => "similar";

    internal override IReadOnlyList<Example> AllExamples => Sound is null ? Examples : [new Example(Sound), .. Examples];

    internal override IReadOnlyList<Description> AllDescriptions => Descriptions;
}

/// <summary>"What sounds like this one?"</summary>
public static class SimilarTask
{
    /// <summary>Takes the vectors of the sounds from the catalogue, or embeds them now, and searches.</summary>
    /// <param name="options">What to look for.</param>
    /// <param name="context">Where models come from, how sound is decoded, which threads; null for the defaults.</param>
    /// <param name="progress">Told about each step.</param>
    /// <param name="token">Looked at between and within sounds.</param>
    public static SearchResult Run(
        SimilarOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default) =>
        Finder.Run(options, context, progress, token);
}
