using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Euterpe.Numerics.Files;

/// <summary>
/// Writes the bytes that upstream's own library would: tensors sorted by type (widest first), then name,
/// a compact header padded with blanks to 8 bytes.
/// Data may be given as bytes, or as something that writes them when its turn comes, so that a large model is never in memory twice.
/// </summary>
[Experimental("EUTERPE001")]
public sealed class SafetensorsWriter
{
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Item> _items = new(StringComparer.Ordinal);

    private sealed record Item(string Name, byte[] Key, StoredType Type, long[] Shape, long Length, Action<Stream> Write);

    /// <summary>A string of __metadata__; transformers asks for "format" = "pt".</summary>
    public void AddMetadata(string key, string value) => _metadata.Add(key, value);

    public void Add(string name, ReadOnlyMemory<float> values, params ReadOnlySpan<long> shape) =>
        Add(name, StoredType.F32, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.Span)), values.Length * 4L);

    public void Add(string name, ReadOnlyMemory<long> values, params ReadOnlySpan<long> shape) =>
        Add(name, StoredType.I64, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.Span)), values.Length * 8L);

    public void Add(string name, StoredType type, ReadOnlySpan<long> shape, ReadOnlyMemory<byte> bytes) =>
        Add(name, type, shape, stream => stream.Write(bytes.Span), bytes.Length);

    /// <summary><paramref name="write"/> must write exactly the bytes that the shape asks for.</summary>
    public void Add(string name, StoredType type, ReadOnlySpan<long> shape, Action<Stream> write) =>
        Add(name, type, shape, write, -1);

    public void Save(string path) => AtomicFile.Write(path, Save);

    public void Save(Stream stream)
    {
        Item[] items = [.. _items.Values];
        Array.Sort(items, (a, b) => a.Type != b.Type ? b.Type.CompareTo(a.Type) : a.Key.AsSpan().SequenceCompareTo(b.Key));
        stream.Write(Header(items));
        foreach (Item item in items)
        {
            var counted = new CountingStream(stream);
            item.Write(counted);
            if (counted.Count != item.Length)
            {
                throw new InvalidOperationException(
                    $"[safetensors] {FileText.Shown(item.Name)} must write {item.Length} bytes: it wrote {counted.Count}.");
            }
        }
    }

    private void Add(string name, StoredType type, ReadOnlySpan<long> shape, Action<Stream> write, long given)
    {
        long length = type.Size();
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            length = checked(length * size);
        }
        if (given >= 0 && given != length)
        {
            throw new ShapeException(
                $"[safetensors] {FileText.Shown(name)}: {type} of shape {FileText.Shape(shape)} is {length} bytes: found {given}.");
        }
        _ = type.SafetensorsName();
        if (name == "__metadata__" || !_items.TryAdd(name, new Item(name, Encoding.UTF8.GetBytes(name), type, shape.ToArray(), length, write)))
        {
            throw new ArgumentException($"[safetensors] The name {FileText.Shown(name)} is taken.", nameof(name));
        }
    }

    private byte[] Header(Item[] items)
    {
        var json = new StringBuilder("{");
        if (_metadata.Count > 0)
        {
            json.Append("\"__metadata__\":{").AppendJoin(',', _metadata.Select(pair => $"{Quoted(pair.Key)}:{Quoted(pair.Value)}")).Append("},");
        }
        long at = 0;
        foreach (Item item in items)
        {
            json.Append(CultureInfo.InvariantCulture, $"{Quoted(item.Name)}:{{\"dtype\":\"{item.Type.SafetensorsName()}\",\"shape\":[");
            json.AppendJoin(',', item.Shape);
            json.Append(CultureInfo.InvariantCulture, $"],\"data_offsets\":[{at},{at += item.Length}]}},");
        }
        json.Length -= json[^1] == ',' ? 1 : 0;
        byte[] text = Encoding.UTF8.GetBytes(json.Append('}').ToString());
        var header = new byte[8 + ((text.Length + 7) / 8 * 8)];
        header.AsSpan().Fill((byte)' ');
        BitConverter.TryWriteBytes(header, (ulong)(header.Length - 8));
        text.CopyTo(header, 8);
        return header;
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' or '\\' => quoted.Append('\\').Append(c),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }

    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Count;

        public override long Position { get => Count; set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            Count += buffer.Length;
        }
    }
}
