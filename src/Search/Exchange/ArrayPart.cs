using System.Runtime.InteropServices;
using Euterpe.Numerics.Files;

namespace Euterpe.Search.Exchange;

/// <summary>The rows of one npz file while they are gathered: small columns in memory, numbers in a file that is gone afterwards.</summary>
internal sealed class ArrayPart(string folder, int dimension, bool canonical) : IDisposable
{
    private readonly MemoryStream sounds = new(), makers = new(), rules = new(), counts = new(), spans = new();
    private FileStream? numbers;

    public long Rows { get; private set; }

    public long Bytes => numbers?.Position ?? 0;

    public void Add(string sound, int maker, float[] values)
    {
        numbers ??= new FileStream(
            Path.Combine(folder, "numbers.partial"), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        sounds.Write(Convert.FromHexString(sound));
        makers.Write(MemoryMarshal.AsBytes([maker]));
        numbers.Write(MemoryMarshal.AsBytes(values.AsSpan()));
        Rows++;
    }

    public void Add(string sound, int maker, float[] values, int rule, IReadOnlyList<SegmentSpan> where)
    {
        Add(sound, maker, values);
        rules.Write(MemoryMarshal.AsBytes([rule]));
        counts.Write(MemoryMarshal.AsBytes([(long)where.Count]));
        spans.Write(MemoryMarshal.AsBytes(where.ToArray().AsSpan()));
    }

    public void WriteVectors(string path) => Write(path, npz => { });

    public void WriteSegments(string path) => Write(path, npz =>
    {
        npz.Add("rule", StoredType.I32, [Rows], rules.GetBuffer().AsSpan(0, (int)rules.Length));
        npz.Add("count", StoredType.I64, [Rows], counts.GetBuffer().AsSpan(0, (int)counts.Length));
        npz.Add("span", StoredType.I64, [spans.Length / 16, 2], spans.GetBuffer().AsSpan(0, (int)spans.Length));
    });

    public void Clear()
    {
        foreach (MemoryStream stream in (MemoryStream[])[sounds, makers, rules, counts, spans])
            stream.SetLength(0);
        numbers!.Position = 0;
        numbers.SetLength(0);
        Rows = 0;
    }

    public void Dispose() => numbers?.Dispose();

    private void Write(string path, Action<NpzWriter> more)
    {
        using FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        using var npz = new NpzWriter(file);
        npz.Add("sound", StoredType.U8, [Rows, 32], sounds.GetBuffer().AsSpan(0, (int)sounds.Length));
        if (!canonical)
            npz.Add("provenance", StoredType.I32, [Rows], makers.GetBuffer().AsSpan(0, (int)makers.Length));
        more(npz);
        long length = numbers!.Position;
        numbers.Position = 0;
        npz.Add("vector", StoredType.F32, [length / (4L * dimension), dimension], numbers);
    }
}
