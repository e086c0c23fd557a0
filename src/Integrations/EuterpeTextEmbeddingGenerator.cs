using Euterpe.Tasks;
using Microsoft.Extensions.AI;

namespace Euterpe.Integrations;

/// <summary>
/// Words to vectors in the space of the same model's sounds. A text that is longer than the model reads has <see cref="TruncatedProperty"/> among
/// its additional properties.
/// </summary>
public sealed class EuterpeTextEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>True for a text whose end the model did not read.</summary>
    public const string TruncatedProperty = "euterpe.truncated";

    private readonly EuterpeModel model;
    private readonly bool owned;

    /// <summary>Opens a model for its words alone; disposing the generator ends it.</summary>
    /// <exception cref="InvalidOperationException">The model does not understand words.</exception>
    public EuterpeTextEmbeddingGenerator(EuterpeOptions options)
    {
        model = EuterpeModel.Open(options);
        owned = true;
        if (model.ReadsWords)
            return;
        model.Dispose();
        _ = model.Words;
    }

    internal EuterpeTextEmbeddingGenerator(EuterpeModel model) => this.model = model;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A text is null.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        string[] texts = [.. values];
        int missing = Array.IndexOf(texts, null);
        if (missing >= 0)
            throw new ArgumentException($"[integrations] Text {missing} of {texts.Length} is null.", nameof(values));
        return model.All(texts, options, Embed, cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) => Services.Of(serviceType, serviceKey, this, model);

    /// <summary>Ends the model if this generator opened it.</summary>
    public void Dispose()
    {
        if (owned)
            model.Dispose();
    }

    private static (Embedding<float> Embedding, long Tokens) Embed(OpenEmbedder embedder, string text, CancellationToken token)
    {
        EmbeddedWords words = embedder.OfWords(text, token);
        var embedding = new Embedding<float>(words.Vector);
        if (words.Read < words.Tokens)
            embedding.AdditionalProperties = new AdditionalPropertiesDictionary { [TruncatedProperty] = true };
        return (embedding, words.Read);
    }
}
