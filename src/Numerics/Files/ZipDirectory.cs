using System.Buffers.Binary;
using System.IO.Compression;

namespace Euterpe.Numerics.Files;

/// <summary>
/// The records of a mapped zip file: stored ones are views of the file, deflated ones are unpacked when first asked for. A record's CRC is
/// checked once, before its first byte is handed out. Strict: the file ends with its directory, directory and local headers say the same,
/// no record overlaps another, no name twice, none that points out of a folder; nothing is ever written.
/// </summary>
[Experimental("EUTERPE001")]
public sealed unsafe class ZipDirectory : IDisposable
{
    private const long LargestGrowth = 1032;

    private readonly MappedFile file;
    private readonly Dictionary<string, ZipRecord> byName;

    private ZipDirectory(MappedFile file, string shown, IReadOnlyList<ZipRecord> records, Dictionary<string, ZipRecord> byName) =>
        (this.file, FileName, Records, this.byName) = (file, shown, records, byName);

    /// <summary>All records, in the order of the directory.</summary>
    public IReadOnlyList<ZipRecord> Records { get; }

    private string FileName { get; }

    /// <param name="file">The file; it stays its owner's.</param>
    /// <param name="allowance">Pays for names and for what deflated records grow to.</param>
    public static ZipDirectory Open(MappedFile file, Allowance allowance)
    {
        string name = Path.GetFileName(file.Path);
        IReadOnlyList<ZipRecord> records = new ZipDirectoryReader(file, name, allowance).Read();
        var byName = new Dictionary<string, ZipRecord>(records.Count, StringComparer.Ordinal);
        foreach (ZipRecord record in records)
        {
            if (!byName.TryAdd(record.Name, record))
            {
                throw new FileFormatException($"[zip] {name}: the record {FileText.Shown(record.Name)} must be there once: found it twice.");
            }
            if (record.IsPacked && (record.Length / LargestGrowth > record.PackedLength + 64 || !allowance.TryCopy(record.Length)))
            {
                throw new FileFormatException($"[zip] {name}: {FileText.Shown(record.Name)} is said to grow from {record.PackedLength} to "
                    + $"{record.Length} bytes: deflate reaches 1,032 times at most, and a file may grow to its size and {Allowance.Extra >> 20} MiB.");
            }
        }
        return new ZipDirectory(file, name, records, byName);
    }

    public ZipRecord? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The record's first byte, checked; all its bytes follow, and stay until Dispose.</summary>
    public byte* Address(ZipRecord record)
    {
        if (!record.IsChecked)
        {
            lock (record.Gate)
            {
                if (!record.IsChecked)
                {
                    Check(record);
                    record.IsChecked = true;
                }
            }
        }
        return record.Unpacked is NativeBuffer unpacked ? (byte*)unpacked.Pointer : file.Address(record.Start);
    }

    /// <summary>A record of up to 2 GiB.</summary>
    public ReadOnlySpan<byte> Bytes(ZipRecord record) => new(Address(record), checked((int)record.Length));

    public void Dispose()
    {
        foreach (ZipRecord record in Records)
        {
            record.Unpacked?.Dispose();
        }
    }

    private void Check(ZipRecord record)
    {
        byte* data = file.Address(record.Start);
        NativeBuffer? unpacked = null;
        try
        {
            if (record.IsPacked)
            {
                unpacked = new NativeBuffer(record.Length);
                Unpack(record, data, unpacked);
                data = (byte*)unpacked.Pointer;
            }
            uint crc = Crc32.Of(data, record.Length, ComputePool.Shared);
            if (crc != record.Crc)
            {
                throw new FileFormatException($"[zip] {FileName}: {FileText.Shown(record.Name)} is damaged: its CRC must be {record.Crc:x8}, "
                    + $"and is {crc:x8}. Hint: fetch the file again.");
            }
            record.Unpacked = unpacked;
        }
        catch
        {
            unpacked?.Dispose();
            throw;
        }
    }

    private void Unpack(ZipRecord record, byte* data, NativeBuffer target)
    {
        long found = 0;
        try
        {
            using var packed = new UnmanagedMemoryStream(data, record.PackedLength);
            using var stream = new DeflateStream(packed, CompressionMode.Decompress);
            while (found < record.Length)
            {
                int read = stream.Read(target.Span<byte>(found, (int)Math.Min(1 << 20, record.Length - found)));
                if (read == 0)
                {
                    break;
                }
                found += read;
            }
            found += found == record.Length && stream.ReadByte() >= 0 ? 1 : 0;
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new FileFormatException($"[zip] {FileName}: {FileText.Shown(record.Name)} cannot be unpacked: {FileText.Reason(error)}", error);
        }
        if (found != record.Length)
        {
            throw new FileFormatException($"[zip] {FileName}: {FileText.Shown(record.Name)} must unpack to {record.Length} bytes: "
                + (found < record.Length ? $"found {found}." : "found more."));
        }
    }
}

/// <summary>One reading of the directory at the end of a zip file (PKWARE's APPNOTE 6.3.10, sections 4.3 and 4.4).</summary>
internal sealed class ZipDirectoryReader(MappedFile file, string name, Allowance allowance)
{
    private const uint LocalMark = 0x0403_4B50, EntryMark = 0x0201_4B50, EndMark = 0x0605_4B50, End64Mark = 0x0606_4B50, LocatorMark = 0x0706_4B50;
    private const int EndLength = 22, LocatorLength = 20, EntryLength = 46, LocalLength = 30, LongestName = 1024;
    private const int KnownFlags = 0x080E, Streamed = 0x0008;

    private const string Whole = "Hint: the file may have been cut short; fetch it again.";

    public IReadOnlyList<ZipRecord> Read()
    {
        (long count, long size, long start) = FindDirectory();
        if (count > size / EntryLength)
        {
            throw Error($"its directory of {size} bytes cannot hold the {count} records that it says.");
        }
        allowance.Charge(count * 240);
        var records = new List<ZipRecord>((int)count);
        var spans = new List<(long Start, long End)>((int)count);
        long at = start, end = start + size;
        for (long i = 0; i < count; i++)
        {
            at = ReadEntry(at, end, start, records, spans);
        }
        if (at != end)
        {
            throw Error($"{end - at} bytes follow in its directory after the {count} records that it says.");
        }
        spans.Sort();
        for (int i = 1; i < spans.Count; i++)
        {
            if (spans[i].Start < spans[i - 1].End)
            {
                throw Error($"two of its records overlap, at byte {spans[i].Start}.");
            }
        }
        return records;
    }

    private (long Count, long Size, long Start) FindDirectory()
    {
        long end = file.Length - EndLength;
        if (end < 0 || U32(end) != EndMark)
        {
            throw Error($"a zip file must end with its directory, and this does not. {Whole}");
        }
        ReadOnlySpan<byte> last = file.Span(end, EndLength);
        uint disks = BinaryPrimitives.ReadUInt32LittleEndian(last[4..]);
        ushort here = U16(last, 8), all = U16(last, 10);
        (long count, long size, long start) = (all, U32(end + 12), U32(end + 16));
        if (disks != 0 || here != all || U16(last, 20) != 0)
        {
            throw Error("its end record must speak of one file without a comment.");
        }
        if (end >= LocatorLength && U32(end - LocatorLength) == LocatorMark)
        {
            end = FindDirectory64(end - LocatorLength, ref count, ref size, ref start);
        }
        if (start > end || size != end - start)
        {
            throw Error($"its directory of {size} bytes at {start} must end at byte {end}. {Whole}");
        }
        return (count, size, start);
    }

    private long FindDirectory64(long locator, ref long count, ref long size, ref long start)
    {
        ReadOnlySpan<byte> place = file.Span(locator, LocatorLength);
        ulong at = BinaryPrimitives.ReadUInt64LittleEndian(place[8..]);
        if (at > (ulong)(locator - Math.Min(56, locator)) || U32((long)at) != End64Mark)
        {
            throw Error("its 64-bit end record is not where it is said to be.");
        }
        ReadOnlySpan<byte> record = file.Span((long)at, 56);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(record[4..]);
        ulong count64 = BinaryPrimitives.ReadUInt64LittleEndian(record[32..]), size64 = BinaryPrimitives.ReadUInt64LittleEndian(record[40..]);
        ulong start64 = BinaryPrimitives.ReadUInt64LittleEndian(record[48..]);
        bool same = (count == 0xFFFF || (ulong)count == count64) && (size == uint.MaxValue || (ulong)size == size64)
            && (start == uint.MaxValue || (ulong)start == start64);
        if (length != (ulong)(locator - (long)at - 12) || !same || count64 != BinaryPrimitives.ReadUInt64LittleEndian(record[24..])
            || BinaryPrimitives.ReadUInt64LittleEndian(record[16..]) != 0 || size64 > (ulong)file.Length || start64 > (ulong)file.Length
            || count64 > (ulong)file.Length)
        {
            throw Error("its two end records must say the same, of one file.");
        }
        (count, size, start) = ((long)count64, (long)size64, (long)start64);
        return (long)at;
    }

    private long ReadEntry(long at, long end, long directory, List<ZipRecord> records, List<(long Start, long End)> spans)
    {
        if (end - at < EntryLength || U32(at) != EntryMark)
        {
            throw Error($"record {records.Count} of its directory is not there, at byte {at}.");
        }
        ReadOnlySpan<byte> entry = file.Span(at, EntryLength);
        int flags = U16(entry, 8), method = U16(entry, 10);
        int nameLength = U16(entry, 28), extraLength = U16(entry, 30), commentLength = U16(entry, 32);
        if (end - at - EntryLength < nameLength + extraLength + commentLength)
        {
            throw Error($"record {records.Count} of its directory is longer than the directory.");
        }
        string record = Name(file.Span(at + EntryLength, nameLength), records.Count);
        Span<long> sizes = [U32(at + 24), U32(at + 20), U32(at + 42)];
        ReadExtra(file.Span(at + EntryLength + nameLength, extraLength), sizes, record);
        (long length, long packed, long local) = (sizes[0], sizes[1], sizes[2]);
        if ((flags & ~KnownFlags) != 0 || method is not (0 or 8) || U16(entry, 34) != 0)
        {
            throw Error($"{FileText.Shown(record)} is {((flags & 1) != 0 ? "encrypted" : $"of method {method} with flags 0x{flags:x}")}: "
                + "stored and deflated records are read.");
        }
        if (method == 0 && length != packed)
        {
            throw Error($"{FileText.Shown(record)} is stored as it is, and must have one length: found {packed} and {length}.");
        }
        long start = ReadLocal(local, directory, entry, record, length, packed);
        if (packed > directory - start)
        {
            throw Error($"{FileText.Shown(record)} of {packed} bytes at {start} reaches beyond the records' end at {directory}.");
        }
        spans.Add((local, start + packed));
        if (!record.EndsWith('/'))
        {
            records.Add(new ZipRecord(record, method == 8, U32(at + 16), packed, length, start));
        }
        return at + EntryLength + nameLength + extraLength + commentLength;
    }

    /// <summary>Where the bytes of a record begin, by its local header, which must say what the directory says.</summary>
    private long ReadLocal(long at, long directory, ReadOnlySpan<byte> entry, string record, long length, long packed)
    {
        if (at > directory - LocalLength || U32(at) != LocalMark)
        {
            throw Error($"{FileText.Shown(record)} has no header at byte {at}, where the directory places it.");
        }
        ReadOnlySpan<byte> local = file.Span(at, LocalLength);
        int nameLength = U16(local, 26), extraLength = U16(local, 28);
        long start = at + LocalLength + nameLength + extraLength;
        if (start > directory)
        {
            throw Error($"{FileText.Shown(record)} has a header beyond the records' end.");
        }
        Span<long> sizes = [U32(at + 22), U32(at + 18), 0];
        ReadExtra(file.Span(at + LocalLength + nameLength, extraLength), sizes, record, padded: true);
        bool streamed = (U16(local, 6) & Streamed) != 0;
        uint crc = U32(at + 14);
        bool sameSizes = (sizes[0] == length && sizes[1] == packed && crc == BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]))
            || (streamed && crc == 0 && sizes[0] is 0 or uint.MaxValue && sizes[1] is 0 or uint.MaxValue);
        if (!file.Span(at + LocalLength, nameLength).SequenceEqual(System.Text.Encoding.UTF8.GetBytes(record)) || U16(local, 8) != U16(entry, 10)
            || (U16(local, 6) & ~KnownFlags) != 0 || !sameSizes)
        {
            throw Error($"the header of {FileText.Shown(record)} does not say what the directory says.");
        }
        return start;
    }

    /// <summary>Takes 64-bit sizes from the extra field, where the 32-bit ones are all ones. Writers may pad a local header with anything.</summary>
    private void ReadExtra(ReadOnlySpan<byte> extra, Span<long> sizes, string record, bool padded = false)
    {
        while (extra.Length >= 4)
        {
            int id = U16(extra, 0), length = U16(extra, 2);
            if (length > extra.Length - 4)
            {
                break;
            }
            ReadOnlySpan<byte> field = extra.Slice(4, length);
            extra = extra[(4 + length)..];
            for (int i = 0; id == 1 && i < sizes.Length; i++)
            {
                if (sizes[i] == uint.MaxValue && field.Length >= 8)
                {
                    ulong wide = BinaryPrimitives.ReadUInt64LittleEndian(field);
                    sizes[i] = wide <= long.MaxValue ? (long)wide : throw Error($"{FileText.Shown(record)} has a size of {wide} bytes.");
                    field = field[8..];
                }
            }
        }
        if (extra.Length > 0 && !padded)
        {
            throw Error($"{FileText.Shown(record)} has an extra field that does not end where it should.");
        }
    }

    private string Name(ReadOnlySpan<byte> utf8, int index)
    {
        if (utf8.Length is 0 or > LongestName || !System.Text.Unicode.Utf8.IsValid(utf8))
        {
            throw Error($"record {index} must have a name of 1 to {LongestName} bytes of UTF-8.");
        }
        allowance.Charge(2 * utf8.Length);
        string text = System.Text.Encoding.UTF8.GetString(utf8);
        bool plain = text[0] != '/' && !text.Contains('\\', StringComparison.Ordinal) && !(text.Length > 1 && text[1] == ':')
            && !text.Any(char.IsControl) && !$"/{text}/".Contains("/../", StringComparison.Ordinal)
            && !$"/{text}/".Contains("/./", StringComparison.Ordinal);
        return plain ? text : throw Error($"a record is named {FileText.Shown(text)}: names that point out of a folder are refused.");
    }

    private uint U32(long at) => BinaryPrimitives.ReadUInt32LittleEndian(file.Span(at, 4));

    private static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private FileFormatException Error(string problem) => new($"[zip] {name}: {problem}");
}
