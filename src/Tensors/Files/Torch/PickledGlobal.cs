using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>One of the names that a pickle of tensors may speak of, and what we do where it calls it: a few lines of our own, or nothing.</summary>
internal sealed class PickledGlobal(string name)
{
    public string Name => name;

    /// <summary>The element type of a storage class or a dtype.</summary>
    public StoredType? Type { get; init; }

    public bool IsStorage { get; init; }

    /// <summary>One that makes a tensor from a storage, and may stand inside _rebuild_from_type_v2.</summary>
    public bool IsRebuild { get; init; }

    /// <summary>A class of tensors.</summary>
    public bool IsTensor { get; init; }

    /// <summary>A class whose objects are kept as their attributes.</summary>
    public bool IsPlain { get; init; }

    public Func<PickleReader, object[], object?>? Function { get; init; }

    public object Call(PickleReader reader, object[] arguments)
    {
        object? made = Function?.Invoke(reader, arguments);
        return made ?? throw reader.Error(Function is null
            ? $"{name} is known by its name, and is not called."
            : $"{name} is called with {arguments.Length} values that do not fit it.");
    }
}
