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

    /// <summary>
    /// The storage that a PyTorch file keeps it in, perhaps with other tensors; null in formats where each tensor has its own bytes.
    /// </summary>
    public string? Storage { get; init; }

    /// <summary>Where it begins in its storage, in bytes.</summary>
    public long StorageOffset { get; init; }

    /// <summary>The type's name for people: as safetensors spells it, and C128.</summary>
    public string TypeName => Type == StoredType.C128 ? "C128" : Type.SafetensorsName();

    /// <summary>Whether both are one and the same view of one storage: tied weights.</summary>
    public bool IsTiedTo(CheckpointEntry other) => Storage is not null && Storage == other.Storage && File == other.File && Start == other.Start;

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

    public override string ToString() => $"{FileText.Shown(Name)} {TypeName} {FileText.Shape(Shape)}";
}
