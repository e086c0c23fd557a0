using Microsoft.Extensions.AI;

namespace Euterpe.Integrations;

/// <summary>What a generator says about itself when it is asked through any number of layers around it.</summary>
internal static class Services
{
    public static object? Of(Type type, object? key, object generator, EuterpeModel model)
    {
        ArgumentNullException.ThrowIfNull(type);
        return key is not null ? null
            : type == typeof(EmbeddingGeneratorMetadata) ? model.Metadata
            : type.IsInstanceOfType(generator) ? generator
            : type == typeof(EuterpeModel) ? model : null;
    }
}
