using Euterpe.Tasks;
using Microsoft.Extensions.AI;

namespace Euterpe.Integrations;

/// <summary>
/// Sound files in memory to vectors: WAV by itself, all else by FFmpeg. A <see cref="DataContent"/> says by its media type that it is sound; of
/// which kind, its bytes say. Each embedding has <see cref="SecondsProperty"/> among its additional properties.
/// </summary>
public sealed class EuterpeAudioEmbeddingGenerator : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    /// <summary>How long the sound is, a double.</summary>
    public const string SecondsProperty = "euterpe.seconds";

    private readonly EuterpeModel model;
    private readonly bool owned;

    /// <summary>Opens a model for its sounds alone; disposing the generator ends it.</summary>
    /// <exception cref="InvalidOperationException">The model does not hear sounds.</exception>
    public EuterpeAudioEmbeddingGenerator(EuterpeOptions options)
    {
        model = EuterpeModel.Open(options);
        owned = true;
        if (model.HearsSounds)
            return;
        model.Dispose();
        _ = model.Sounds;
    }

    internal EuterpeAudioEmbeddingGenerator(EuterpeModel model) => this.model = model;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A content is no sound by its media type, has no bytes, or too many. Nothing is embedded then.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        DataContent[] sounds = [.. values];
        string[] problems = [.. sounds.Select(Problem).OfType<string>()];
        if (problems.Length > 0)
        {
            throw new ArgumentException(
                $"[integrations] {string.Join("; ", problems.Take(5))}{(problems.Length > 5 ? "; ..." : "")}.", nameof(values));
        }

        var named = sounds.Select((sound, i) => (sound.Data, Name: NameOf(sound, i))).ToArray();
        return model.All(named, options, (embedder, sound, token) => Embed(embedder, sound.Data, sound.Name, token), cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) => Services.Of(serviceType, serviceKey, this, model);

    /// <summary>Ends the model if this generator opened it.</summary>
    public void Dispose()
    {
        if (owned)
            model.Dispose();
    }

    private static (Embedding<float> Embedding, long Tokens) Embed(
        OpenEmbedder embedder, ReadOnlyMemory<byte> data, string name, CancellationToken token)
    {
        EmbeddedFile file = embedder.OfBytes(data, name, token);
        var about = new AdditionalPropertiesDictionary { [SecondsProperty] = file.Seconds };
        return (new Embedding<float>(file.Vector) { AdditionalProperties = about }, 0);
    }

    private string? Problem(DataContent? sound, int i)
    {
        if (sound is null)
            return $"content {i} is null";
        string name = NameOf(sound, i);
        if (!sound.HasTopLevelMediaType("audio") && sound.MediaType is not ("application/ogg" or "video/ogg" or "video/mp4" or "video/webm"))
            return $"{name} is of the media type {sound.MediaType}, and sound is wanted (hint: new DataContent(bytes, \"audio/flac\"))";
        if (sound.Data.IsEmpty)
            return $"{name} has no bytes";
        return sound.Data.Length <= model.MaximumBytes ? null
            : $"{name} has {sound.Data.Length} bytes, and at most {model.MaximumBytes} are taken (EuterpeOptions.MaximumBytes)";
    }

    private static string NameOf(DataContent sound, int i) => string.IsNullOrWhiteSpace(sound.Name) ? $"content {i}" : sound.Name;
}
