using Euterpe.Models;
using Euterpe.Numerics;
using Euterpe.Tasks.Sounds;

namespace Euterpe.Tasks;

/// <summary>Which files to turn into vectors, and with what.</summary>
public sealed record EmbedOptions
{
    /// <summary>One or more paths.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Without a name: the default.</summary>
    public ModelChoice Model { get; init; } = new();

    /// <summary>Where to write the vectors: a name that ends in <c>.npy</c> (a float32 matrix, a row a file) or <c>.json</c>; null: nowhere.</summary>
    public string? Output { get; init; }

    /// <summary>Whether the result tells the compatibility key, for which a large model's weights must be read and hashed.</summary>
    public bool TellKey { get; init; } = true;
}

/// <summary>A file and its vector.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Seconds">How long it is.</param>
/// <param name="SampleRate">Its own, in hertz.</param>
/// <param name="Channels">Its own.</param>
/// <param name="Vector">Of unit length.</param>
public sealed record EmbeddedFile(string Path, double Seconds, int SampleRate, int Channels, float[] Vector);

/// <summary>The vectors, and the files that have none.</summary>
/// <param name="Model">The name or full folder that opens the model again.</param>
/// <param name="Key">The embedder's compatibility key; null where it was not asked for.</param>
/// <param name="Dimension">Numbers of a vector.</param>
/// <param name="Files">In the order in which they were asked for, without the bad ones.</param>
/// <param name="Failures">The bad ones, with the reason.</param>
/// <param name="Output">The full path that was written; null where nothing was.</param>
public sealed record EmbedResult(
    string Model, string? Key, int Dimension, IReadOnlyList<EmbeddedFile> Files, IReadOnlyList<BadFile> Failures, string? Output);

/// <summary>Sound files to vectors.</summary>
public static class EmbedTask
{
    /// <summary>Embeds all files; bad ones are in the result, with the reason.</summary>
    /// <param name="options">What to do.</param>
    /// <param name="context">Where models come from, how sound is decoded, which threads; null for the defaults.</param>
    /// <param name="progress">Told about each step.</param>
    /// <param name="token">Looked at between and within sounds.</param>
    /// <exception cref="OptionsException">No file is named, or the output is neither .npy nor .json.</exception>
    public static EmbedResult Run(
        EmbedOptions options, TaskContext? context = null, IProgress<TaskProgress>? progress = null, CancellationToken token = default)
    {
        context ??= new TaskContext();
        context.Begin();
        if (options.Files.Count == 0)
            throw new OptionsException("[embed] At least one file is needed.");
        EmbeddingFile.Check(options.Output);
        using OpenModel model = context.Models.Open(options.Model, token);
        IAudioEmbedder embedder = model.SoundOrThrow();

        string[] paths = [.. options.Files.Select(Path.GetFullPath)];
        var outcomes = new Listening.Outcome?[paths.Length];
        if (paths.Length == 1)
        {
            outcomes[0] = Listening.Embed(paths[0], embedder, context.Audio, token);
        }
        else
        {
            long done = 0;
            var pipeline = new SoundPipeline<int>(embedder, context.Audio, Width.Of(context.Workers, embedder.CallersPerThread), i => paths[i], prepare: null);
            pipeline.Run(_ => Enumerable.Range(0, paths.Length), Take, token);

            void Take(int i, SoundKind kind, Listening.Outcome outcome)
            {
                outcomes[i] = outcome;
                progress?.Report(new TaskProgress("embedding", ++done, paths.Length, paths[i]));
            }
        }

        var files = new List<EmbeddedFile>();
        var failures = new List<BadFile>();
        for (int i = 0; i < paths.Length; i++)
        {
            if (outcomes[i] is { Vector: { } vector, Facts: { } facts })
                files.Add(new EmbeddedFile(paths[i], facts.Seconds, facts.SampleRate, facts.Channels, vector));
            else if (outcomes[i]?.Bad is { } bad)
                failures.Add(bad);
        }

        var result = new EmbedResult(model.Reference, options.TellKey || EmbeddingFile.HasKey(options.Output) ? embedder.CompatibilityKey : null, embedder.Dimension, files, failures,
            options.Output is null ? null : Path.GetFullPath(options.Output));
        if (result.Output is not null)
            EmbeddingFile.Write(result.Output, result);
        return result;
    }
}
