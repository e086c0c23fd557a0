namespace Euterpe.Numerics.Files;

/// <summary>
/// A safetensors file, mapped: opening reads and checks the header only. Errors are <see cref="FileFormatException"/> and name the file, the place,
/// what was expected and what was found.
/// </summary>
[Experimental("EUTERPE001")]
public sealed class SafetensorsFile : IDisposable
{
    private readonly MappedFile _file;
    private readonly Dictionary<string, SafetensorsEntry> _byName;

    private SafetensorsFile(MappedFile file)
    {
        _file = file;
        (_byName, SafetensorsEntry[] entries, Dictionary<string, string> metadata) =
            SafetensorsHeader.Read(System.IO.Path.GetFileName(file.Path), file);
        Entries = entries;
        Metadata = metadata;
    }

    public string Path => _file.Path;

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    public IEnumerable<string> Names => Entries.Select(entry => entry.Name);

    /// <summary>The strings of __metadata__; none is usual, {"format": "pt"} what transformers writes.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The mapped memory, for tensors that borrow it.</summary>
    public MappedFile Memory => _file;

    public static SafetensorsFile Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            return new SafetensorsFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public bool Has(string name) => _byName.ContainsKey(name);

    public SafetensorsEntry Entry(string name) => _byName.TryGetValue(name, out SafetensorsEntry? entry) ? entry
        : throw new ModelFileException($"[safetensors] {System.IO.Path.GetFileName(Path)} has no tensor {FileText.Shown(name)}.");

    /// <summary>The bytes of a tensor of up to 2 GiB, in the mapped memory: valid until Dispose.</summary>
    public ReadOnlySpan<byte> Bytes(string name) => Bytes(Entry(name));

    public ReadOnlySpan<byte> Bytes(SafetensorsEntry entry) => entry.Length <= int.MaxValue ? _file.Span(entry.Start, entry.Length)
        : throw new ModelFileException(
            $"[safetensors] {entry} has {entry.Length} bytes, more than one span holds. Hint: Bytes(entry, start, count).");

    /// <summary>Part of a tensor's bytes, counted from its first one.</summary>
    public ReadOnlySpan<byte> Bytes(SafetensorsEntry entry, long start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, entry.Length, nameof(count));
        return _file.Span(entry.Start + start, count);
    }

    /// <summary>A tensor's values as float (see <see cref="StoredValues.ToFloats"/>).</summary>
    public float[] Floats(string name)
    {
        SafetensorsEntry entry = Entry(name);
        var values = new float[checked((int)entry.Count)];
        StoredValues.ToFloats(entry.Type, Bytes(entry), values);
        return values;
    }

    public double[] Doubles(string name)
    {
        SafetensorsEntry entry = Entry(name);
        var values = new double[checked((int)entry.Count)];
        StoredValues.ToDoubles(entry.Type, Bytes(entry), values);
        return values;
    }

    public long[] Longs(string name)
    {
        SafetensorsEntry entry = Entry(name);
        var values = new long[checked((int)entry.Count)];
        StoredValues.ToLongs(entry.Type, Bytes(entry), values);
        return values;
    }

    public void Dispose() => _file.Dispose();
}
