using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files;

/// <summary>
/// numpy's npz as a file of tensors: stored arrays are views of the mapped file, deflated ones are unpacked (all are checked when it is opened).
/// </summary>
internal sealed unsafe class NpzSource : ITensorSource
{
    private const string Ending = ".npy";

    private readonly MappedFile file;
    private readonly ZipDirectory zip;
    private readonly List<(nint Address, NativeBuffer? Copy)> arrays = [];

    /// <summary>The file and its directory become this source's; where this throws they stay the caller's.</summary>
    public NpzSource(MappedFile file, ZipDirectory zip, Allowance allowance)
    {
        (this.file, this.zip) = (file, zip);
        string name = System.IO.Path.GetFileName(file.Path);
        var entries = new List<CheckpointEntry>();
        try
        {
            foreach (ZipRecord record in zip.Records)
            {
                allowance.Charge(512 + (4L * record.Name.Length));
                byte* data = zip.Address(record);
                NpyInMemory array = NpyInMemory.Open(data, record.Length, $"{name}/{FileText.Shown(record.Name)[1..^1]}");
                long length = record.Length - array.Start;
                NativeBuffer? copy = null;
                data += array.Start;
                if (!array.IsPlain)
                {
                    if (!allowance.TryCopy(3 * length))
                    {
                        throw new FileFormatException(
                            $"[npz] {name}: {FileText.Shown(record.Name)} lies in another order, and its copy would take too much memory.");
                    }
                    ReadOnlySpan<byte> bytes = NpyInMemory.Read(data - array.Start, record.Length, name).Bytes;
                    copy = new NativeBuffer(bytes.Length);
                    bytes.CopyTo(copy.Span<byte>());
                    data = (byte*)copy.Pointer;
                }
                arrays.Add(((nint)data, copy));
                if (array.Type == StoredType.Bool)
                {
                    StoredFlags.Check(name, array.Shape, data, length);
                }
                entries.Add(new CheckpointEntry(record.Name[..^Ending.Length], array.Type, array.Shape, length, name) { Start = arrays.Count - 1 });
            }
        }
        catch
        {
            arrays.ForEach(array => array.Copy?.Dispose());
            throw;
        }
        Entries = entries;
    }

    public string Path => file.Path;

    public string Format => "npz";

    public IReadOnlyList<CheckpointEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public static bool IsOne(ZipDirectory zip) =>
        zip.Records.Count > 0 && zip.Records.All(record => record.Name.EndsWith(Ending, StringComparison.Ordinal));

    public byte* Address(CheckpointEntry entry) => (byte*)arrays[(int)entry.Start].Address;

    public void Dispose()
    {
        arrays.ForEach(array => array.Copy?.Dispose());
        zip.Dispose();
        file.Dispose();
    }
}
