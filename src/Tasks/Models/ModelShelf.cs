using Euterpe.Numerics;

namespace Euterpe.Tasks;

/// <summary>The models of this program: the built-in ones, and folders of published checkpoints.</summary>
public sealed class ModelShelf : IModelShelf
{
    private ModelShelf()
    {
    }

    public static ModelShelf Shared { get; } = new();

    public string DefaultEmbedder => "signature";

    public string UnderstandingWords => "CLAP checkpoints, such as laion/clap-htsat-unfused";

    public OpenModel Open(ModelChoice choice, CancellationToken token = default) =>
        throw new ModelFileException($"[model] {choice.Name ?? DefaultEmbedder} is neither a model of this program nor a folder with one.");
}
