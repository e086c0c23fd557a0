using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>torch._utils' functions that make a tensor of a storage: here a description of it, whose every element lies within the storage.</summary>
internal static class TorchTensors
{
    private const int HighestRank = 64;

    /// <summary>(storage, offset, sizes, strides)</summary>
    public static TorchTensor? Rebuild(PickleReader reader, object[] arguments) =>
        arguments is [TorchStorage { Type: StoredType type } storage, long offset, object[] sizes, object[] strides]
            ? View(reader, storage, type, offset, sizes, strides) : null;

    /// <summary>(storage, offset, sizes, strides, requires grad, hooks, metadata)</summary>
    public static TorchTensor? RebuildV2(PickleReader reader, object[] arguments)
    {
        if (arguments.Length is not (6 or 7) || arguments[4] is not bool || arguments[5] is not (PickledDict or PickledNone))
        {
            return null;
        }
        CheckMetadata(reader, arguments.Length == 7 ? arguments[6] : PickledNone.Value);
        return Rebuild(reader, arguments[..4]);
    }

    /// <summary>(storage, offset, sizes, strides, requires grad, hooks, dtype, metadata): the types without a storage class of their own.</summary>
    public static TorchTensor? RebuildV3(PickleReader reader, object[] arguments)
    {
        if (arguments.Length is not (7 or 8) || arguments[4] is not bool || arguments[5] is not (PickledDict or PickledNone)
            || arguments is not [TorchStorage storage, long offset, object[] sizes, object[] strides, ..]
            || arguments[6] is not PickledGlobal { Type: StoredType type, IsStorage: false } || (storage.Type ?? type) != type)
        {
            return null;
        }
        CheckMetadata(reader, arguments.Length == 8 ? arguments[7] : PickledNone.Value);
        return View(reader, storage, type, offset, sizes, strides);
    }

    /// <summary>(tensor, requires grad, hooks, state)</summary>
    public static TorchTensor? Parameter(PickleReader reader, object[] arguments) =>
        arguments.Length is 3 or 4 && arguments[1] is bool && arguments[2] is PickledDict or PickledNone ? arguments[0] as TorchTensor : null;

    /// <summary>(function, class, its arguments, state)</summary>
    public static object? FromType(PickleReader reader, object[] arguments) =>
        arguments is [PickledGlobal { IsRebuild: true } rebuild, PickledGlobal { IsTensor: true }, object[] inner,
            PickledDict or PickledNone or object[]] ? rebuild.Call(reader, inner) : null;

    // Conjugation and negation that torch puts off are marked there.
    private static void CheckMetadata(PickleReader reader, object metadata)
    {
        if (metadata is not PickledNone && !(metadata is PickledDict dict && dict.Items.TrueForAll(item => item.Value is false)))
        {
            throw reader.Error("a tensor with metadata (conjugated or negated lazily, or other) is not read.");
        }
    }

    private static TorchTensor? View(PickleReader reader, TorchStorage storage, StoredType type, long offset, object[] sizes, object[] strides)
    {
        if (!Array.TrueForAll(sizes, size => size is long) || !Array.TrueForAll(strides, stride => stride is long))
        {
            return null;
        }
        reader.Allowance.Charge(320 + (16L * sizes.Length));
        long[] shape = [.. sizes.Cast<long>()], steps = [.. strides.Cast<long>()];
        if (shape.Length != steps.Length || shape.Length > HighestRank || offset < 0 || shape.Any(size => size < 0) || steps.Any(step => step < 0))
        {
            throw reader.Error($"a tensor of sizes {FileText.Shape(shape)} and strides {FileText.Shape(steps)} at {offset} cannot be.");
        }
        if (storage.Length % type.Size() != 0)
        {
            throw reader.Error($"a storage of {storage.Length} bytes holds no whole number of {type}.");
        }
        long elements = storage.Length / type.Size();
        UInt128 count = 1;
        Int128 last = offset;
        foreach (long size in shape.Where(size => size > 0))
        {
            count *= (UInt128)size;
            if (count > long.MaxValue / 16)
            {
                throw reader.Error($"a tensor of sizes {FileText.Shape(shape)} has too many elements.");
            }
        }
        bool empty = shape.Contains(0);
        for (int i = 0; i < shape.Length && !empty && last < elements; i++)
        {
            last += (Int128)(shape[i] - 1) * steps[i];
        }
        if (!empty && last >= elements)
        {
            throw reader.Error($"a tensor of sizes {FileText.Shape(shape)} and strides {FileText.Shape(steps)} at {offset} "
                + $"reaches beyond its storage of {elements} elements.");
        }
        return new TorchTensor(storage, type, offset, shape, steps) { Count = empty ? 0 : (long)count };
    }
}
