using Euterpe.Tasks;
using Euterpe.Tasks.Tests;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ISounds = Microsoft.Extensions.AI.IEmbeddingGenerator<Microsoft.Extensions.AI.DataContent, Microsoft.Extensions.AI.Embedding<float>>;
using IWords = Microsoft.Extensions.AI.IEmbeddingGenerator<string, Microsoft.Extensions.AI.Embedding<float>>;

namespace Euterpe.Integrations.Tests;

public sealed class ServiceTests
{
    [Fact]
    public async Task One_model_serves_words_and_sounds_and_ends_with_the_container()
    {
        var echo = new EchoEmbedder();
        await using (ServiceProvider provider = new ServiceCollection().AddEuterpe(options => options.Context = Context(echo)).BuildServiceProvider(validateScopes: true))
        {
            IWords words = provider.GetRequiredService<IWords>();
            Assert.Same(provider.GetRequiredService<EuterpeModel>(), words.GetService<EuterpeModel>());
            Assert.Same(words.GetService<EuterpeModel>(), provider.GetRequiredService<ISounds>().GetService<EuterpeModel>());
            Assert.Equal(EchoEmbedder.Lags, (await words.GenerateVectorAsync("four")).Length);
            Assert.False(echo.Disposed);
        }

        Assert.True(echo.Disposed);
    }

    [Fact]
    public void Keyed_models_live_beside_each_other()
    {
        using ServiceProvider provider = new ServiceCollection()
            .AddKeyedEuterpe("a", options => options.Context = Context(new EchoEmbedder()))
            .AddKeyedEuterpeAudioEmbeddings("b")
            .AddEuterpeTextEmbeddings(options => options.Context = Context(new EchoEmbedder()))
            .BuildServiceProvider();
        Assert.Equal("echo", provider.GetRequiredKeyedService<IWords>("a").GetRequiredService<EmbeddingGeneratorMetadata>().DefaultModelId);
        Assert.Equal("signature", provider.GetRequiredKeyedService<ISounds>("b").GetRequiredService<EmbeddingGeneratorMetadata>().DefaultModelId);
        Assert.Null(provider.GetKeyedService<IWords>("b"));
        Assert.NotNull(provider.GetService<IWords>());
        Assert.Null(provider.GetService<ISounds>());
        Assert.NotSame(provider.GetRequiredKeyedService<EuterpeModel>("a"), provider.GetRequiredService<EuterpeModel>());
    }

    [Fact]
    public void Words_of_a_model_without_words_are_a_clear_error()
    {
        using ServiceProvider provider = new ServiceCollection().AddEuterpe().BuildServiceProvider();
        Assert.NotNull(provider.GetRequiredService<ISounds>());
        Assert.Contains("does not understand words", Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<IWords>()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pipeline_of_the_field_stands_around_it()
    {
        var echo = new EchoEmbedder();
        var services = new ServiceCollection().AddSingleton<IDistributedCache>(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())));
        services.AddEuterpeTextEmbeddings(options => options.Context = Context(echo));
        services.AddEuterpeAudioEmbeddings();
        services.AddKeyedEmbeddingGenerator("cached", provider => provider.GetRequiredService<ISounds>()).UseDistributedCache().UseOpenTelemetry();
        await using ServiceProvider provider = services.BuildServiceProvider();
        ISounds cached = provider.GetRequiredKeyedService<ISounds>("cached");
        using var folder = new SoundFolder();
        var sound = new DataContent(File.ReadAllBytes(folder.Tone("a.wav", 30)), "audio/wav");
        Embedding<float> first = await cached.GenerateAsync(sound), second = await cached.GenerateAsync(sound);
        Assert.Equal(first.Vector.ToArray(), second.Vector.ToArray());
        Assert.Equal(1, echo.Calls);
        Assert.Equal("echo-1", second.AdditionalProperties![EuterpeModel.KeyProperty]!.ToString());
        Assert.Equal("echo", cached.GetRequiredService<EmbeddingGeneratorMetadata>().DefaultModelId);
        Assert.NotNull(cached.GetService<EuterpeModel>());

        IWords built = provider.GetRequiredService<IWords>().AsBuilder().ConfigureOptions(options => options.Dimensions = EchoEmbedder.Lags).Build();
        Assert.Equal(EchoEmbedder.Lags, (await built.GenerateVectorAsync("five")).Length);
    }

    private static TaskContext Context(EchoEmbedder echo) => new() { Models = new EchoShelf(echo, words: true) };
}
