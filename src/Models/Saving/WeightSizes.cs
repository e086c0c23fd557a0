using System.Globalization;
using Euterpe.Layers;
using Euterpe.Numerics;

namespace Euterpe.Models.Saving;

/// <summary>What the shapes of a model's tensors say about its configuration, where no file says it.</summary>
internal sealed class WeightSizes(IReadOnlyCollection<string> names, Func<string, long[]?> shape, string where)
{
    public WeightSizes(CheckpointWeights weights, string where)
        : this(weights.Names, name => weights.Has(name) ? weights.Tensor(name).Shape : null, where)
    {
    }

    public bool Has(string name) => shape(name) is not null;

    /// <summary>A size of a tensor that must be there.</summary>
    public int Of(string name, int dim)
    {
        long[] sizes = shape(name) ?? throw new ModelFileException($"[layout] {where}: {name} was expected, to tell the model's sizes.");
        return dim < sizes.Length && sizes[dim] is > 0 and <= int.MaxValue ? (int)sizes[dim]
            : throw new ModelFileException($"[layout] {where}: {name} was expected with {dim + 1} sizes or more: found [{string.Join(", ", sizes)}].");
    }

    /// <summary>The size of the first of two spellings that is there (plain, and the direction of a weight-normalised one).</summary>
    public int OfWeight(string module, int dim) =>
        Of(Has(module + ".weight") ? module + ".weight" : module + ".parametrizations.weight.original1", dim);

    /// <summary>How many there are of <c>prefix.0.</c>, <c>prefix.1.</c> ...: one more than the largest number.</summary>
    public int Count(string prefix)
    {
        int most = -1;
        foreach (string name in names)
        {
            if (name.Length <= prefix.Length + 1 || name[prefix.Length] != '.' || !name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            int dot = name.IndexOf('.', prefix.Length + 1);
            ReadOnlySpan<char> number = name.AsSpan(prefix.Length + 1, (dot < 0 ? name.Length : dot) - prefix.Length - 1);
            if (int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < 1 << 16)
                most = Math.Max(most, index);
        }

        return most + 1;
    }
}
