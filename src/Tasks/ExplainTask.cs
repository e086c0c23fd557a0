using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>Which file, and what it would be indexed with.</summary>
public sealed record ExplainOptions
{
    /// <summary>Its path.</summary>
    public required string File { get; init; }

    /// <summary>The catalogue to look into; null, or one that is not there: none.</summary>
    public string? Catalogue { get; init; }

    /// <summary>Without a name: the catalogue's embedder, else the default.</summary>
    public ModelChoice Model { get; init; } = new();
}

/// <summary>One step of a file's way into the catalogue.</summary>
/// <param name="Name"><c>found</c>, <c>readable</c>, <c>kind</c>, <c>identity</c>, <c>tags</c>, <c>decoding</c>, <c>model</c>, <c>catalogue</c>, <c>stored</c>.</param>
/// <param name="Outcome"><c>ok</c>, <c>failed</c>, or <c>not-reached</c>.</param>
/// <param name="Summary">One line.</param>
/// <param name="Facts">What was found out.</param>
public sealed record ExplainedStage(string Name, string Outcome, string Summary, IReadOnlyList<ShownFact> Facts);

/// <summary>What happened to a file, stage by stage.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Usable">Whether it got a vector.</param>
/// <param name="FailedAt">The first stage that failed; null where none did.</param>
/// <param name="Reason">The stable code of what was wrong (docs/cli.md lists them); null where nothing was.</param>
/// <param name="Sentence">The same in a sentence.</param>
/// <param name="Hint">What to do.</param>
/// <param name="Stages">In order, all of them.</param>
public sealed record ExplainResult(
    string Path, bool Usable, string? FailedAt, string? Reason, string? Sentence, string? Hint, IReadOnlyList<ExplainedStage> Stages);

/// <summary>"Why is this file not in my catalogue?", or: what is in it, and what would be stored.</summary>
public static class ExplainTask
{
    /// <summary>Takes one file the whole way, and changes neither it nor the catalogue.</summary>
    /// <param name="options">Which file.</param>
    /// <param name="context">Where models come from, how sound is decoded, which threads; null for the defaults.</param>
    /// <param name="token">Looked at all the time.</param>
    /// <exception cref="Numerics.ModelFileException">The model cannot be opened: that is no fault of the file.</exception>
    public static ExplainResult Run(ExplainOptions options, TaskContext? context = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        context.Begin();
        using var file = new Explaining(options, context, token);
        return file.All();
    }
}
