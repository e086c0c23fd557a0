using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Euterpe.Testing;

/// <summary>
/// A small reader of safetensors for the oracles' own files: whole file in memory, no mercy and no hostile-input care.
/// It is kept apart from the library's reader on purpose, so that one is not judged by itself.
/// </summary>
public sealed class StoredTensors
{
    private readonly byte[] _bytes;
    private readonly Dictionary<string, (string Type, int[] Shape, int Start, int End)> _entries = [];
    private readonly string _path;

    public StoredTensors(string path)
    {
        _path = path;
        _bytes = File.ReadAllBytes(path);
        int header = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(_bytes));
        using JsonDocument json = JsonDocument.Parse(_bytes.AsMemory(8, header));
        foreach (JsonProperty entry in json.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__")
            {
                continue;
            }
            int[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
            JsonElement offsets = entry.Value.GetProperty("data_offsets");
            _entries.Add(entry.Name, (entry.Value.GetProperty("dtype").GetString()!, shape,
                8 + header + offsets[0].GetInt32(), 8 + header + offsets[1].GetInt32()));
        }
    }

    public IReadOnlyCollection<string> Names => _entries.Keys;

    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL ..., as in the file.</summary>
    public string Type(string name) => Entry(name).Type;

    public int[] Shape(string name) => [.. Entry(name).Shape];

    public ReadOnlySpan<byte> Bytes(string name)
    {
        var (_, _, start, end) = Entry(name);
        return _bytes.AsSpan(start, end - start);
    }

    /// <summary>Values as float: exact for F32, F16, BF16 and small integers; F64 is rounded.</summary>
    public float[] Floats(string name) =>
        Type(name) == "F32" ? MemoryMarshal.Cast<byte, float>(Bytes(name)).ToArray() : [.. Doubles(name).Select(value => (float)value)];

    /// <summary>Values as double: exact for every type but large 64-bit integers.</summary>
    public double[] Doubles(string name)
    {
        ReadOnlySpan<byte> bytes = Bytes(name);
        return Type(name) switch
        {
            "F64" => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
            "F32" => Convert<float>(bytes, value => value),
            "F16" => Convert<Half>(bytes, value => (double)value),
            "BF16" => Convert<ushort>(bytes, value => BitConverter.Int32BitsToSingle(value << 16)),
            _ => [.. Longs(name).Select(value => (double)value)],
        };
    }

    /// <summary>Values of an integer or boolean tensor.</summary>
    public long[] Longs(string name)
    {
        ReadOnlySpan<byte> bytes = Bytes(name);
        return Type(name) switch
        {
            "I64" => MemoryMarshal.Cast<byte, long>(bytes).ToArray(),
            "U64" => Convert<ulong, long>(bytes, value => checked((long)value)),
            "I32" => Convert<int, long>(bytes, value => value),
            "U32" => Convert<uint, long>(bytes, value => value),
            "I16" => Convert<short, long>(bytes, value => value),
            "U16" => Convert<ushort, long>(bytes, value => value),
            "I8" => Convert<sbyte, long>(bytes, value => value),
            "U8" or "BOOL" => Convert<byte, long>(bytes, value => value),
            string other => throw new InvalidDataException($"{_path}: {name} is {other}, not an integer tensor."),
        };
    }

    public int[] Ints(string name) => [.. Longs(name).Select(value => checked((int)value))];

    private static double[] Convert<T>(ReadOnlySpan<byte> bytes, Func<T, double> value)
        where T : unmanaged => Convert<T, double>(bytes, value);

    private static TTo[] Convert<T, TTo>(ReadOnlySpan<byte> bytes, Func<T, TTo> value)
        where T : unmanaged
    {
        ReadOnlySpan<T> from = MemoryMarshal.Cast<byte, T>(bytes);
        var to = new TTo[from.Length];
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = value(from[i]);
        }
        return to;
    }

    private (string Type, int[] Shape, int Start, int End) Entry(string name) =>
        _entries.TryGetValue(name, out var entry)
            ? entry
            : throw new KeyNotFoundException($"{_path} holds no tensor {name}; it has {string.Join(", ", _entries.Keys.Take(20))} ...");
}
