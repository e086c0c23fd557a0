using System.Security.Cryptography;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files;

/// <summary>
/// The named tensors of a model: one file, or several with an index. Opening reads names, types and shapes and checks all of them; values are
/// read when asked for. Nothing in a file is ever executed. Tensors borrow the mapped files and keep the checkpoint alive; Dispose ends them.
/// </summary>
public sealed unsafe class Checkpoint : IDisposable
{
    private readonly List<ITensorSource> _sources;
    private readonly Dictionary<string, (CheckpointEntry Entry, ITensorSource Source)> _byName;

    private Checkpoint(string path, List<ITensorSource> sources)
    {
        Path = path;
        _sources = sources;
        _byName = new(sources.Sum(source => source.Entries.Count), StringComparer.Ordinal);
        foreach (ITensorSource source in sources)
        {
            foreach (CheckpointEntry entry in source.Entries)
            {
                if (!_byName.TryAdd(entry.Name, (entry, source)))
                {
                    string first = _byName[entry.Name].Entry.File;
                    throw new ModelFileException(
                        $"[checkpoint] {FileText.Shown(entry.Name)} must be in one file: it is in {first} and in {entry.File}.");
                }
            }
        }
        Entries = sources.Count == 1 ? sources[0].Entries : [.. sources.SelectMany(source => source.Entries)];
    }

    /// <summary>The file or index that was opened.</summary>
    public string Path { get; }

    /// <summary>"safetensors", "PyTorch (zip)", "PyTorch (legacy)", "npz".</summary>
    public string Format => _sources.Count == 0 ? "safetensors" : _sources[0].Format;

    /// <summary>The files that hold the tensors.</summary>
    public IReadOnlyList<string> Files => [.. _sources.Select(source => source.Path)];

    /// <summary>All tensors, file by file, in the order of their data.</summary>
    public IReadOnlyList<CheckpointEntry> Entries { get; }

    public IEnumerable<string> Names => Entries.Select(entry => entry.Name);

    /// <summary>The strings that the first file carries about itself.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _sources.Count == 0 ? new Dictionary<string, string>() : _sources[0].Metadata;

    /// <summary>What a PyTorch file holds beside its tensors, as a tree of plain values; null for other formats and for shards.</summary>
    public CheckpointValue? Tree => _sources.Count == 1 ? _sources[0].Tree : null;

    /// <summary>
    /// Opens a file of tensors, an index of shards (model.safetensors.index.json, pytorch_model.bin.index.json), or a model's folder with one of
    /// them in
    /// it (model, pytorch_model, diffusion_pytorch_model, adapter_model, else the only one). Throws <see cref="FileFormatException"/> where bytes
    /// are not what they should be,
    /// <see cref="ModelFileException"/> where files do not fit together or are not read.
    /// </summary>
    public static Checkpoint Open(string path)
    {
        string file = Directory.Exists(path) ? CheckpointFolder.Find(path) : path;
        List<ITensorSource> sources = ShardIndex.IsOne(file) ? ShardIndex.Open(file) : [CheckpointFormats.Open(file)];
        try
        {
            return new Checkpoint(file, sources);
        }
        catch
        {
            sources.ForEach(source => source.Dispose());
            throw;
        }
    }

    public bool Has(string name) => _byName.ContainsKey(name);

    public bool TryGet(string name, out CheckpointEntry entry)
    {
        bool found = _byName.TryGetValue(name, out (CheckpointEntry Entry, ITensorSource Source) pair);
        entry = pair.Entry;
        return found;
    }

    public CheckpointEntry Entry(string name) => Find(name).Entry;

    /// <summary>A tensor's bytes in the mapped file, up to 2 GiB; valid until Dispose.</summary>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        (CheckpointEntry entry, ITensorSource source) = Find(name);
        return entry.Length <= int.MaxValue ? new ReadOnlySpan<byte>(source.Address(entry), (int)entry.Length)
            : throw new ModelFileException($"[checkpoint] {entry} has {entry.Length} bytes, more than one span holds.");
    }

    /// <summary>
    /// Checks a tensor's bytes now, on the compute pool, as far as the format can tell (the CRC of a PyTorch record); what was checked is not
    /// looked at
    /// again. Any other access checks too, when it comes first.
    /// </summary>
    public void Verify(string name)
    {
        (CheckpointEntry entry, ITensorSource source) = Find(name);
        source.Address(entry);
    }

    /// <summary>Checks all tensors.</summary>
    public void Verify()
    {
        foreach (string name in Names)
        {
            Verify(name);
        }
    }

    /// <summary>Reads a tensor as float: exact from F32, BF16, F16 and F8.</summary>
    public void ReadFloats(string name, Span<float> target) => StoredValues.ToFloats(Entry(name).Type, Bytes(name), target);

    public float[] Floats(string name)
    {
        var values = new float[checked((int)Entry(name).Count)];
        ReadFloats(name, values);
        return values;
    }

    public double[] Doubles(string name)
    {
        var values = new double[checked((int)Entry(name).Count)];
        StoredValues.ToDoubles(Entry(name).Type, Bytes(name), values);
        return values;
    }

    /// <summary>Reads a tensor of integers or booleans.</summary>
    public void ReadLongs(string name, Span<long> target) => StoredValues.ToLongs(Entry(name).Type, Bytes(name), target);

    public long[] Longs(string name)
    {
        var values = new long[checked((int)Entry(name).Count)];
        ReadLongs(name, values);
        return values;
    }

    /// <summary>
    /// The tensor in its own type: a view of the mapped file, without a copy, where its bytes lie on a multiple of their size (else a copy).
    /// It must not be written to, and ends with the checkpoint.
    /// </summary>
    public Tensor Tensor(string name)
    {
        (CheckpointEntry entry, ITensorSource source) = Find(name);
        (DType type, Shape shape) = (TypeOf(entry), entry.TensorShape());
        byte* data = source.Address(entry);
        return (nint)data % type.Size() == 0 ? Tensors.Tensor.Borrow(this, data, type, shape) : Tensors.Tensor.FromBytes(Bytes(name), type, shape);
    }

    /// <summary>The tensor as F32: a view where the file holds F32, else converted (F64 is rounded).</summary>
    public Tensor Floating(string name)
    {
        CheckpointEntry entry = Entry(name);
        if (entry.Type == StoredType.F32)
        {
            return Tensor(name);
        }
        if (!entry.Type.IsFloat())
        {
            throw new ModelFileException($"[checkpoint] {entry} in {entry.File} was expected to be of a floating-point type.");
        }
        Tensor tensor = Tensors.Tensor.Create(DType.F32, entry.TensorShape());
        ReadFloats(name, tensor.Span);
        return tensor;
    }

    /// <summary>SHA-256 over the SHA-256 of each file, in order of their names (of a single file: its own), in hexadecimal.</summary>
    public string Hash()
    {
        byte[][] hashes = [.. Files.Order(StringComparer.Ordinal).Select(HashOf)];
        return Convert.ToHexStringLower(hashes.Length == 1 ? hashes[0] : SHA256.HashData([.. hashes.SelectMany(hash => hash)]));
    }

    public void Dispose() => _sources.ForEach(source => source.Dispose());

    private static DType TypeOf(CheckpointEntry entry) => entry.Type switch
    {
        StoredType.F32 => DType.F32,
        StoredType.BF16 => DType.BF16,
        StoredType.F16 => DType.F16,
        StoredType.F64 => DType.F64,
        StoredType.I64 => DType.I64,
        StoredType.I32 => DType.I32,
        StoredType.I16 => DType.I16,
        StoredType.I8 => DType.I8,
        StoredType.U8 => DType.U8,
        StoredType.Bool => DType.Bool,
        _ => throw new ModelFileException($"[checkpoint] {entry} in {entry.File} has a type that no tensor has. Hint: Floats or Bytes."),
    };

    private static byte[] HashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return SHA256.HashData(file);
    }

    private (CheckpointEntry Entry, ITensorSource Source) Find(string name) =>
        _byName.TryGetValue(name, out (CheckpointEntry, ITensorSource) found) ? found
        : throw new ModelFileException($"[checkpoint] {System.IO.Path.GetFileName(Path)} has no tensor {FileText.Shown(name)}.");
}
