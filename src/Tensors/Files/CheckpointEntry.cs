using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files;

/// <summary>One named tensor of a checkpoint, as its file holds it.</summary>
/// <param name="Name">Upstream's name.</param>
/// <param name="Type">What one element is.</param>
/// <param name="Shape">The sizes, the last one running fastest.</param>
/// <param name="Length">Bytes of all elements.</param>
/// <param name="File">The file's name, without its folder.</param>
public sealed record CheckpointEntry(string Name, StoredType Type, long[] Shape, long Length, string File)
{
    /// <summary>Where its bytes begin, as its source counts.</summary>
    internal long Start { get; init; }

    /// <summary>The number of elements.</summary>
    public long Count => Length / Type.Size();

    public override string ToString() => $"{FileText.Shown(Name)} {Type.SafetensorsName()} {FileText.Shape(Shape)}";
}
