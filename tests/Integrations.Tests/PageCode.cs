using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Euterpe.Integrations.Tests;

/// <summary>The pieces of docs/integrations.md that are no whole program; ExampleTests compares.</summary>
internal static class PageCode
{
    public static void Container(IServiceCollection services)
    {
        services.AddEuterpe(options => options.Model = "models/larger_clap_music");
        services.AddKeyedEuterpeAudioEmbeddings("signature");
    }

    public static void Pipeline(IServiceCollection services)
    {
        services.AddDistributedMemoryCache();
        services.AddKeyedEmbeddingGenerator("cached", provider => provider.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>())
            .UseDistributedCache()
            .UseOpenTelemetry();
    }
}
