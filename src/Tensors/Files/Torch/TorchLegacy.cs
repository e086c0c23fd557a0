using System.Numerics;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>
/// What torch.save wrote before 1.6 (torch/serialization.py, _legacy_save): pickles of a magic number, the protocol, the machine and the object, then
/// one of the storages' keys, then each storage: its number of elements in 8 bytes, and its bytes.
/// </summary>
internal sealed unsafe class TorchLegacy : ITorchBytes
{
    private const long Protocol = 1001;

    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    private readonly MappedFile file;
    private readonly Dictionary<string, long> starts = new(StringComparer.Ordinal);

    private TorchLegacy(MappedFile file) => this.file = file;

    public bool BigEndian => false;

    public long FileLength => file.Length;

    /// <summary>Whether the file begins as a pickle does; what it is shows when it is read.</summary>
    public static bool IsPickle(ReadOnlySpan<byte> start) =>
        (start.Length > 1 && start[0] == 0x80 && start[1] is > 0 and < 6) || start.StartsWith("L119547037146038801333356L\n"u8);

    /// <summary>The file becomes the source's; where this throws it stays the caller's.</summary>
    public static TorchSource Open(MappedFile file, Allowance allowance)
    {
        string name = Path.GetFileName(file.Path);
        var reader = new PickleReader(file.Address(0), file.Length, name, "", allowance);
        if (Next(reader) is not BigInteger magic || magic != Magic)
        {
            throw new ModelFileException($"[torch] {name} is a Python pickle that torch.save did not write, and is not read. "
                + "Hint: look for the model as safetensors.");
        }
        if (Next(reader) is not Protocol)
        {
            throw reader.Error($"protocol {Protocol} of torch.save is expected: found another.");
        }
        if (Next(reader) is not PickledDict machine || machine.Find("little_endian") is not true)
        {
            throw reader.Error("the file must say that it was written on a little-endian machine.");
        }
        var pickle = new PickleMachine(reader, legacy: true);
        object value = pickle.Run();
        if (Next(reader) is not PickledList keys)
        {
            throw reader.Error("the list of the storages' keys is expected.");
        }
        var torch = new TorchLegacy(file);
        foreach (object key in keys.Items)
        {
            torch.Place(reader, key, pickle);
        }
        if (torch.starts.Count != pickle.Storages.Count || reader.Left > 0)
        {
            reader.Opcode = reader.Position;
            throw reader.Error(reader.Left > 0 ? $"{reader.Left} bytes follow after the last storage."
                : $"{pickle.Storages.Count} storages are used, and {torch.starts.Count} are there.");
        }
        return new TorchSource(file.Path, "PyTorch (legacy)", value, torch, allowance);
    }

    public byte* Address(TorchStorage storage) => file.Address(starts[storage.Key]);

    // The format has no check sums: what can be seen was seen when the storages were found.
    public void Verify()
    {
    }

    public void Dispose() => file.Dispose();

    private static object Next(PickleReader reader) => new PickleMachine(reader, legacy: true).Run();

    private void Place(PickleReader reader, object key, PickleMachine pickle)
    {
        reader.Opcode = reader.Position;
        if (key is not string text || !pickle.Storages.TryGetValue(text, out TorchStorage? storage))
        {
            throw reader.Error($"{FileText.Shown(key as string ?? "a key")} is no storage that the file speaks of.");
        }
        ulong count = reader.UInt64();
        long size = storage.Type?.Size() ?? 1;
        if (count > long.MaxValue / 16 || (long)count * size != storage.StoredLength)
        {
            throw reader.Error($"the storage {FileText.Shown(text)} must have {storage.StoredLength / size} elements: {count} are said to follow.");
        }
        if (!starts.TryAdd(text, reader.Position))
        {
            throw reader.Error($"the storage {FileText.Shown(text)} must be there once: found it twice.");
        }
        reader.Skip(storage.StoredLength);
    }
}
