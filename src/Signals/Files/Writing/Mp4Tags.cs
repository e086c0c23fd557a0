using System.Buffers.Binary;
using System.Text;

namespace Euterpe.Signals.Files.Writing;

/// <summary>
/// MP4 and M4A (ISO 14496-12, with iTunes' list of items): boxes in boxes. The list lies in <c>moov.udta.meta.ilst</c>; where the box <c>moov</c>
/// grows in front of the sound, the places of the sound's chunks are moved with it. Every other box keeps its bytes.
/// </summary>
internal sealed class Mp4Tags : TagFile
{
    private const int Head = 8;

    private const string Mean = "com.apple.iTunes";

    private static readonly Encoding Names = Encoding.Latin1;

    private readonly long start, length;
    private readonly Box moov;

    public Mp4Tags(FileStream file, string name)
        : base(file, name)
    {
        Box? found = null;
        for (long at = 0; at < file.Length;)
        {
            file.Position = at;
            byte[] head = Read(Math.Min(Head, file.Length - at), "a box");
            long size = head.Length < Head ? 0 : BinaryPrimitives.ReadUInt32BigEndian(head);
            string kind = head.Length < Head ? "" : Names.GetString(head, 4, 4);
            if (size == 1)
                size = (long)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(Read(8, "a box")), long.MaxValue);
            else if (size == 0 && head.Length == Head)
                size = file.Length - at; // until the end
            if (size < Head || size > file.Length - at)
                throw Refused("a box leads beyond the end of the file.");
            if (kind is "moof" or "sidx" or "mfra")
                throw Refused("it is made of fragments.");
            if (kind == "moov")
            {
                if (found is not null)
                    throw Refused("it has two indexes.");
                file.Position = at;
                (start, length) = (at, size);
                byte[] whole = Read(size, "the index");
                found = BinaryPrimitives.ReadUInt32BigEndian(whole) == size ? new Box("moov", whole[Head..])
                    : throw Refused("its index has a length of its own kind.");
            }

            at += size;
        }

        moov = found ?? throw Refused("it has no index.");
        try
        {
            moov.Open();
            foreach (Box track in moov.All("trak"))
                Path(track, "mdia", "minf", "stbl");
            // Without its four bytes of version and flags, as QuickTime writes it, the box meta holds other names.
            if (moov.Find("udta") is { } user && user.Open().Find("meta") is { } meta && meta.Bytes.AsSpan().StartsWith(new byte[4]))
                meta.Open(skip: 4).Find("ilst")?.Open();
            foreach (Box item in Items?.Boxes ?? [])
                item.Open();
        }
        catch (InvalidDataException)
        {
            throw Refused("the boxes of its index do not add up.");
        }
    }

    private List<Box> Tables => [.. moov.All("trak").Select(track => Path(track, "mdia", "minf", "stbl")).OfType<Box>()
        .SelectMany(table => table.Boxes.Where(box => box.Name is "stco" or "co64"))];

    private Box? Items => moov.Find("udta")?.Find("meta")?.Find("ilst");

    public override string? Get(string tag)
    {
        string[] values = [.. (Items?.Boxes ?? []).Where(item => Is(item, tag)).Select(Value)];
        return values.Length > 0 ? string.Join("; ", values)
            : tag != "genre" || Items?.Find("gnre")?.Find("data")?.Bytes is not { Length: >= 10 } number ? null
            : $"number {BinaryPrimitives.ReadUInt16BigEndian(number.AsSpan(8))}";
    }

    public override void Set(string tag, string value)
    {
        Box user = moov.Find("udta") ?? moov.Add("udta", []).Open();
        byte[] handler = Written("hdlr", [.. new byte[8], .. "mdirappl"u8, .. new byte[9]]);
        Box meta = user.Find("meta") ?? user.Add("meta", [0, 0, 0, 0, .. handler]).Open(skip: 4);
        if (!meta.IsOpen)
            throw Refused("its tags are of QuickTime's kind.");
        Box items = meta.Find("ilst") ?? meta.Add("ilst", []).Open();
        int at = items.Boxes.FindIndex(item => Is(item, tag));
        items.Boxes.RemoveAll(item => Is(item, tag) || (tag == "genre" && item.Name == "gnre"));
        byte[] data = Written("data", [0, 0, 0, 1, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(value)]);
        byte[] mean = Written("mean", [0, 0, 0, 0, .. Names.GetBytes(Mean)]);
        byte[] name = Written("name", [0, 0, 0, 0, .. Names.GetBytes(tag.ToUpperInvariant())]);
        Box made = (tag == "genre" ? new Box("\u00A9gen", data) : new Box("----", [.. mean, .. name, .. data])).Open();
        items.Boxes.Insert(at < 0 || at > items.Boxes.Count ? items.Boxes.Count : at, made);
    }

    protected override void Write(Stream to, CancellationToken token)
    {
        long grown = Head + moov.ToBytes().Length - length;
        byte[][] before = [.. Tables.Select(table => table.Bytes)];
        foreach (Box table in Tables)
            table.Bytes = Moved(table, grown);
        byte[] index = moov.ToBytes();
        for (int i = 0; i < before.Length; i++)
            Tables[i].Bytes = before[i];
        Copy(0, start, to, token);
        to.Write(Written("moov", index));
        Copy(start + length, File.Length - start - length, to, token);
    }

    /// <summary>A table of places of chunks: those behind the index move as far as it grows.</summary>
    private byte[] Moved(Box table, long grown)
    {
        byte[] moved = [.. table.Bytes];
        int width = table.Name == "stco" ? 4 : 8;
        long count = moved.Length < 8 ? long.MaxValue : BinaryPrimitives.ReadUInt32BigEndian(moved.AsSpan(4));
        if (count > (moved.Length - 8) / width)
            throw Refused("a table of its index does not add up.");
        for (int i = 0; i < count; i++)
        {
            Span<byte> place = moved.AsSpan(8 + (i * width));
            ulong chunk = width == 4 ? BinaryPrimitives.ReadUInt32BigEndian(place) : BinaryPrimitives.ReadUInt64BigEndian(place);
            if (chunk < (ulong)(start + length))
                continue;
            chunk += (ulong)grown;
            if (width == 4 && chunk > uint.MaxValue)
                throw Refused("its sound would lie beyond what its index can say.");
            if (width == 4)
                BinaryPrimitives.WriteUInt32BigEndian(place, (uint)chunk);
            else
                BinaryPrimitives.WriteUInt64BigEndian(place, chunk);
        }

        return moved;
    }

    private static Box? Path(Box? box, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            box = box?.Open().Find(name);

        return box?.Open();
    }

    private static bool Is(Box item, string tag) => item.Name == "----"
        ? Said(item, "mean") == Mean && Said(item, "name").Equals(tag, StringComparison.OrdinalIgnoreCase)
        : tag == "genre" && item.Name == "\u00A9gen";

    private static string Value(Box item) =>
        string.Join("; ", item.Boxes.Where(box => box.Name == "data" && box.Bytes.Length > 8).Select(box => Text(box.Bytes.AsSpan(8))));

    private static string Said(Box item, string name) => item.Find(name) is { Bytes.Length: >= 4 } box ? Text(box.Bytes.AsSpan(4)) : "";

    private static byte[] Written(string name, byte[] content)
    {
        byte[] box = new byte[Head + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        Names.GetBytes(name, box.AsSpan(4));
        content.CopyTo(box, Head);
        return box;
    }

    /// <summary>A box: its bytes, or, once it was opened, the boxes in it.</summary>
    private sealed class Box(string name, byte[] bytes)
    {
        private byte[] front = [], back = [];

        public string Name => name;

        public byte[] Bytes { get; set; } = bytes;

        public bool IsOpen { get; private set; }

        public List<Box> Boxes { get; } = [];

        public Box? Find(string wanted) => Boxes.Find(box => box.Name == wanted);

        public IEnumerable<Box> All(string wanted) => Boxes.Where(box => box.Name == wanted);

        public Box Add(string added, byte[] content)
        {
            var box = new Box(added, content);
            Boxes.Add(box);
            return box;
        }

        /// <summary>Finds the boxes in it; a few bytes that are too few for another one stay at the end. Done once.</summary>
        public Box Open(int skip = 0)
        {
            if (IsOpen)
                return this;
            IsOpen = true;
            front = Bytes[..Math.Min(skip, Bytes.Length)];
            ReadOnlySpan<byte> rest = Bytes.AsSpan(front.Length);
            while (rest.Length >= Head && BinaryPrimitives.ReadUInt32BigEndian(rest) is var size && size != 0)
            {
                if (size < Head || size > rest.Length)
                    throw new InvalidDataException();
                Boxes.Add(new Box(Names.GetString(rest.Slice(4, 4)), rest[Head..(int)size].ToArray()));
                rest = rest[(int)size..];
            }

            back = rest.ToArray();
            return this;
        }

        public byte[] ToBytes() => IsOpen ? [.. front, .. Boxes.SelectMany(box => Written(box.Name, box.ToBytes())), .. back] : Bytes;
    }
}
