using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Tests.Files;

/// <summary>One record of a zip file that may lie: what is null is told truly.</summary>
internal sealed record BuiltRecord(string Name, byte[] Data)
{
    public bool Deflated { get; init; }

    public byte[]? Packed { get; init; }

    public byte[]? LocalName { get; init; }

    public byte[]? CentralName { get; init; }

    public uint? Crc { get; init; }

    public uint? LocalCrc { get; init; }

    public uint? Length { get; init; }

    public uint? PackedLength { get; init; }

    public uint? LocalLength { get; init; }

    public uint? LocalPackedLength { get; init; }

    public uint? Offset { get; init; }

    public ushort Flags { get; init; }

    public ushort? Method { get; init; }

    public byte[] Extra { get; init; } = [];

    public byte[] LocalExtra { get; init; } = [];
}

/// <summary>Builds zip files and pickles by hand, right or wrong: what torch.save would write, and what somebody may put in its place.</summary>
internal static class TorchBuilder
{
    public static readonly byte[] Proto = [0x80, 2];

    public static byte[] Zip(params BuiltRecord[] records) => Zip(records, []);

    public static byte[] Zip(BuiltRecord[] records, byte[] end)
    {
        using var body = new MemoryStream();
        using var directory = new MemoryStream();
        foreach (BuiltRecord record in records)
        {
            byte[] name = Encoding.UTF8.GetBytes(record.Name), packed = record.Packed ?? (record.Deflated ? Deflate(record.Data) : record.Data);
            byte[] localName = record.LocalName ?? name, centralName = record.CentralName ?? name;
            uint crc = record.Crc ?? Crc32.Of(record.Data), length = record.Length ?? (uint)record.Data.Length;
            uint packedLength = record.PackedLength ?? (uint)packed.Length, start = record.Offset ?? (uint)body.Position;
            ushort method = record.Method ?? (ushort)(record.Deflated ? 8 : 0);
            Put(body, 0x0403_4B50u, (ushort)20, record.Flags, method, (ushort)0, (ushort)0x21, record.LocalCrc ?? crc, record.LocalPackedLength ?? packedLength,
                record.LocalLength ?? length, (ushort)localName.Length, (ushort)record.LocalExtra.Length, localName, record.LocalExtra, packed);
            Put(directory, 0x0201_4B50u, (ushort)20, (ushort)20, record.Flags, method, (ushort)0, (ushort)0x21, crc, packedLength, length,
                (ushort)centralName.Length, (ushort)record.Extra.Length, (ushort)0, (ushort)0, (ushort)0, 0u, start, centralName, record.Extra);
        }
        uint at = (uint)body.Position;
        directory.WriteTo(body);
        if (end.Length > 0)
        {
            body.Write(end);
            return body.ToArray();
        }
        Put(body, 0x0605_4B50u, (ushort)0, (ushort)0, (ushort)records.Length, (ushort)records.Length, (uint)directory.Length, at, (ushort)0);
        return body.ToArray();
    }

    /// <summary>What torch.save writes around a pickle, with one storage of sixteen zero bytes, or others.</summary>
    public static byte[] Torch(byte[] pickle, params (string Key, byte[] Data)[] storages) => Zip([
        new("a/data.pkl", pickle), new("a/byteorder", "little"u8.ToArray()),
        .. (storages.Length == 0 ? [("0", new byte[16])] : storages).Select(storage => new BuiltRecord("a/data/" + storage.Key, storage.Data)),
        new("a/version", "3\n"u8.ToArray())]);

    /// <summary>{"w": value}</summary>
    public static byte[] State(byte[] value) => [.. Proto, (byte)'}', .. Text("w"), .. value, (byte)'s', (byte)'.'];

    public static byte[] Global(string module, string name) => Encoding.UTF8.GetBytes($"c{module}\n{name}\n");

    public static byte[] Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return [(byte)'X', .. BitConverter.GetBytes(utf8.Length), .. utf8];
    }

    public static byte[] Number(long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue)
        {
            return [(byte)'J', .. BitConverter.GetBytes((int)value)];
        }
        return [0x8A, 8, .. BitConverter.GetBytes(value)];
    }

    public static byte[] Tuple(params byte[][] items) => [(byte)'(', .. items.SelectMany(item => item), (byte)'t'];

    public static byte[] Numbers(params long[] values) => Tuple([.. values.Select(Number)]);

    public static byte[] Call(byte[] global, params byte[][] arguments) => [.. global, .. Tuple(arguments), (byte)'R'];

    public static byte[] Storage(string type = "FloatStorage", string key = "0", long count = 4) =>
        [.. Tuple(Text("storage"), Global("torch", type), Text(key), Text("cpu"), Number(count)), (byte)'Q'];

    public static byte[] Tensor(long[] shape, long[] strides, long offset = 0, byte[]? storage = null) =>
        Call(Global("torch._utils", "_rebuild_tensor_v2"), storage ?? Storage(), Number(offset), Numbers(shape), Numbers(strides), [0x89],
            [.. Global("collections", "OrderedDict"), (byte)')', (byte)'R']);

    /// <summary>The same bytes many times.</summary>
    public static byte[] Repeat(int count, params byte[] bytes)
    {
        var all = new byte[(long)count * bytes.Length];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = bytes[i % bytes.Length];
        }
        return all;
    }

    public static byte[] Deflate(byte[] data)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflate.Write(data);
        }
        return packed.ToArray();
    }

    public static void Put(Stream stream, params object[] parts)
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (object part in parts)
        {
            switch (part)
            {
                case ushort small:
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes, small);
                    stream.Write(bytes[..2]);
                    break;
                case uint word:
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
                    stream.Write(bytes[..4]);
                    break;
                case ulong wide:
                    BinaryPrimitives.WriteUInt64LittleEndian(bytes, wide);
                    stream.Write(bytes);
                    break;
                default:
                    stream.Write((byte[])part);
                    break;
            }
        }
    }
}
