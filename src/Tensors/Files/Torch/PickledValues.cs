using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

// What stands on the stack of the pickle machine. Beside these: string, byte[], long, BigInteger, double, bool as they are.

internal sealed class PickledNone
{
    public static readonly PickledNone Value = new();
}

internal sealed class PickledList
{
    public List<object> Items { get; } = [];
}

/// <summary>A set or frozenset: its members in the order of the file.</summary>
internal sealed class PickledSet(List<object> items)
{
    public List<object> Items => items;
}

/// <summary>A dict or OrderedDict, or the attributes of an object; keys are their text.</summary>
internal sealed class PickledDict
{
    private const int Few = 8;

    private HashSet<string>? keys;

    /// <summary>An OrderedDict, which may carry attributes (the _metadata of a state dict): they are read and dropped.</summary>
    public bool TakesAttributes { get; init; }

    public List<KeyValuePair<string, object>> Items { get; } = [];

    public bool TryAdd(string key, object value)
    {
        if (keys is null ? Find(key) is not null : !keys.Add(key))
        {
            return false;
        }
        Items.Add(new(key, value));
        keys ??= Items.Count > Few ? [.. Items.Select(item => item.Key)] : null;
        return true;
    }

    /// <summary>The value under a key; for few looks only.</summary>
    public object? Find(string key) => Items.Find(item => item.Key == key).Value;
}

/// <summary>An object of a known class whose state is kept as plain values, and which does nothing.</summary>
internal sealed class PickledObject(string name)
{
    public string Name => name;

    public object? State { get; set; }
}

/// <summary>A value that has a name and nothing else: a dtype, a device, a layout.</summary>
internal sealed record PickledName(string Text);

internal sealed class NumpyType(StoredType type)
{
    public StoredType Type => type;

    public bool BigEndian { get; set; }
}

internal sealed class NumpyArray
{
    public NumpyType? Type { get; set; }

    public long[] Shape { get; set; } = [];

    public byte[] Bytes { get; set; } = [];

    public bool FortranOrder { get; set; }
}

/// <summary>A storage that tensors refer to; its bytes are looked for when the pickle has been read.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">What its elements are; null where it is bytes.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Offset">Where it begins in the stored bytes (the legacy format may store a larger one).</param>
/// <param name="StoredLength">The bytes that the file must hold under that key.</param>
internal sealed record TorchStorage(string Key, StoredType? Type, long Length, long Offset, long StoredLength);

internal sealed record TorchTensor(TorchStorage Storage, StoredType Type, long Offset, long[] Shape, long[] Strides)
{
    public long Count { get; init; }

    /// <summary>Bytes of all elements.</summary>
    public long Length => Count * Type.Size();
}
