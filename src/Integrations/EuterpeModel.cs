using Euterpe.Tasks;
using Microsoft.Extensions.AI;

namespace Euterpe.Integrations;

/// <summary>
/// A model of music as embedding generators of Microsoft.Extensions.AI: <see cref="Sounds"/>, and <see cref="Words"/> where it understands words,
/// in one space. Safe for any number of callers; each vector has the bits that it would have alone.
/// </summary>
public sealed class EuterpeModel : IDisposable
{
    /// <summary>The name of the provider in metadata.</summary>
    public const string Provider = "euterpe";

    /// <summary>
    /// The name of the compatibility key among the additional properties of embeddings: only vectors with the same may be compared.
    /// </summary>
    public const string KeyProperty = "euterpe.key";

    private readonly OpenEmbedder embedder;
    private readonly EuterpeOptions options;
    private readonly SemaphoreSlim places;
    private readonly EuterpeTextEmbeddingGenerator? words;
    private readonly EuterpeAudioEmbeddingGenerator? sounds;

    private EuterpeModel(OpenEmbedder embedder, EuterpeOptions options)
    {
        (this.embedder, this.options) = (embedder, options);
        places = new SemaphoreSlim(options.Concurrency);
        words = embedder.ReadsWords ? new EuterpeTextEmbeddingGenerator(this) : null;
        sounds = embedder.HearsSounds ? new EuterpeAudioEmbeddingGenerator(this) : null;
    }

    /// <summary>The name or full folder that opens the model again.</summary>
    public string ModelId => embedder.Model;

    /// <summary>Numbers of a vector.</summary>
    public int Dimension => embedder.Dimension;

    /// <summary>Whether there is a generator for words.</summary>
    public bool ReadsWords => words is not null;

    /// <summary>Whether there is a generator for sounds.</summary>
    public bool HearsSounds => sounds is not null;

    /// <summary>Words to vectors. Disposing it does nothing: it belongs to this model.</summary>
    /// <exception cref="InvalidOperationException">The model does not understand words.</exception>
    public IEmbeddingGenerator<string, Embedding<float>> Words => words ?? throw new InvalidOperationException(
        $"[integrations] {ModelId} does not understand words. Hint: checkpoints of CLAP and MuQ-MuLan do.");

    /// <summary>Sound files in memory to vectors. Disposing it does nothing: it belongs to this model.</summary>
    /// <exception cref="InvalidOperationException">The model does not hear sounds.</exception>
    public IEmbeddingGenerator<DataContent, Embedding<float>> Sounds => sounds ?? throw new InvalidOperationException(
        $"[integrations] {ModelId} does not turn sounds into vectors.");

    internal long MaximumBytes => options.MaximumBytes;

    internal EmbeddingGeneratorMetadata Metadata => new(Provider, null, ModelId, Dimension);

    /// <summary>Opens a model; its weights are read when they are first used.</summary>
    /// <param name="options">Null for the built-in model.</param>
    public static EuterpeModel Open(EuterpeOptions? options = null)
    {
        options = (options ?? new EuterpeOptions()).Checked();
        var choice = new ModelChoice(options.Model, options.Precision, options.Frames);
        return new EuterpeModel(OpenEmbedder.Open(choice, options.Context), options);
    }

    /// <summary>Ends the model when nobody is at work with it any more; who comes later gets an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => embedder.Dispose();

    /// <summary>
    /// All values, as many at once as there are places. Who waits for a place holds no thread; who has one computes on a thread of its own, so
    /// that the thread pool stays free for those who answer requests.
    /// </summary>
    internal async Task<GeneratedEmbeddings<Embedding<float>>> All<T>(IReadOnlyList<T> values, EmbeddingGenerationOptions? wish,
        Func<OpenEmbedder, T, CancellationToken, (Embedding<float> Embedding, long Tokens)> work, CancellationToken token)
    {
        Check(wish);
        token.ThrowIfCancellationRequested();
        var embeddings = new Embedding<float>[values.Count];
        long tokens = 0;
        string key = "";
        if (values.Count > 0)
        {
            // The first error stops the others; nothing is left running when this ends.
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
            int next = -1;
            Task[] workers = [.. Enumerable.Range(0, Math.Min(values.Count, options.Concurrency)).Select(_ => One())];
            await Task.WhenAll(workers).ConfigureAwait(false);

            // A place for each sound or text, not for the whole call: a small call is not kept waiting by the end of a large one.
            async Task One()
            {
                for (int i; (i = Interlocked.Increment(ref next)) < values.Count;)
                {
                    await places.WaitAsync(stop.Token).ConfigureAwait(false);
                    try
                    {
                        int at = i;
                        await Task.Factory.StartNew(() => Work(at), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                            .ConfigureAwait(false);
                    }
                    catch
                    {
                        await stop.CancelAsync().ConfigureAwait(false);
                        throw;
                    }
                    finally
                    {
                        places.Release();
                    }
                }
            }

            void Work(int i)
            {
                token.ThrowIfCancellationRequested(); // the caller's: it is told before those that are linked to it
                Volatile.Write(ref key, embedder.Key());
                (embeddings[i], long read) = work(embedder, values[i], stop.Token);
                Interlocked.Add(ref tokens, read);
            }
        }

        foreach (Embedding<float> embedding in embeddings)
        {
            embedding.ModelId = ModelId;
            (embedding.AdditionalProperties ??= [])[KeyProperty] = key;
        }

        return new GeneratedEmbeddings<Embedding<float>>(embeddings)
        {
            Usage = tokens == 0 ? null : new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens },
        };
    }

    /// <summary>A wish that cannot be met is an error: nothing is substituted.</summary>
    private void Check(EmbeddingGenerationOptions? wish)
    {
        if (wish?.Dimensions is { } dimensions && dimensions != Dimension)
            throw new NotSupportedException($"[integrations] {ModelId} makes vectors of {Dimension} numbers, and {dimensions} were asked for.");
        if (wish?.ModelId is { } model && model != ModelId && model != options.Model)
        {
            throw new NotSupportedException($"[integrations] This generator is {ModelId}, and {model} was asked for. "
                + "Hint: one generator for each model, such as keyed services.");
        }
    }
}
