using System.Globalization;
using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>
/// What torch.save has written since 1.6: a zip file with NAME/data.pkl, NAME/byteorder, NAME/version and one stored record NAME/data/KEY a storage.
/// Storages are views of the mapped file; the CRC of each is checked before its first byte is used.
/// </summary>
internal sealed unsafe class TorchZip : ITorchBytes
{
    private const int HighestVersion = 10, LongestPickle = 1 << 30, UnpackedAtOnce = 16 << 20;

    private readonly MappedFile file;
    private readonly ZipDirectory zip;
    private readonly Dictionary<string, ZipRecord> storages = new(StringComparer.Ordinal);

    private TorchZip(MappedFile file, ZipDirectory zip) => (this.file, this.zip) = (file, zip);

    public bool BigEndian { get; private set; }

    public long FileLength => file.Length;

    public static bool IsOne(ZipDirectory zip) => zip.Records.Any(record => Pickle(record, "data.pkl") || Pickle(record, "constants.pkl"));

    /// <summary>The file and its directory become the source's; where this throws they stay the caller's.</summary>
    public static TorchSource Open(MappedFile file, ZipDirectory zip, Allowance allowance)
    {
        string name = Path.GetFileName(file.Path);
        ZipRecord[] pickles = [.. zip.Records.Where(record => Pickle(record, "data.pkl"))];
        if (zip.Records.Any(record => Pickle(record, "constants.pkl") || record.Name.Contains("/code/", StringComparison.Ordinal)))
        {
            throw new ModelFileException($"[torch] {name} is a TorchScript archive: it holds a program beside its weights, and is not read. "
                + "Hint: save the model's state_dict, or model.safetensors.");
        }
        if (pickles.Length != 1)
        {
            throw new FileFormatException($"[torch] {name}: one data.pkl is expected: found {pickles.Length}.");
        }
        ZipRecord pickle = pickles[0];
        string root = pickle.Name[..^"data.pkl".Length];
        var torch = new TorchZip(file, zip);
        torch.ReadByteOrder(name, root);
        torch.CheckVersion(name, root);
        if (pickle.Length > LongestPickle)
        {
            throw new FileFormatException($"[torch] {name}: a data.pkl of {pickle.Length} bytes is longer than any that is read.");
        }
        var reader = new PickleReader(zip.Address(pickle), pickle.Length, name, "data.pkl", allowance);
        var machine = new PickleMachine(reader, legacy: false);
        object value = machine.Run();
        if (reader.Left > 0)
        {
            reader.Opcode = reader.Position;
            throw reader.Error($"{reader.Left} bytes follow after the end of the pickle.");
        }
        foreach (TorchStorage storage in machine.Storages.Values)
        {
            ZipRecord record = zip.Find($"{root}data/{storage.Key}")
                ?? throw new FileFormatException($"[torch] {name}: the storage {FileText.Shown(storage.Key)} has no record data/{storage.Key}.");
            if (record.Length != storage.StoredLength)
            {
                throw new FileFormatException($"[torch] {name}: the storage {FileText.Shown(storage.Key)} must have the {storage.StoredLength} bytes "
                    + $"that data.pkl says: its record has {record.Length}.");
            }
            torch.storages.Add(storage.Key, record);
        }
        return new TorchSource(file.Path, "PyTorch (zip)", value, torch, allowance);
    }

    public byte* Address(TorchStorage storage) => zip.Address(storages[storage.Key]);

    public void Verify()
    {
        // Unpacking much is left to those who ask for it.
        bool unpack = zip.Records.Sum(record => record.IsPacked ? record.Length : 0) <= UnpackedAtOnce;
        foreach (ZipRecord record in zip.Records.Where(record => unpack || !record.IsPacked))
        {
            zip.Address(record);
        }
    }

    public void Dispose()
    {
        zip.Dispose();
        file.Dispose();
    }

    private static bool Pickle(ZipRecord record, string name) =>
        record.Name.EndsWith(name, StringComparison.Ordinal) && record.Name.IndexOf('/') == record.Name.Length - name.Length - 1;

    private void ReadByteOrder(string name, string root)
    {
        if (zip.Find(root + "byteorder") is not ZipRecord order)
        {
            return;
        }
        bool little = order.Length == 6 && zip.Bytes(order).SequenceEqual("little"u8);
        BigEndian = order.Length == 3 && zip.Bytes(order).SequenceEqual("big"u8);
        if (!little && !BigEndian)
        {
            throw new FileFormatException($"[torch] {name}: its byte order must be little or big: found something else.");
        }
    }

    private void CheckVersion(string name, string root)
    {
        if (zip.Find(root + "version") is ZipRecord record && (record.Length > 8
            || !int.TryParse(zip.Bytes(record).TrimEnd((byte)'\n'), CultureInfo.InvariantCulture, out int version) || version is < 0 or > HighestVersion))
        {
            throw new FileFormatException($"[torch] {name}: versions up to {HighestVersion} of the format are read: found another.");
        }
    }
}
