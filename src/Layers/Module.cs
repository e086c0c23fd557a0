namespace Euterpe.Layers;

/// <summary>
/// A part of a network. Its constructor takes its tensors from a <see cref="Weights"/> and nothing else says what it holds, so that loading, random
/// initialization, saving, counting and checking cannot disagree.
/// </summary>
public abstract class Module
{
    private readonly Weights weights;

    protected Module(Weights weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        this.weights = weights;
    }

    /// <summary>All tensors of this part and of the parts in it, in the order in which they were taken.</summary>
    public IEnumerable<Parameter> Parameters => weights.Taken.Where(parameter => parameter.Name.StartsWith(weights.Prefix, StringComparison.Ordinal));
}
