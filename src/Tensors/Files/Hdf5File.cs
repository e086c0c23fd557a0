using System.Text;
using Euterpe.Numerics.Files;

namespace Euterpe.Tensors.Files;

/// <summary>
/// The datasets of an HDF5 file as h5py writes it by default (and so Keras): superblock 0 or 1, symbol-table groups, object headers of version 1,
/// numbers in one piece. Everything else is refused by name. Source: the HDF5 File Format Specification, version 2.
/// Every node is read once, names are bounded, and no byte of data is touched.
/// </summary>
internal sealed class Hdf5File
{
    private const int DeepestGroup = 64, LongestName = 255;
    private const long NamesBeyondFile = 16 << 20;

    private readonly Hdf5Bytes bytes;
    private readonly string file;
    private readonly HashSet<long> seen = [];
    private readonly List<CheckpointEntry> entries = [];
    private long names;
    private long total;

    private Hdf5File(Hdf5Bytes bytes, string file)
    {
        (this.bytes, this.file) = (bytes, file);
    }

    private readonly record struct Message(int Type, int Flags, long At, int Length);

    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>All datasets, by the paths that HDF5 gives them, in the order of their data; Start counts from the first byte.</summary>
    public static unsafe List<CheckpointEntry> Read(byte* data, long length, string file)
    {
        var reader = new Hdf5File(new Hdf5Bytes(data, length, file), file);
        reader.Object(reader.Root(), "", 0);
        return [.. reader.entries.OrderBy(entry => entry.Start).ThenBy(entry => entry.Name, StringComparer.Ordinal)];
    }

    private long Root()
    {
        bytes.Signature(0, Magic, "the mark of an HDF5 file");
        int version = bytes.U8(8);
        if (version > 1)
            throw bytes.Error(8, $"superblock {version} is not read; 0 and 1 are. Hint: h5py writes it with libver=\"earliest\".");
        if (bytes.U8(13) != 8 || bytes.U8(14) != 8)
            throw bytes.Error(13, $"addresses and lengths of 8 bytes are read: found {bytes.U8(13)} and {bytes.U8(14)}.");
        long at = version == 0 ? 24 : 28;
        if (bytes.U64(at) != 0)
            throw bytes.Error(at, $"a file that begins at 0 is read: found {bytes.U64(at)}.");
        bytes.Place(at + 16, "the end of the file, as it was written,");
        return bytes.Place(at + 40, "the root group");
    }

    private void Object(long header, string path, int depth)
    {
        if (depth > DeepestGroup)
            throw bytes.Error(header, $"groups at most {DeepestGroup} deep are read: found more.");
        Once(header, "an object");
        List<Message> messages = Messages(header);
        if (messages.FirstOrDefault(each => each.Type is 0x02 or 0x06) is { Length: > 0 } link)
        {
            throw bytes.Error(link.At,
                $"the group {FileText.Shown(path)} is of the newer kind, which is not read. Hint: h5py writes it with libver=\"earliest\".");
        }

        if (messages.Find(each => each.Type == 0x11) is { Length: >= 16 } group)
            Group(group.At, path, depth);
        else
            Dataset(header, path, messages);
    }

    private List<Message> Messages(long header)
    {
        if (bytes.U8(header) != 1)
            throw bytes.Error(header, $"an object header of version 1 was expected: found {bytes.U8(header)}.");
        int count = bytes.U16(header + 2);
        var messages = new List<Message>(Math.Min(count, 16));
        var blocks = new Queue<(long At, long Length)>([(header + 16, bytes.U32(header + 8))]);
        for (int read = 0; blocks.TryDequeue(out (long At, long Length) block);)
        {
            for (long at = block.At; at + 8 <= block.At + block.Length && read < count; read++)
            {
                var message = new Message(bytes.U16(at), bytes.U8(at + 4), at + 8, bytes.U16(at + 2));
                bytes.Span(message.At, message.Length);
                if (message.Type == 0x10)
                {
                    if (message.Length < 16)
                        throw bytes.Error(at, "a continuation of 16 bytes was expected.");
                    long next = bytes.Place(message.At, "a continuation");
                    Once(next, "a continuation");
                    blocks.Enqueue((next, bytes.Place(message.At + 8, "the length of a continuation")));
                }

                if (message.Type is 0x01 or 0x02 or 0x03 or 0x06 or 0x08 or 0x0B or 0x11)
                    messages.Add(message);
                at = message.At + message.Length;
            }
        }

        return messages;
    }

    /// <summary>A symbol table: a tree of nodes whose entries name objects, their names in a heap.</summary>
    private void Group(long table, string path, int depth)
    {
        long tree = bytes.Place(table, "the tree of a group"), heap = bytes.Place(table + 8, "the heap of a group");
        bytes.Signature(heap, "HEAP"u8, "a local heap");
        long size = bytes.Place(heap + 8, "the size of a heap"), text = bytes.Place(heap + 24, "the text of a heap");
        if (size > bytes.Length - text)
            throw bytes.Error(heap, $"the heap's {size} bytes lie beyond the end of the file.");
        Tree(tree, text, text + size, path, depth, 0);
    }

    private void Tree(long node, long text, long end, string path, int depth, int height)
    {
        Once(node, "a node of a tree");
        bytes.Signature(node, "TREE"u8, "a node of a tree");
        int level = bytes.U8(node + 5), count = bytes.U16(node + 6);
        if (bytes.U8(node + 4) != 0 || height > 32)
            throw bytes.Error(node, "a node of a group's tree, at most 32 deep, was expected.");
        for (int i = 0; i < count; i++)
        {
            long child = bytes.Place(node + 32 + (16L * i), "a child of a tree");
            if (level > 0)
                Tree(child, text, end, path, depth, height + 1);
            else
                Leaf(child, text, end, path, depth);
        }
    }

    private void Leaf(long node, long text, long end, string path, int depth)
    {
        Once(node, "a symbol node");
        bytes.Signature(node, "SNOD"u8, "a symbol node");
        int count = bytes.U16(node + 6);
        for (int i = 0; i < count; i++)
        {
            long at = node + 8 + (40L * i);
            string name = Name(text, end, bytes.U64(at), at);
            if (bytes.U32(at + 16) == 2)
                throw bytes.Error(at, $"{FileText.Shown(name)} is a link to another path, which is not read.");
            string full = path.Length == 0 ? name : path + "/" + name;
            names += full.Length;
            if (names > bytes.Length + NamesBeyondFile)
                throw bytes.Error(at, "the names are longer than the file.");
            Object(bytes.Place(at + 8, "an object"), full, depth + 1);
        }
    }

    private string Name(long text, long end, ulong offset, long at)
    {
        if (offset >= (ulong)(end - text))
            throw bytes.Error(at, $"a name must lie in the heap's {end - text} bytes: found {offset}.");
        ReadOnlySpan<byte> from = bytes.Span(text + (long)offset, (int)Math.Min(LongestName + 1, end - text - (long)offset));
        int length = from.IndexOf((byte)0);
        if (length <= 0 || from[..length].Contains((byte)'/') || !System.Text.Unicode.Utf8.IsValid(from[..length]))
            throw bytes.Error(at, $"a name of 1 to {LongestName} bytes of UTF-8, without /, was expected.");
        return Encoding.UTF8.GetString(from[..length]);
    }

    private void Dataset(long header, string path, List<Message> messages)
    {
        if (messages.Exists(each => each.Type == 0x0B))
            throw bytes.Error(header, $"{FileText.Shown(path)} is compressed or filtered, which is not read.");
        long[] shape = Shape(Single(header, path, messages, 0x01, "a dataspace"));
        StoredType type = Type(Single(header, path, messages, 0x03, "a type"), path);
        long length = type.Size();
        foreach (long size in shape)
        {
            if (size != 0 && length > bytes.Length / size)
            {
                throw bytes.Error(header,
                    $"{FileText.Shown(path)} has {FileText.Shape(shape)} elements of {type}, more than the file's {bytes.Length} bytes.");
            }

            length *= size;
        }

        long start = Data(Single(header, path, messages, 0x08, "a layout"), path, length);
        if (start > bytes.Length - length || (total += length) > bytes.Length)
            throw bytes.Error(header, $"the {length} bytes of {FileText.Shown(path)} at {start} are not all in the file of {bytes.Length} bytes.");
        entries.Add(new CheckpointEntry(path, type, shape, length, file) { Start = start });
    }

    private Message Single(long header, string path, List<Message> messages, int type, string what)
    {
        Message[] found = [.. messages.Where(each => each.Type == type)];
        if (found.Length != 1 || found[0].Length < 8)
            throw bytes.Error(header, $"{FileText.Shown(path)} must have {what}, once: found {found.Length}.");
        return (found[0].Flags & 2) == 0 ? found[0]
            : throw bytes.Error(found[0].At, $"{what} that {FileText.Shown(path)} shares with others is not read.");
    }

    private long[] Shape(Message message)
    {
        int version = bytes.U8(message.At), rank = bytes.U8(message.At + 1);
        long first = message.At + (version == 1 ? 8 : 4);
        if (version is not (1 or 2) || rank > 32 || (version == 2 && bytes.U8(message.At + 3) > 1) || first + (8 * rank) > message.At + message.Length)
            throw bytes.Error(message.At, $"a dataspace of version 1 or 2 and at most 32 sizes was expected: found version {version}, {rank} sizes.");
        var shape = new long[rank];
        for (int i = 0; i < rank; i++)
        {
            ulong size = bytes.U64(first + (8 * i));
            shape[i] = size <= (ulong)bytes.Length ? (long)size : throw bytes.Error(first, $"a size of {size} in a file of {bytes.Length} bytes.");
        }

        return shape;
    }

    private StoredType Type(Message message, string path)
    {
        int kind = bytes.U8(message.At) & 15, flags = bytes.U8(message.At + 1);
        uint size = bytes.U32(message.At + 4);
        bool bigEndian = (flags & 1) != 0 && size > 1;
        StoredType? found = bigEndian ? null : kind switch
        {
            0 => (size, (flags & 8) != 0) switch
            {
                (1, true) => StoredType.I8,
                (1, false) => StoredType.U8,
                (2, true) => StoredType.I16,
                (2, false) => StoredType.U16,
                (4, true) => StoredType.I32,
                (4, false) => StoredType.U32,
                (8, true) => StoredType.I64,
                (8, false) => StoredType.U64,
                _ => null,
            },
            // Where exponent and fraction lie, and the bias, tell one float of a size from another.
            1 when message.Length >= 20 =>
                (size, bytes.U8(message.At + 12), bytes.U8(message.At + 13), bytes.U8(message.At + 15), bytes.U32(message.At + 16)) switch
                {
                    (4, 23, 8, 23, 127) => StoredType.F32,
                    (8, 52, 11, 52, 1023) => StoredType.F64,
                    (2, 10, 5, 10, 15) => StoredType.F16,
                    (2, 7, 8, 7, 127) => StoredType.BF16,
                    _ => null,
                },
            _ => null,
        };
        return found ?? throw bytes.Error(message.At,
            $"{FileText.Shown(path)} has elements of class {kind} and {size} bytes{(bigEndian ? ", most significant first" : "")}: integers and floats, "
            + "least significant byte first, are read.");
    }

    private long Data(Message message, string path, long length)
    {
        int version = bytes.U8(message.At), kind = bytes.U8(message.At + 1);
        if (version is not (3 or 4) || kind > 1)
        {
            throw bytes.Error(message.At, $"{FileText.Shown(path)} is stored {(kind == 2 ? "in chunks" : $"as kind {kind} of version {version}")}: "
                + "data in one piece are read.");
        }

        if (kind == 0)
        {
            if (bytes.U16(message.At + 2) != length || length > message.Length - 4)
                throw bytes.Error(message.At, $"{FileText.Shown(path)} takes {length} bytes: found {bytes.U16(message.At + 2)}.");
            return message.At + 4;
        }

        if (message.Length < 18 || (length > 0 && bytes.Undefined(message.At + 2)) || bytes.U64(message.At + 10) != (ulong)length)
            throw bytes.Error(message.At, $"{FileText.Shown(path)} takes {length} bytes, and they are not there.");
        return length == 0 ? 0 : bytes.Place(message.At + 2, "the data");
    }

    /// <summary>No node is read twice: that keeps trees trees, and the work within the file's size.</summary>
    private void Once(long at, string what)
    {
        if (!seen.Add(at))
            throw bytes.Error(at, $"{what} is named from two places, which is not read.");
    }
}
