using Euterpe.Numerics;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files.Torch;

/// <summary>Where the bytes of storages lie; checked when they are first asked for.</summary>
internal unsafe interface ITorchBytes : IDisposable
{
    bool BigEndian { get; }

    long FileLength { get; }

    /// <summary>Checks what the file holds, used or not.</summary>
    void Verify();

    /// <summary>The first byte of what is stored under a storage's key.</summary>
    byte* Address(TorchStorage storage);
}

/// <summary>
/// A file of torch.save that has been read: tensors are views of its mapped storages, copied only where strides or byte order ask for it.
/// </summary>
internal sealed unsafe class TorchSource : ITensorSource
{
    private const long MostTimesItsSize = 64;

    /// <summary>
    /// A file up to this size is checked whole when it is opened: that takes milliseconds. A larger one storage by storage, when used.
    /// </summary>
    private const long CheckedAtOnce = 64 << 20;

    private readonly ITorchBytes bytes;
    private readonly TorchView[] views;

    public TorchSource(string path, string format, object root, ITorchBytes bytes, Allowance allowance)
    {
        (Path, Format, this.bytes) = (path, format, bytes);
        string file = System.IO.Path.GetFileName(path);
        TorchTree found = TorchTree.Of(root, file, allowance);
        (Entries, Tree) = (found.Entries, found.Root);
        views = [.. found.Views.Select(tensor => new TorchView(tensor, bytes, file))];
        var charged = new HashSet<long>();
        Int128 all = 0;
        foreach (CheckpointEntry entry in Entries)
        {
            TorchView view = views[entry.Start];
            all += entry.Length;
            // An element that strides repeat is a copy: nothing that a file's size does not pay for is ever made.
            if (view.IsCopy && charged.Add(entry.Start) && !allowance.TryCopy(entry.Length))
            {
                throw new FileFormatException($"[torch] {file}: {FileText.Shown(entry.Name)} of {FileText.Shape(entry.Shape)} repeats a storage of "
                    + $"{view.Tensor.Storage.Length} bytes: {entry.Length} bytes for it are more than the file's size allows.");
            }
        }
        long length = bytes.FileLength;
        if (all > ((Int128)length * MostTimesItsSize) + Allowance.Extra)
        {
            throw new FileFormatException(
                $"[torch] {file}: its {Entries.Count} tensors stand for {all} bytes, more than {MostTimesItsSize} times its size.");
        }
        if (length <= CheckedAtOnce)
        {
            VerifyAll();
        }
    }

    public string Path { get; }

    public string Format { get; }

    public IReadOnlyList<CheckpointEntry> Entries { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    public CheckpointValue Tree { get; }

    CheckpointValue? ITensorSource.Tree => Tree;

    public byte* Address(CheckpointEntry entry) => views[entry.Start].Address();

    public void Dispose()
    {
        foreach (TorchView view in views)
        {
            view.Dispose();
        }
        bytes.Dispose();
    }

    private void VerifyAll()
    {
        try
        {
            bytes.Verify();
            foreach (TorchView view in views.Where(view => view.Tensor.Type == StoredType.Bool))
            {
                view.Address();
            }
        }
        catch
        {
            Array.ForEach(views, view => view.Dispose());
            throw;
        }
    }
}
