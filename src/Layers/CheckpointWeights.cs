using Euterpe.Tensors;
using Euterpe.Tensors.Files;

namespace Euterpe.Layers;

/// <summary>
/// Values of a checkpoint. A layout with other names is read through one function that renames: the file's name in, the model's name out, null for
/// what is left out.
/// </summary>
public sealed class CheckpointWeights : IWeightSource, IDisposable
{
    private readonly Checkpoint checkpoint;
    private readonly Dictionary<string, string> files = new(StringComparer.Ordinal);

    public CheckpointWeights(Checkpoint checkpoint, Func<string, string?>? rename = null)
    {
        this.checkpoint = checkpoint;
        foreach (CheckpointEntry entry in checkpoint.Entries)
        {
            if ((rename is null ? entry.Name : rename(entry.Name)) is string name)
                files.Add(name, entry.Name);
        }

        Names = [.. files.Keys];
    }

    public static CheckpointWeights Open(string path, Func<string, string?>? rename = null) => new(Checkpoint.Open(path), rename);

    public IReadOnlyList<string> Names { get; }

    public bool TryGetShape(string name, Shape expected, out Shape found)
    {
        if (files.TryGetValue(name, out string? stored))
        {
            found = checkpoint.Entry(stored).TensorShape();
            return true;
        }

        found = default;
        return false;
    }

    public Tensor Load(string name, Shape shape, Initial initial) => checkpoint.Tensor(files[name]);

    /// <summary>SHA-256 of the weights, lower-case hexadecimal.</summary>
    public string Hash() => checkpoint.Hash();

    public void Dispose() => checkpoint.Dispose();
}
