using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files;

internal sealed unsafe class SafetensorsSource : ITensorSource
{
    private readonly SafetensorsFile _file;

    public SafetensorsSource(string path)
    {
        _file = SafetensorsFile.Open(path);
        string name = System.IO.Path.GetFileName(path);
        var entries = new List<CheckpointEntry>(_file.Entries.Count);
        foreach (SafetensorsEntry each in _file.Entries)
        {
            entries.Add(new CheckpointEntry(each.Name, each.Type, each.Shape, each.Length, name) { Start = each.Start });
        }
        Entries = entries;
    }

    public string Path => _file.Path;

    public string Format => "safetensors";

    public IReadOnlyList<CheckpointEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata => _file.Metadata;

    public byte* Address(CheckpointEntry entry) => _file.Memory.Address(entry.Start);

    public void Dispose() => _file.Dispose();
}
