using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Euterpe.Integrations;

/// <summary>
/// Euterpe in a container of services. A model is opened once, when it is first asked for, and ended with the container; its generators are
/// singletons that share it.
/// </summary>
public static class EuterpeServices
{
    /// <summary>
    /// Adds a model (<see cref="EuterpeModel"/>) and its generators for words and for sounds. Asking for one that the model does not have is an
    /// error that says so.
    /// </summary>
    public static IServiceCollection AddEuterpe(this IServiceCollection services, Action<EuterpeOptions>? configure = null) =>
        services.AddEuterpeTextEmbeddings(configure).AddEuterpeAudioEmbeddings();

    /// <summary>
    /// Adds a generator for words; without <paramref name="configure"/> that of the model that was added before, where there is one.
    /// </summary>
    public static IServiceCollection AddEuterpeTextEmbeddings(this IServiceCollection services, Action<EuterpeOptions>? configure = null) => services
        .AddModel(configure).AddSingleton(provider => provider.GetRequiredService<EuterpeModel>().Words);

    /// <summary>
    /// Adds a generator for sounds; without <paramref name="configure"/> that of the model that was added before, where there is one.
    /// </summary>
    public static IServiceCollection AddEuterpeAudioEmbeddings(this IServiceCollection services, Action<EuterpeOptions>? configure = null) => services
        .AddModel(configure).AddSingleton(provider => provider.GetRequiredService<EuterpeModel>().Sounds);

    /// <summary>As <see cref="AddEuterpe"/>, under a key, so that several models live beside each other.</summary>
    public static IServiceCollection AddKeyedEuterpe(
        this IServiceCollection services, object? serviceKey, Action<EuterpeOptions>? configure = null) =>
        services.AddKeyedEuterpeTextEmbeddings(serviceKey, configure).AddKeyedEuterpeAudioEmbeddings(serviceKey);

    /// <summary>As <see cref="AddEuterpeTextEmbeddings"/>, under a key.</summary>
    public static IServiceCollection AddKeyedEuterpeTextEmbeddings(
        this IServiceCollection services, object? serviceKey, Action<EuterpeOptions>? configure = null) => services
        .AddKeyedModel(serviceKey, configure)
        .AddKeyedSingleton(serviceKey, (provider, key) => provider.GetRequiredKeyedService<EuterpeModel>(key).Words);

    /// <summary>As <see cref="AddEuterpeAudioEmbeddings"/>, under a key.</summary>
    public static IServiceCollection AddKeyedEuterpeAudioEmbeddings(
        this IServiceCollection services, object? serviceKey, Action<EuterpeOptions>? configure = null) => services
        .AddKeyedModel(serviceKey, configure)
        .AddKeyedSingleton(serviceKey, (provider, key) => provider.GetRequiredKeyedService<EuterpeModel>(key).Sounds);

    private static IServiceCollection AddModel(this IServiceCollection services, Action<EuterpeOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is null)
            services.TryAddSingleton(_ => EuterpeModel.Open());
        else
            services.AddSingleton(_ => Open(configure));
        return services;
    }

    private static IServiceCollection AddKeyedModel(this IServiceCollection services, object? serviceKey, Action<EuterpeOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (configure is null)
            services.TryAddKeyedSingleton(serviceKey, (_, _) => EuterpeModel.Open());
        else
            services.AddKeyedSingleton(serviceKey, (_, _) => Open(configure));
        return services;
    }

    private static EuterpeModel Open(Action<EuterpeOptions> configure)
    {
        var options = new EuterpeOptions();
        configure(options);
        return EuterpeModel.Open(options);
    }
}
