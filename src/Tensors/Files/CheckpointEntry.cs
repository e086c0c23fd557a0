using Euterpe.Numerics;
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

    /// <summary>The shape as tensors have it; throws where it has more than eight sizes, or one beyond 31 bits.</summary>
    public Shape TensorShape()
    {
        Span<int> sizes = stackalloc int[Tensors.Shape.MaximumRank];
        if (Shape.Length > sizes.Length || Shape.Any(size => size > int.MaxValue))
        {
            throw new ModelFileException($"[checkpoint] {this} in {File}: a tensor has at most {Tensors.Shape.MaximumRank} sizes of 31 bits.");
        }
        for (int i = 0; i < Shape.Length; i++)
        {
            sizes[i] = (int)Shape[i];
        }
        return new Shape(sizes[..Shape.Length]);
    }

    public override string ToString() => $"{FileText.Shown(Name)} {Type.SafetensorsName()} {FileText.Shape(Shape)}";
}
