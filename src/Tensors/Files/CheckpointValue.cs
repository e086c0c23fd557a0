using System.Collections;
using System.Numerics;

namespace Euterpe.Tensors.Files;

/// <summary>
/// What a checkpoint holds beside (and around) its tensors: dictionaries, lists and plain values, in the order of the file. It is a tree of bounded
/// depth
/// (<see cref="DeepestLevel"/>), so it may be walked by recursion; nothing in it runs anything.
/// </summary>
public abstract record CheckpointValue
{
    public const int DeepestLevel = 100;

    private CheckpointValue()
    {
    }

    /// <summary>The value under a key of a map, or at an index of a list; null where there is none.</summary>
    public CheckpointValue? this[string key] => this switch
    {
        Map map => map.Find(key),
        List list => int.TryParse(key, out int at) && at >= 0 && at < list.Count ? list[at] : null,
        _ => null,
    };

    /// <summary>The text of a <see cref="Text"/>, else null.</summary>
    public string? AsText => (this as Text)?.Value;

    /// <summary>The value of an <see cref="Integer"/> of 64 bits, else null.</summary>
    public long? AsLong => this is Integer { Value: var value } && value >= long.MinValue && value <= long.MaxValue ? (long)value : null;

    /// <summary>The value of a <see cref="Real"/> or an <see cref="Integer"/>, else null.</summary>
    public double? AsDouble => this switch
    {
        Real real => real.Value,
        Integer integer => (double)integer.Value,
        _ => null,
    };

    /// <summary>The value of a <see cref="Flag"/>, else null.</summary>
    public bool? AsFlag => (this as Flag)?.Value;

    /// <summary>A dictionary, or an object with attributes; keys that are numbers are their text, and no key is there twice.</summary>
    public sealed record Map : CheckpointValue, IReadOnlyList<KeyValuePair<string, CheckpointValue>>
    {
        private readonly List<KeyValuePair<string, CheckpointValue>> items;
        private Dictionary<string, CheckpointValue>? byKey;

        internal Map(List<KeyValuePair<string, CheckpointValue>> items) => this.items = items;

        public int Count => items.Count;

        public IEnumerable<string> Keys => items.Select(item => item.Key);

        public KeyValuePair<string, CheckpointValue> this[int index] => items[index];

        public CheckpointValue? Find(string key) =>
            (byKey ??= new Dictionary<string, CheckpointValue>(items, StringComparer.Ordinal)).GetValueOrDefault(key);

        public IEnumerator<KeyValuePair<string, CheckpointValue>> GetEnumerator() => items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public bool Equals(Map? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => items.Count;

        public override string ToString() => $"map of {items.Count}";
    }

    /// <summary>A list, tuple, set or small array of numbers.</summary>
    public sealed record List : CheckpointValue, IReadOnlyList<CheckpointValue>
    {
        private readonly List<CheckpointValue> items;

        internal List(List<CheckpointValue> items) => this.items = items;

        public int Count => items.Count;

        public CheckpointValue this[int index] => items[index];

        public IEnumerator<CheckpointValue> GetEnumerator() => items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public bool Equals(List? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => items.Count;

        public override string ToString() => $"list of {items.Count}";
    }

    public sealed record Text(string Value) : CheckpointValue;

    public sealed record Integer(BigInteger Value) : CheckpointValue;

    public sealed record Real(double Value) : CheckpointValue;

    public sealed record Flag(bool Value) : CheckpointValue;

    public sealed record Nothing : CheckpointValue;

    public sealed record Bytes(ReadOnlyMemory<byte> Value) : CheckpointValue;

    /// <summary>A tensor stands here; the name is that of its <see cref="CheckpointEntry"/>.</summary>
    public sealed record TensorName(string Name) : CheckpointValue;

    /// <summary>Something known to be harmless that has no plain value: a dtype, a device, the name of a class.</summary>
    public sealed record Opaque(string What) : CheckpointValue;
}
